//! The listener for operators: whether the process lives and is ready, and its numbers. Off unless asked for.

use std::{fmt::Write, net::SocketAddr, str::FromStr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{
    net::TcpListener,
    sync::{Mutex, watch},
    task::JoinHandle,
    time::Instant,
};

use super::{Metrics, Resident, census};
use crate::{
    LimitSettings, Patience, StartError,
    listen::{
        self, Speech,
        plain::{OPERATORS, OPERATORS_PER_PEER},
    },
    settings::listen_address,
};

/// How long one count of what the services hold is told to everybody who asks.
const SHARED: Duration = Duration::from_secs(1);

/// Where operators are answered: an address, or a port on the loopback address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdminSetting(SocketAddr);

impl AdminSetting {
    pub(crate) fn address(self) -> SocketAddr {
        self.0
    }
}

impl FromStr for AdminSetting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        listen_address(text).map(Self)
    }
}

/// Operators are answered for as long as it is not dropped.
#[derive(Debug)]
pub(crate) struct Admin {
    serving: JoinHandle<()>,
    _stop: watch::Sender<bool>,
}

impl Admin {
    /// Begins to answer what is asked at `setting` of these services.
    pub(crate) async fn begin(
        setting: AdminSetting,
        metrics: Metrics,
        services: Vec<Resident>,
        patience: Patience,
    ) -> Result<Self, StartError> {
        let listener = TcpListener::bind(setting.0).await;
        let listener = listener.map_err(|error| {
            format!("cannot answer operators at {}: {error}; --admin says where", setting.0)
        })?;
        let house = Arc::new(House { metrics, services, counted: Counted::default() });
        let router = Router::new()
            .route("/livez", get(|| async { "alive\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(numbers))
            .with_state(house);
        let (stop, stopped) = watch::channel(false);
        let serving = listen::serve(Speech::Plain(router), listener, None, limits(patience), stopped);
        Ok(Self { serving: tokio::spawn(serving), _stop: stop })
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The limits of operators: less of an address and in all than those of callers, for they are few.
fn limits(patience: Patience) -> LimitSettings {
    let (connections, connections_per_peer) = (OPERATORS, OPERATORS_PER_PEER);
    LimitSettings { connections, connections_per_peer, patience, ..LimitSettings::default() }
}

struct House {
    metrics: Metrics,
    services: Vec<Resident>,
    counted: Counted,
}

/// When it was counted last what the services hold.
#[derive(Default)]
struct Counted(Mutex<Option<Instant>>);

impl Counted {
    /// Counts: once at a time, for all who ask within a second.
    async fn share(&self, count: impl Future<Output = ()>) {
        let mut counted = self.0.lock().await;
        if counted.is_none_or(|counted| counted.elapsed() >= SHARED) {
            count.await;
            *counted = Some(Instant::now());
        }
    }
}

/// A line a service; 503 unless all of them are ready.
async fn ready(State(house): State<Arc<House>>) -> Response {
    let mut text = String::new();
    for service in &house.services {
        let how = if service.is_ready() { "ready" } else { "not ready" };
        let _ = writeln!(text, "{} {how}", service.desk.inner.service);
    }
    let all = house.services.iter().all(Resident::is_ready);
    (if all { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, text).into_response()
}

async fn numbers(State(house): State<Arc<House>>) -> Response {
    house.counted.share(census::take(&house.services)).await;
    match house.metrics.text() {
        Ok(text) => ([(CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the numbers cannot be told");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use futures::future::join_all;
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn one_count_is_shared_by_all_who_ask_meanwhile() {
        let (counted, counts) = (Counted::default(), AtomicUsize::new(0));
        let begun = Instant::now();
        let ask = || {
            counted.share(async {
                counts.fetch_add(1, Relaxed);
                yield_now().await;
            })
        };
        join_all((0..1000).map(|_| ask())).await;
        let seconds = usize::try_from(begun.elapsed().as_secs()).expect("few");
        assert!((1..=1 + seconds).contains(&counts.load(Relaxed)), "{counts:?} in {seconds} seconds");
    }

    #[test]
    fn a_port_alone_is_on_the_loopback_address() {
        let at = |text: &str| text.parse::<AdminSetting>().map(|setting| setting.0.to_string());
        assert_eq!(at("9464").as_deref(), Ok("127.0.0.1:9464"));
        assert_eq!(at("0.0.0.0:9464").as_deref(), Ok("0.0.0.0:9464"));
        assert!(at("localhost").is_err() && at("").is_err());
    }
}

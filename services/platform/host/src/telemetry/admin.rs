//! The listener for operators: whether the process lives and is ready, and its numbers. Off unless asked for.

use std::{fmt::Write, net::SocketAddr, str::FromStr, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{Metrics, Resident, census};
use crate::{StartError, settings::listen_address};

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
pub(crate) struct Admin(JoinHandle<()>);

impl Admin {
    /// Begins to answer what is asked at `setting` of these services.
    pub(crate) async fn begin(
        setting: AdminSetting,
        metrics: Metrics,
        services: Vec<Resident>,
    ) -> Result<Self, StartError> {
        let listener = TcpListener::bind(setting.0).await;
        let listener = listener.map_err(|error| {
            format!("cannot answer operators at {}: {error}; --admin says where", setting.0)
        })?;
        let house = Arc::new(House { metrics, services });
        let router = Router::new()
            .route("/livez", get(|| async { "alive\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(numbers))
            .with_state(house);
        let serving = async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "operators are not answered any more");
            }
        };
        Ok(Self(tokio::spawn(serving)))
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct House {
    metrics: Metrics,
    services: Vec<Resident>,
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
    census::take(&house.services).await;
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
    use super::*;

    #[test]
    fn a_port_alone_is_on_the_loopback_address() {
        let at = |text: &str| text.parse::<AdminSetting>().map(|setting| setting.0.to_string());
        assert_eq!(at("9464").as_deref(), Ok("127.0.0.1:9464"));
        assert_eq!(at("0.0.0.0:9464").as_deref(), Ok("0.0.0.0:9464"));
        assert!(at("localhost").is_err() && at("").is_err());
    }
}

//! The whole product on empty state, in this process.

use std::{sync::LazyLock, time::Duration};

use getmodern::client::Client;
use host::{PeerSetting, Running, Service, Settings, start};
use tokio::{runtime::Runtime, time::timeout};

use crate::{PATIENCE, State};

/// Where all products of this program run: apart from the tests, so that a test which blocks its own thread, to change a database
/// past the product for instance, does not hold up the product.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// The whole product; its state goes with it.
pub struct Product {
    running: Running,
    state: State,
}

impl Product {
    /// Starts it on empty state.
    ///
    /// # Panics
    /// When it does not start: no test can go on then.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts it on empty state, with settings of the test's own.
    ///
    /// # Panics
    /// When it does not start: no test can go on then.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::changed(State::new(), getmodern::services(), change).await
    }

    /// Starts these of its services on what another left.
    ///
    /// # Panics
    /// When it does not start: no test can go on then.
    pub async fn on(state: State, services: Vec<Service>) -> Self {
        Self::changed(state, services, |_| {}).await
    }

    /// Starts it on what another left, with settings of the test's own.
    ///
    /// # Panics
    /// When it does not start: no test can go on then.
    pub async fn on_with(state: State, change: impl FnOnce(&mut Settings)) -> Self {
        Self::changed(state, getmodern::services(), change).await
    }

    /// Starts it on empty state, with settings of the test's own that keep it from becoming ready.
    ///
    /// # Panics
    /// When it does not start: no test can go on then.
    pub async fn unready(change: impl FnOnce(&mut Settings)) -> Self {
        Self::begun(State::new(), getmodern::services(), change).await
    }

    async fn changed(state: State, services: Vec<Service>, change: impl FnOnce(&mut Settings)) -> Self {
        let product = Self::begun(state, services, change).await;
        timeout(PATIENCE, product.running.ready()).await.expect("in time").expect("the product serves");
        product
    }

    async fn begun(state: State, services: Vec<Service>, change: impl FnOnce(&mut Settings)) -> Self {
        let names: Vec<_> = services.iter().map(Service::name).collect();
        let mut settings = state.settings(&names);
        settings.peers = nowhere(&services);
        change(&mut settings);
        let begin = RUNTIME.spawn_blocking(move || RUNTIME.block_on(start(services, &settings)));
        let running = begin.await.expect("it does not panic").expect("the product starts");
        Self { running, state }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> std::net::SocketAddr {
        self.running.address
    }

    /// Where it answers JSON over HTTP.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn http(&self) -> std::net::SocketAddr {
        self.running.http.expect("it answers over HTTP")
    }

    /// What it keeps.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// A client that takes every answer as it comes.
    ///
    /// # Panics
    /// Never with an address of our own.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::at(self.address(), Duration::ZERO).expect("an address")
    }

    /// Stops it and leaves its state for another.
    pub async fn leave(self) -> State {
        self.running.stop().await;
        self.state
    }

    /// Stops it and throws its state away.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

/// The services that these cannot do without and that are not there, at an address where nobody listens.
fn nowhere(services: &[Service]) -> Vec<PeerSetting> {
    let runs = |name: &str| services.iter().any(|service| service.name() == name);
    let missing = services.iter().flat_map(Service::needs).filter(|name| !runs(name));
    missing.map(|name| format!("{name}=http://127.0.0.1:9").parse().expect("an address")).collect()
}

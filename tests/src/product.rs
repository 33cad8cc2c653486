//! The whole product on an empty folder, in this process.

use std::{path::Path, time::Duration};

use getmodern::client::Client;
use host::{Action, PeerSetting, Running, Service, Settings, Verb, start};
use tempfile::TempDir;

/// The whole product; its state goes with it.
pub struct Product {
    running: Running,
    folder: TempDir,
}

impl Product {
    /// Starts it on an empty folder.
    ///
    /// # Panics
    /// When it does not start: no test can go on then.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts it on an empty folder, with settings of the test's own.
    ///
    /// # Panics
    /// When it does not start: no test can go on then.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut settings = Settings::local(folder.path());
        change(&mut settings);
        let running = serve(getmodern::services(), &settings).await;
        Self { running, folder }
    }

    /// Starts these of its services on what another left in `folder`.
    ///
    /// # Panics
    /// When it does not start: no test can go on then.
    pub async fn on(folder: TempDir, services: Vec<Service>) -> Self {
        let mut settings = Settings::local(folder.path());
        settings.peers = nowhere(&services);
        let running = serve(services, &settings).await;
        Self { running, folder }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> std::net::SocketAddr {
        self.running.address
    }

    /// Where it keeps its state.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.folder.path()
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
    pub async fn leave(self) -> TempDir {
        self.running.stop().await;
        self.folder
    }

    /// Stops it and throws its state away.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

/// Brings the schemas up to date, starts `services`, and waits until they serve.
async fn serve(services: Vec<Service>, settings: &Settings) -> Running {
    let up = Verb::Migrate { action: Action::Up, storage: settings.storage.clone() };
    up.run(&services).await.expect("the schemas are brought up to date");
    let running = start(services, settings).await.expect("the product starts");
    running.ready().await.expect("the product serves");
    running
}

/// The services that these cannot do without and that are not there, at an address where nobody listens.
fn nowhere(services: &[Service]) -> Vec<PeerSetting> {
    let runs = |name: &str| services.iter().any(|service| service.name() == name);
    let missing = services.iter().flat_map(Service::needs).filter(|name| !runs(name));
    missing.map(|name| format!("{name}=http://127.0.0.1:9").parse().expect("an address")).collect()
}

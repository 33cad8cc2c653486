//! The whole product on an empty folder, in this process.

use std::{path::Path, time::Duration};

use getmodern::client::Client;
use host::{Running, Service, Settings, start};
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
        let running = start(getmodern::services(), &settings).await.expect("the product starts");
        Self { running, folder }
    }

    /// Starts these of its services on what another left in `folder`.
    ///
    /// # Panics
    /// When it does not start: no test can go on then.
    pub async fn on(folder: TempDir, services: Vec<Service>) -> Self {
        let running = start(services, &Settings::local(folder.path())).await.expect("the product starts");
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

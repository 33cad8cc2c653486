//! Health: a service serves once it is ready, and says which journal it follows with events left aside.

use tonic_health::{ServingStatus, server::HealthReporter};

/// How one service's health is told.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    reporter: HealthReporter,
    service: &'static str,
}

impl Health {
    pub(crate) fn new(reporter: HealthReporter, service: &'static str) -> Self {
        Self { reporter, service }
    }

    /// The service as a whole.
    pub(crate) async fn set(&self, ready: bool) {
        self.reporter.set_service_status(self.service, status(ready)).await;
    }

    /// Says that the service is stopping, and lets those go who watch its health.
    pub(crate) async fn end(&self) {
        self.set(false).await;
        self.reporter.clone().clear_service_status(self.service).await;
    }

    /// What it follows, under `{service}/{source}`: it serves while no event of that journal is parked.
    pub(crate) async fn set_follower(&self, source: &str, clear: bool) {
        self.reporter.set_service_status(format!("{}/{source}", self.service), status(clear)).await;
    }
}

fn status(good: bool) -> ServingStatus {
    if good { ServingStatus::Serving } else { ServingStatus::NotServing }
}

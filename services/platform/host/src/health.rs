//! Health: a service serves once it is ready, and says which journal it follows with events left aside.

use tonic_health::{ServingStatus, server::HealthReporter};

/// How one service's health is told.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    reporter: HealthReporter,
    service: &'static str,
    /// What the service follows.
    sources: Vec<&'static str>,
}

impl Health {
    pub(crate) fn new(reporter: HealthReporter, service: &'static str, sources: Vec<&'static str>) -> Self {
        Self { reporter, service, sources }
    }

    /// The service as a whole.
    pub(crate) async fn set(&self, ready: bool) {
        self.reporter.set_service_status(self.service, status(ready)).await;
    }

    /// Says that the service is stopping, and lets those go who watch its health, what it follows, or the process.
    pub(crate) async fn end(&self) {
        let followed = self.sources.iter().map(|source| self.follower(source));
        for name in [self.service.to_owned(), String::new()].into_iter().chain(followed) {
            self.reporter.set_service_status(&name, status(false)).await;
            self.reporter.clone().clear_service_status(&name).await;
        }
    }

    /// What it follows, under `{service}/{source}`: it serves while that journal is followed and none of its events is parked.
    pub(crate) async fn set_follower(&self, source: &str, clear: bool) {
        self.reporter.set_service_status(self.follower(source), status(clear)).await;
    }

    fn follower(&self, source: &str) -> String {
        format!("{}/{source}", self.service)
    }
}

fn status(good: bool) -> ServingStatus {
    if good { ServingStatus::Serving } else { ServingStatus::NotServing }
}

//! Health, as gRPC's own protocol asks for it: of a service, of what it follows, and under the empty name of the whole process.
//!
//! The process serves while each of its services does: whoever asks under the empty name, as probes and clients do, is to send
//! calls where they are answered. What a service follows is not part of that: other replicas would do no better. Nor is it for
//! everybody: that events are parked is told to those who have shown who they are.

use std::{collections::BTreeMap, pin::Pin};

use futures::{Stream, stream::unfold};
use tokio::sync::watch;
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus,
    health_server::Health as HealthRpc,
};

use crate::{admission::Shown, fail::plain};

/// What is told about the process, for as long as it lives. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Statuses(watch::Sender<Told>);

#[derive(Debug, Default)]
struct Told {
    /// Whether each service is ready, by its name on the wire.
    services: BTreeMap<&'static str, bool>,
    /// Whether each follower gets on, as `{service}/{source}`.
    followers: BTreeMap<String, bool>,
    /// The process is stopping.
    is_over: bool,
}

/// The name that is asked for, and whether by somebody who has shown who they are.
struct Asked {
    name: String,
    is_known: bool,
}

impl Asked {
    fn of(request: Request<HealthCheckRequest>) -> Self {
        let is_known = request.extensions().get::<Shown>().is_some();
        Self { name: request.into_inner().service, is_known }
    }
}

impl Told {
    fn of(&self, Asked { name, is_known }: &Asked) -> ServingStatus {
        let follower = || self.followers.get(name).filter(|_| *is_known);
        let known = match &**name {
            "" => Some(!self.services.is_empty() && self.services.values().all(|ready| *ready)),
            name => self.services.get(name).or_else(follower).copied(),
        };
        match known {
            None => ServingStatus::ServiceUnknown,
            Some(good) if good && !self.is_over => ServingStatus::Serving,
            Some(_) => ServingStatus::NotServing,
        }
    }
}

impl Statuses {
    /// Says that nothing serves any more, and lets those go who watch.
    pub(crate) fn end(&self) {
        self.0.send_modify(|told| told.is_over = true);
    }

    /// Each status of what is asked from now on, an unknown one included: it may become known.
    fn watch(&self, asked: Asked) -> impl Stream<Item = Result<HealthCheckResponse, Status>> + use<> {
        unfold(Some((self.0.subscribe(), asked, None)), |state| async {
            let (mut told, asked, last) = state?;
            loop {
                let (status, is_over) = {
                    let told = told.borrow_and_update();
                    (told.of(&asked), told.is_over)
                };
                if last != Some(status) {
                    let next = (!is_over).then_some((told, asked, Some(status)));
                    return Some((Ok(answer(status)), next));
                }
                if is_over || told.changed().await.is_err() {
                    return None;
                }
            }
        })
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

#[tonic::async_trait]
impl HealthRpc for Statuses {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        match self.0.borrow().of(&Asked::of(request)) {
            ServingStatus::ServiceUnknown => {
                Err(plain(Code::NotFound, "SERVICE_UNKNOWN", "there is no such service here"))
            }
            status => Ok(Response::new(answer(status))),
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        Ok(Response::new(Box::pin(Self::watch(self, Asked::of(request)))))
    }
}

/// How one service's health is told.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    statuses: Statuses,
    service: &'static str,
}

impl Health {
    /// Of a service that is not ready yet.
    pub(crate) fn new(statuses: Statuses, service: &'static str) -> Self {
        let health = Self { statuses, service };
        health.set(false);
        health
    }

    /// The service as a whole.
    pub(crate) fn set(&self, ready: bool) {
        self.change(ready, |told| told.services.insert(self.service, ready));
    }

    /// What it follows, under `{service}/{source}`: it serves while that journal is followed and none of its events is parked.
    pub(crate) fn set_follower(&self, source: &str, clear: bool) {
        self.change(clear, |told| told.followers.insert(format!("{}/{source}", self.service), clear));
    }

    /// Wakes those who watch only if `now` is otherwise than what was there before.
    fn change(&self, now: bool, set: impl FnOnce(&mut Told) -> Option<bool>) {
        self.statuses.0.send_if_modified(|told| set(told) != Some(now));
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, StreamExt};

    use super::{
        ServingStatus::{NotServing, ServiceUnknown, Serving},
        *,
    };

    fn asked(name: &str, is_known: bool) -> Asked {
        Asked { name: name.to_owned(), is_known }
    }

    #[test]
    fn the_process_serves_while_each_of_its_services_does_whatever_they_follow() {
        let statuses = Statuses::default();
        let whole = || statuses.0.borrow().of(&asked("", false));
        assert_eq!(whole(), NotServing, "nothing serves yet");
        let [one, other] = ["one", "other"].map(|name| Health::new(statuses.clone(), name));
        one.set(true);
        assert_eq!(whole(), NotServing, "one of two");
        other.set(true);
        other.set_follower("one", false);
        assert_eq!(whole(), Serving);
        let follower = |is_known| statuses.0.borrow().of(&asked("other/one", is_known));
        assert_eq!(
            (follower(true), follower(false)),
            (NotServing, ServiceUnknown),
            "it is not for strangers"
        );
        statuses.end();
        assert_eq!(whole(), NotServing, "it is stopping");
    }

    #[tokio::test]
    async fn a_watch_tells_each_change_once_and_waits_for_a_name_that_nobody_knows_yet() {
        let statuses = Statuses::default();
        let mut watch = Box::pin(statuses.watch(asked("one/other", true)));
        let mut next =
            move || watch.next().now_or_never().map(|word| word.map(|word| word.expect("well").status()));
        assert_eq!((next(), next()), (Some(Some(ServiceUnknown)), None));
        let health = Health::new(statuses.clone(), "one");
        health.set(true);
        assert_eq!(next(), None, "that was about another name");
        health.set_follower("other", true);
        assert_eq!((next(), next()), (Some(Some(Serving)), None));
        statuses.end();
        assert_eq!((next(), next()), (Some(Some(NotServing)), Some(None)));
    }
}

//! Calls under way in the process: past what it takes on they are refused at once, before anybody asks who calls, so that
//! what was taken in comes to its end. Health is always answered, and so is reflection: of both a connection has so many.

use std::sync::Arc;

use http_body_util::BodyExt;
use tokio::sync::Semaphore;
use tonic::{Status, body::Body};

use crate::{
    Fail, LimitSettings, Policy,
    admission::is_open,
    listen::{Tries, guests::Guest},
    stack::{Handle, Layer, Request, Response},
    telemetry,
};

/// The methods whose calls stay.
const WATCH: &str = "/WatchEvents";

/// What may be under way in the process.
#[derive(Debug)]
pub(crate) struct Calls {
    policy: Arc<Policy>,
    under_way: Arc<Semaphore>,
    watches: Arc<Semaphore>,
}

impl Calls {
    pub(crate) fn new(policy: Arc<Policy>, limits: &LimitSettings) -> Self {
        let [under_way, watches] = [limits.calls, limits.watches].map(|most| Arc::new(Semaphore::new(most)));
        Self { policy, under_way, watches }
    }

    /// Where a call of what is at `path` takes its place: one of the process, or of the connection where anybody is answered.
    fn room(&self, path: &str, guest: Option<&Arc<Guest>>) -> Option<Arc<Semaphore>> {
        if is_open(&self.policy, path) {
            return guest.map(|guest| Arc::clone(&guest.open));
        }
        Some(Arc::clone(if is_watch(path) { &self.watches } else { &self.under_way }))
    }

    /// Counts a call that found no place: in the numbers where the method is one of ours, since whoever makes names up makes no
    /// series; against its address where everybody is answered, since to refuse thousands of them costs others their time.
    fn shed(&self, request: &Request) {
        let path = request.uri().path();
        if self.policy.knows(path) {
            telemetry::shed(service(path));
        } else if is_open(&self.policy, path) {
            request.extensions().get::<Tries>().into_iter().for_each(Tries::failed);
        }
    }
}

/// Lets a call pass that the process can take on, and counts it until its answer is taken.
impl Layer for Calls {
    async fn pass(&self, request: Request, next: &impl Handle) -> Response {
        let path = request.uri().path();
        let room = self.room(path, request.extensions().get::<Arc<Guest>>());
        let Some(room) = room else { return next.handle(request).await };
        if let Ok(permit) = room.try_acquire_owned() {
            return until_taken(next.handle(request).await, permit);
        }
        self.shed(&request);
        Status::from(Fail::Busy).into_http()
    }
}

/// Whether calls of what is at `path` stay.
pub(crate) fn is_watch(path: &str) -> bool {
    path.ends_with(WATCH)
}

/// The same answer, which keeps `held` until it is taken or nobody is there to take it.
pub(crate) fn until_taken(response: Response, held: impl Send + 'static) -> Response {
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _ = &held;
            frame
        }))
    })
}

/// `intake` in `/getmodern.intake.v1.IntakeService/GetCase`.
fn service(path: &str) -> &str {
    path.split('.').nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listen::peers::BAD_TOKENS;

    #[test]
    fn calls_that_anybody_may_make_and_that_find_no_place_count_like_bad_tokens_and_others_do_not() {
        let calls = Calls::new(Arc::new(Policy::from_descriptors()), &LimitSettings::default());
        let tries = Tries::alone();
        let shed = |path: &str| {
            let request = http::Request::builder().uri(path).extension(tries.clone());
            let request = request.body(Body::empty()).expect("a request");
            (0..=BAD_TOKENS.1 * 2).for_each(|_| calls.shed(&request));
        };
        shed("/getmodern.intake.v1.IntakeService/GetCase");
        assert!(tries.may(), "a process that is busy is nobody's doing");
        shed("/grpc.health.v1.Health/Check");
        assert!(!tries.may());
    }
}

//! A journal that stands in for the engagement service's: the events a test wants, and nothing else.

use std::{convert::Infallible, sync::Arc, task::Poll};

use futures::stream::{self, BoxStream, StreamExt};
use host::Service;
use ledger::Migrations;
use proto::{
    common::v1::{Event, WatchEventsRequest, WatchEventsResponse, watch_events_request::Start},
    engagement::v1::engagement_service_server::SERVICE_NAME,
};
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{BoxFuture, Service as Tower, http},
    server::{Grpc, NamedService, ServerStreamingService},
};
use tonic_prost::ProstCodec;

/// A service by the engagement service's name that tells `events` to whoever watches.
pub(crate) fn telling(events: Vec<Event>) -> Service {
    Service::new("engagement", SERVICE_NAME, Migrations(&[]), |_, routes| {
        routes.add_service(Journal(Arc::new(events)));
    })
}

#[derive(Clone)]
struct Journal(Arc<Vec<Event>>);

impl NamedService for Journal {
    const NAME: &'static str = SERVICE_NAME;
}

impl Tower<http::Request<Body>> for Journal {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let codec = ProstCodec::<WatchEventsResponse, WatchEventsRequest>::default();
        let journal = self.clone();
        Box::pin(async move { Ok(Grpc::new(codec).server_streaming(journal, request).await) })
    }
}

impl ServerStreamingService<WatchEventsRequest> for Journal {
    type Response = WatchEventsResponse;
    type ResponseStream = BoxStream<'static, Result<WatchEventsResponse, Status>>;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<WatchEventsRequest>) -> Self::Future {
        let Some(Start::AfterRevision(after)) = request.into_inner().start else {
            return Box::pin(async { Err(Status::invalid_argument("a follower knows where it was")) });
        };
        let events: Vec<_> = self.0.iter().filter(|event| event.revision > after).cloned().collect();
        let revision = events.last().map_or(after, |event| event.revision);
        let told =
            |events, revision| Ok(WatchEventsResponse { events, revision, ..WatchEventsResponse::default() });
        // As everybody who is watched, it says first where the watch begins.
        let told = stream::iter([told(Vec::new(), after), told(events, revision)]);
        Box::pin(async move { Ok(Response::new(told.chain(stream::pending()).boxed())) })
    }
}

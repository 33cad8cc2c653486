//! The spans of the calls that this process makes.

use std::task::{Context as Task, Poll};

use futures::future::BoxFuture;
use opentelemetry::{
    Context,
    propagation::TextMapPropagator,
    trace::{FutureExt, SpanKind},
};
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::{body::Body, transport::Channel};
use tower::Service;

use super::Call;

/// A channel whose calls are traced and pass their trace on.
#[derive(Debug, Clone)]
pub struct Traced(pub(crate) Channel);

impl Service<http::Request<Body>> for Traced {
    type Response = http::Response<Body>;
    type Error = tonic::transport::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, task: &mut Task<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(task)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let method = request.uri().path().trim_start_matches('/');
        let call = Call::begin(SpanKind::Client, Some(method), &Context::current());
        TraceContextPropagator::new()
            .inject_context(call.context(), &mut HeaderInjector(request.headers_mut()));
        let answer = self.0.call(request).with_context(call.context().clone());
        Box::pin(async move {
            match answer.await {
                Ok(response) => Ok(call.answered(response).map(Body::new)),
                Err(error) => {
                    call.failed(&error);
                    Err(error)
                }
            }
        })
    }
}

//! The spans of the calls that this process makes.

use std::task::{Context as Task, Poll};

use futures::future::BoxFuture;
use http::{Uri, uri::Scheme};
use opentelemetry::{
    Context, KeyValue,
    propagation::TextMapPropagator,
    trace::{FutureExt, SpanKind, TraceContextExt},
};
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_semantic_conventions::attribute::{SERVER_ADDRESS, SERVER_PORT};
use tonic::{body::Body, transport::Channel};
use tower::Service;

use super::Call;

/// A channel whose calls are traced and pass their trace on.
#[derive(Debug, Clone)]
pub struct Traced {
    pub(crate) channel: Channel,
    /// Whom it leads to.
    server: [KeyValue; 2],
}

impl Traced {
    /// The channel to who is at `address`.
    pub(crate) fn new(channel: Channel, address: &Uri) -> Self {
        let host = address.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let usual = if address.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
        let port = address.port_u16().unwrap_or(usual);
        Self {
            channel,
            server: [KeyValue::new(SERVER_ADDRESS, host), KeyValue::new(SERVER_PORT, i64::from(port))],
        }
    }
}

impl Service<http::Request<Body>> for Traced {
    type Response = http::Response<Body>;
    type Error = tonic::transport::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, task: &mut Task<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(task)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let method = request.uri().path().trim_start_matches('/');
        let call = Call::begin(SpanKind::Client, Some(method), &Context::current());
        call.context().span().set_attributes(self.server.clone());
        TraceContextPropagator::new()
            .inject_context(call.context(), &mut HeaderInjector(request.headers_mut()));
        let answer = self.channel.call(request).with_context(call.context().clone());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whom_a_question_goes_to_is_told_without_what_surrounds_it() {
        let channel = || tonic::transport::Endpoint::from_static("http://127.0.0.1:9").connect_lazy();
        for (address, host, port) in [
            ("https://intake:50051", "intake", 50051),
            ("http://[::1]:50051", "::1", 50051),
            ("https://intake.example", "intake.example", 443),
            ("http://intake", "intake", 80),
        ] {
            let told = Traced::new(channel(), &Uri::from_static(address)).server;
            let due = [KeyValue::new(SERVER_ADDRESS, host), KeyValue::new(SERVER_PORT, port)];
            assert_eq!(told, due, "{address}");
        }
    }
}

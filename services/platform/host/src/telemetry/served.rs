//! The spans of the calls that this process serves.

use http::HeaderMap;
use opentelemetry::{
    Context, KeyValue,
    propagation::TextMapPropagator,
    trace::{FutureExt, SpanContext, SpanKind, TraceContextExt, TraceState},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::body::Body;

use super::{Call, names, note};
use crate::{
    admission::{Door, is_grpc, is_open},
    stack::{Handle, Layer, Request, Response},
    tls::Certified,
};

/// Traces a call, as a part of its caller's trace if that has one. Health and reflection are nobody's work, and what is
/// not gRPC is no call.
pub(crate) struct Trace(pub(crate) Door);

impl Layer for Trace {
    async fn pass(&self, request: Request, next: &impl Handle) -> Response {
        let Self(door) = self;
        if !is_grpc(request.headers()) || is_open(&door.policy, request.uri().path()) {
            return next.handle(request).await;
        }
        let call = begin(door, &request);
        let response = next.handle(request).with_context(call.context().clone()).await;
        call.answered(response).map(Body::new)
    }
}

fn begin(door: &Door, request: &Request) -> Call {
    let path = request.uri().path();
    let method = door.policy.knows(path).then(|| path.trim_start_matches('/'));
    let said = said(request.headers());
    // Whether a call is sampled is not for a stranger to say: of theirs, what they say is only told.
    let is_known = door.identity.remembers(request.headers(), request.extensions().get::<Certified>());
    let parent = said.clone().filter(|_| is_known);
    let parent = parent.map_or_else(Context::new, |span| Context::new().with_remote_span_context(span));
    let call = Call::begin(SpanKind::Server, method, &parent);
    if let Some(said) = said.filter(|_| !is_known) {
        call.context().span().add_link(said, Vec::new());
    }
    call
}

/// The span that a caller says the call belongs to, if it reads. What its `tracestate` says is a text of anybody's, which nobody
/// erases from a collector: it is left out, and not passed on.
pub(crate) fn said(headers: &HeaderMap) -> Option<SpanContext> {
    let told = TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
    let span = told.span();
    let said = span.span_context();
    let plain = || {
        SpanContext::new(
            said.trace_id(),
            said.span_id(),
            said.trace_flags(),
            said.is_remote(),
            TraceState::NONE,
        )
    };
    said.is_valid().then(plain)
}

/// Notes in which role a call was made; never by whom.
pub(crate) fn note_role(role: kernel::Role) {
    note(KeyValue::new(names::ROLE, role.as_str()));
}

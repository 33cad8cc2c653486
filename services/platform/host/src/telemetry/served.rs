//! The spans of the calls that this process serves.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use opentelemetry::{
    Context, KeyValue,
    propagation::TextMapPropagator,
    trace::{FutureExt, SpanKind},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;

use super::{Call, names, note};
use crate::{
    Policy,
    admission::{is_grpc, is_open},
};

/// Traces a call, as a part of its caller's trace if that has one. Health and reflection are nobody's work, and what is
/// not gRPC is no call.
pub(crate) async fn trace(State(policy): State<Arc<Policy>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !is_grpc(request.headers()) || is_open(&policy, path) {
        return next.run(request).await;
    }
    let method = policy.knows(path).then(|| path.trim_start_matches('/'));
    let parent = TraceContextPropagator::new()
        .extract_with_context(&Context::new(), &HeaderExtractor(request.headers()));
    let call = Call::begin(SpanKind::Server, method, &parent);
    let response = next.run(request).with_context(call.context().clone()).await;
    call.answered(response).map(Body::new)
}

/// Notes in which role a call was made; never by whom.
pub(crate) fn note_role(role: kernel::Role) {
    note(KeyValue::new(names::ROLE, role.as_str()));
}

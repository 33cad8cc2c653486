//! The door: every call is authenticated and authorised before anything of it is read (I-18).

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};

use crate::{Policy, caller::authenticate, telemetry};

/// Health and reflection answer everybody; they show nothing that is not in the protos.
const OPEN: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// Lets a call pass with its caller, or answers why not.
pub(crate) async fn admit(State(policy): State<Arc<Policy>>, mut request: Request, next: Next) -> Response {
    if !is_grpc(request.headers()) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let path = request.uri().path().to_owned();
    if is_open(&policy, &path) {
        return next.run(request).await;
    }
    let admitted = authenticate(request.headers()).and_then(|caller| {
        telemetry::note_role(caller.role);
        policy.authorise(&path, caller.role).map(|()| caller)
    });
    match admitted {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(status) => status.into_http(),
    }
}

/// Whether anybody may call what is at `path`.
pub(crate) fn is_open(policy: &Policy, path: &str) -> bool {
    !policy.knows(path) && OPEN.iter().any(|open| path.starts_with(open))
}

/// The content is gRPC's, in its one encoding here or with none named.
fn is_grpc(headers: &HeaderMap) -> bool {
    let content = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let rest = content.and_then(|content| content.strip_prefix("application/grpc"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

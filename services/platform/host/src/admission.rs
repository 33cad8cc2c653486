//! The door: every call is authenticated and authorised before anything of it is read (I-18).

use std::sync::Arc;

use http::{
    HeaderMap, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use tonic::Status;

use crate::{
    PERSON_HEADER, Policy,
    audit::refusals,
    form::{bare, status},
    identity::{Identity, Known},
    listen::Tries,
    stack::{Handle, Layer, Request, Response},
    telemetry,
    tls::Certified,
};

const HEALTH: &str = "/grpc.health.v1.Health/";
/// Health and reflection answer everybody; they show nothing that is not in the protos, but for health to who is known.
const OPEN: [&str; 3] =
    [HEALTH, "/grpc.reflection.v1.ServerReflection/", "/grpc.reflection.v1alpha.ServerReflection/"];

/// The mark of a question about health from somebody who has shown who they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown;

/// Who decides: who calls, and who may call what.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) identity: Arc<Identity>,
    pub(crate) policy: Arc<Policy>,
}

/// Lets a call pass with its caller, or answers why not.
impl Layer for Door {
    async fn pass(&self, mut request: Request, next: &impl Handle) -> Response {
        if !is_grpc(request.headers()) {
            return status(StatusCode::UNSUPPORTED_MEDIA_TYPE, []);
        }
        let path = request.uri().path();
        let (certified, tries) =
            (request.extensions().get::<Certified>(), request.extensions().get::<Tries>());
        if is_open(&self.policy, path) {
            if path.starts_with(HEALTH) && self.knows(request.headers(), certified, tries).await {
                request.extensions_mut().insert(Shown);
            }
            return next.handle(bare(request)).await;
        }
        match self.admitted(path, request.headers(), certified, tries).await {
            Ok(known) => {
                // Nobody behind the door needs it.
                request.headers_mut().remove(AUTHORIZATION);
                request.extensions_mut().insert(known.caller);
                known.until.map(|until| request.extensions_mut().insert(until));
                next.handle(request).await
            }
            Err(status) => status.into_http(),
        }
    }
}

impl Door {
    /// Whether whoever asks what everybody may ask shows who they are, in any role; nobody has to.
    async fn knows(&self, headers: &HeaderMap, certified: Option<&Certified>, tries: Option<&Tries>) -> bool {
        let says = headers.contains_key(AUTHORIZATION) || headers.contains_key(PERSON_HEADER);
        (says || certified.is_some()) && self.identity.caller(headers, certified, tries).await.is_ok()
    }

    /// Who calls what is at `path`, if they may.
    pub(crate) async fn admitted(
        &self,
        path: &str,
        headers: &HeaderMap,
        certified: Option<&Certified>,
        tries: Option<&Tries>,
    ) -> Result<Known, Status> {
        let known = self.identity.caller(headers, certified, tries).await?;
        telemetry::note_role(known.caller.role);
        refusals::note_caller(&known.caller);
        self.policy.authorise(path, &known.caller)?;
        Ok(known)
    }
}

/// Whether anybody may call what is at `path`.
pub(crate) fn is_open(policy: &Policy, path: &str) -> bool {
    !policy.knows(path) && OPEN.iter().any(|open| path.starts_with(open))
}

/// The content is gRPC's, in its one encoding here or with none named.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let content = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let rest = content.and_then(|content| content.strip_prefix("application/grpc"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

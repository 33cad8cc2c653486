//! JSON over HTTP: Connect's protocol in front of the same services, through the same layers as a call over gRPC.
//!
//! A request becomes one of gRPC's, whose message is read and translated when the service asks for it: by then its caller is known,
//! may call the method, and has room for it. The answer is translated back.

mod answer;
mod body;
mod content;
mod error;
pub(crate) mod fuzz;
mod headers;
mod held;
mod message;
mod methods;
mod origin;
pub(crate) mod scan;
mod setting;
mod stream;

use std::sync::Arc;

use http::{
    HeaderValue, Method, StatusCode,
    header::{ALLOW, CONNECTION, TRANSFER_ENCODING},
};
use tonic::{Code, Status, body::Body};

use crate::{
    fail::plain,
    form,
    listen::Ambiguous,
    stack::{Handle, Request, Response, Stack},
};
use answer::Answer;
use content::Content;
use held::{Held, Holder};
use message::Reader;
use methods::Found;
pub use origin::Origin;
use origin::Origins;
pub use setting::HttpSetting;

/// The service over HTTP.
struct Json {
    /// The services with all their layers, over gRPC.
    inner: Stack,
    origins: Origins,
    held: Arc<Held>,
    reader: Reader,
}

/// A stack that answers JSON over HTTP in front of `inner`, which answers gRPC.
pub(crate) fn over(inner: Stack, setting: &HttpSetting) -> Stack {
    let origins = Origins::named(setting);
    Stack::new(Json { inner, origins, held: Arc::default(), reader: Reader::new() })
}

impl Handle for Json {
    async fn handle(&self, request: Request) -> Response {
        // Only its reader can tell the end of a chunked request, so none follows it on the same connection.
        let is_last = request.headers().contains_key(TRANSFER_ENCODING);
        let mut response = match self.origins.of(request.headers()) {
            Ok(origin) if origin.is_preflight(&request) => origin.preflight(),
            Ok(origin) => origin.shown(self.call(request).await),
            Err(status) => error::refused(&status),
        };
        if is_last {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl Json {
    async fn call(&self, request: Request) -> Response {
        if request.extensions().get::<Ambiguous>().is_some() {
            return form::status(StatusCode::BAD_REQUEST, []);
        }
        if request.method() != Method::POST {
            let post = HeaderValue::from_static("POST");
            return form::status(StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, post)]);
        }
        let Some(content) = Content::of(request.headers()) else { return content::unsupported() };
        let method = methods::find(request.uri().path());
        if method.as_ref().is_some_and(|method| method.streams != content.streams) {
            return content::unsupported();
        }
        let answer = Answer { content, reader: self.reader.clone(), method: method.clone() };
        match self.asked(request, content, method) {
            Ok(request) => answer.to(self.inner.answer(request).await).await,
            Err(status) => answer.refused(&status),
        }
    }

    /// The same request over gRPC.
    fn asked(&self, request: Request, content: Content, method: Option<Found>) -> Result<Request, Status> {
        let holder = Holder::of(&request);
        let (parts, body) = request.into_parts();
        let parts = headers::over_grpc(parts, content)?;
        let body = method.map_or_else(Body::empty, |method| {
            body::translated(body, content, method, self.reader.clone(), self.held.share(holder))
        });
        Ok(Request::from_parts(parts, body))
    }
}

/// The refusal of what reads as no message of its type.
fn malformed(text: impl AsRef<str>) -> Status {
    plain(Code::InvalidArgument, "MESSAGE_MALFORMED", text)
}

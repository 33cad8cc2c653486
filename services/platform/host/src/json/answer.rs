//! The answer over HTTP to what gRPC answers.

use bytes::Bytes;
use http::{
    HeaderMap,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
    response::Parts,
};
use http_body_util::{BodyExt, Full};
use tonic::{Code, Status, body::Body};

use super::{
    body::HEAD,
    content::Content,
    error, headers,
    message::{Reader, show},
    methods::Found,
    stream,
};
use crate::{Fail, fail::plain, form, stack::Response};

/// The prefix of a trailer's name.
const TRAILER: &str = "trailer-";

/// How a call is answered.
pub(super) struct Answer {
    pub(super) content: Content,
    pub(super) reader: Reader,
    pub(super) method: Option<Found>,
}

impl Answer {
    /// The answer that refuses a call.
    pub(super) fn refused(&self, status: &Status) -> Response {
        if self.content.streams {
            stream::refused(self.content, status)
        } else {
            with_length(error::refused(status))
        }
    }

    /// The answer to what gRPC answers; what is no answer of its is passed on without content.
    pub(super) async fn to(self, response: Response) -> Response {
        if !response.status().is_success() {
            return form::status(response.status(), []);
        }
        let Some(method) = self.method.clone() else { return self.unknown(&response) };
        if self.content.streams {
            return stream::answered(self.content, self.reader, method.output, response);
        }
        let (parts, body) = response.into_parts();
        match message(&parts, body).await {
            Ok((message, trailers)) => self.message(&method, &parts, message, &trailers).await,
            Err(status) => self.refused_with(&parts, &status),
        }
    }

    /// Says that there is no such method, unless a layer before has refused the call.
    fn unknown(&self, response: &Response) -> Response {
        let none =
            || plain(Code::Unimplemented, "METHOD_UNKNOWN", "there is no method of that name over HTTP");
        self.refused(&refused(response.headers()).unwrap_or_else(none))
    }

    async fn message(&self, method: &Found, parts: &Parts, message: Bytes, trailers: &HeaderMap) -> Response {
        let shown = match self.reader.translate(self.content, method.output.clone(), message, show).await {
            Ok(shown) => shown,
            Err(status) => return self.refused(&status),
        };
        let mut response = with_length(Response::new(Body::new(Full::from(shown))));
        response.headers_mut().insert(CONTENT_TYPE, self.content.value());
        response.headers_mut().extend(headers::shown(&parts.headers, ""));
        response.headers_mut().extend(headers::shown(trailers, TRAILER));
        response
    }

    /// A refusal, and what the service says beside it.
    fn refused_with(&self, parts: &Parts, status: &Status) -> Response {
        let mut response = self.refused(status);
        response.headers_mut().extend(headers::shown(&parts.headers, ""));
        response
    }
}

/// Says how long the content is: what watches how it is taken does not.
fn with_length(mut response: Response) -> Response {
    let length = http_body::Body::size_hint(response.body()).exact();
    length.map(|length| response.headers_mut().insert(CONTENT_LENGTH, length.into()));
    response
}

/// The one message of an answer, and its trailers.
async fn message(parts: &Parts, body: Body) -> Result<(Bytes, HeaderMap), Status> {
    let broken = || Status::from(Fail::Fault("an answer broke off".to_owned()));
    if let Some(status) = refused(&parts.headers) {
        return Err(status);
    }
    let whole = body.collect().await.map_err(|_| broken())?;
    let trailers = whole.trailers().cloned().unwrap_or_default();
    let status = Status::from_header_map(&trailers).unwrap_or_else(broken);
    if status.code() != Code::Ok {
        return Err(status);
    }
    let bytes = whole.to_bytes();
    bytes.get(HEAD..).ok_or_else(broken)?;
    Ok((bytes.slice(HEAD..), trailers))
}

/// The refusal in an answer that has no message.
fn refused(headers: &HeaderMap) -> Option<Status> {
    Status::from_header_map(headers).filter(|status| status.code() != Code::Ok)
}

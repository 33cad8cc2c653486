//! The form that every call has: gRPC's method, a path in plain signs, and no more headers than anybody needs.

use http::{
    HeaderName, HeaderValue, Method, StatusCode, Uri,
    header::{ALLOW, CONTENT_TYPE, TE},
};
use tonic::Code;

use crate::{
    fail::plain,
    listen::{HEADERS, ahead::read_ahead},
    stack::{Handle, Layer, Request, Response},
};

/// Lets a call pass that has the form.
pub(crate) struct Form;

impl Layer for Form {
    async fn pass(&self, request: Request, next: &impl Handle) -> Response {
        match fault(&request) {
            Some(answer) => answer,
            None => next.handle(request).await,
        }
    }
}

fn fault(request: &Request) -> Option<Response> {
    if request.method() != Method::POST {
        return Some(status(StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, HeaderValue::from_static("POST"))]));
    }
    if request.headers().len() > HEADERS {
        return Some(status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, []));
    }
    // No method has other signs, and readers may take them for something else: they are not repeated.
    let is_plain = request.uri().path().bytes().all(|sign| sign.is_ascii_graphic());
    let unknown = || plain(Code::Unimplemented, "METHOD_UNKNOWN", "there is no method of that name");
    (!is_plain).then(|| unknown().into_http())
}

/// An answer in HTTP's own words, to what is no call.
pub(crate) fn status(
    status: StatusCode,
    headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    response
}

/// A call to what answers everybody, read as it comes, and without what nobody behind the door needs: it may stay for long.
pub(crate) fn bare(request: Request) -> Request {
    let mut request = read_ahead(request);
    let headers = std::mem::take(request.headers_mut());
    let is_needed =
        |name: &HeaderName| [CONTENT_TYPE, TE].contains(name) || name.as_str().starts_with("grpc-");
    let needed = headers.into_iter().filter_map(|(name, value)| Some((name.filter(is_needed)?, value)));
    *request.headers_mut() = needed.collect();
    let path = Uri::try_from(request.uri().path()).unwrap_or_default();
    *request.uri_mut() = path;
    request
}

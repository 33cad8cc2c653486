//! The form that every call has: gRPC's method, a path in plain signs, and no more headers than anybody needs.

use axum::{extract::Request, middleware::Next, response::Response};
use http::{
    HeaderName, HeaderValue, Method, StatusCode, Uri,
    header::{ALLOW, CONTENT_TYPE, TE},
};
use tonic::Code;

use crate::{
    fail::plain,
    listen::{HEADERS, ahead::read_ahead},
};

/// Lets a call pass that has it.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return status(StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, HeaderValue::from_static("POST"))]);
    }
    if request.headers().len() > HEADERS {
        return status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, []);
    }
    // No method has other signs, and readers may take them for something else: they are not repeated.
    if !request.uri().path().bytes().all(|sign| sign.is_ascii_graphic()) {
        return plain(Code::Unimplemented, "METHOD_UNKNOWN", "there is no method of that name").into_http();
    }
    next.run(request).await
}

fn status(status: StatusCode, headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>) -> Response {
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

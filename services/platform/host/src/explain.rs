//! Statuses that did not come from us get the code the protocol asks for, and a reason.
//!
//! Every status of ours carries details. One without them was made by the transport: before our code saw the call.

use http::HeaderMap;
use opentelemetry::trace::FutureExt;
use tonic::{Code, Status};

use crate::{
    fail::{plain, rest},
    stack::{Handle, Layer, Request, Response},
};

/// Replaces a status of the transport's own by ours, and has refusals go on where their caller says.
pub(crate) struct Explain;

impl Layer for Explain {
    async fn pass(&self, request: Request, next: &impl Handle) -> Response {
        let uri = request.uri().clone();
        let Some(context) = rest::heard(request.headers()) else {
            let text =
                format!("the header {} must be a number: of the faults that were told", rest::AFTER_HEADER);
            return plain(Code::InvalidArgument, "HEADER_MALFORMED", text).into_http();
        };
        let response = next.handle(request).with_context(context).await;
        match explained(uri.path(), response.headers()) {
            Some(status) => status.into_http(),
            None => response,
        }
    }
}

fn explained(path: &str, headers: &HeaderMap) -> Option<Status> {
    if headers.contains_key("grpc-status-details-bin") || !headers.contains_key("grpc-status") {
        return None;
    }
    let status = Status::from_header_map(headers)?;
    match status.code() {
        Code::Internal | Code::Unknown => Some(plain(
            Code::InvalidArgument,
            "MESSAGE_MALFORMED",
            "the request message does not read as its type",
        )),
        Code::OutOfRange | Code::ResourceExhausted => {
            Some(plain(Code::ResourceExhausted, "MESSAGE_TOO_LARGE", "a message may have 4 MiB at most"))
        }
        Code::Unimplemented if status.message().is_empty() => Some(nowhere_here(path)),
        // What else is not implemented is a way to compress: the transport's own words name it.
        Code::Unimplemented => {
            let text =
                format!("the header grpc-encoding names a way that is unknown here: {}", status.message());
            Some(plain(Code::Unimplemented, "ENCODING_UNKNOWN", text))
        }
        Code::Cancelled => Some(plain(Code::Cancelled, "CANCELLED", "the caller went away")),
        _ => None,
    }
}

/// The door lets nobody pass with a method of ours that there is not, only with any path below health and reflection.
fn nowhere_here(path: &str) -> Status {
    if path.starts_with("/getmodern.") {
        plain(Code::Unimplemented, "METHOD_ELSEWHERE", "another process runs the service of this method")
    } else {
        plain(Code::Unimplemented, "METHOD_UNKNOWN", format!("there is no method {path}"))
    }
}

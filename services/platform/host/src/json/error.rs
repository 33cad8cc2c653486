//! A refusal as JSON: its code in a word, its message, and its details, which can be read as JSON and as protobuf.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use http_body_util::Full;
use prost::Message;
use prost_reflect::DynamicMessage;
use prost_types::Any;
use serde::Serialize;
use tonic::{Code, Status, body::Body};
use tonic_types::pb;

use super::methods::POOL;
use crate::{form, stack::Response};

/// The prefix of a detail's type.
const PREFIX: &str = "type.googleapis.com/";

/// A refusal as JSON has it.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Detail>,
}

/// A detail, as bytes of its type and, where that is known, as JSON.
#[derive(Debug, Serialize)]
struct Detail {
    #[serde(rename = "type")]
    kind: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    debug: Option<DynamicMessage>,
}

/// The answer that says it.
pub(super) fn refused(status: &Status) -> Response {
    let body = serde_json::to_vec(&told(status)).unwrap_or_default();
    let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    form::status(http(status.code()), [json]).map(|_| Body::new(Full::from(body)))
}

/// A status as JSON has it.
pub(super) fn told(status: &Status) -> Told {
    let details = pb::Status::decode(status.details()).unwrap_or_default().details;
    let details = details.iter().map(detail).collect();
    Told { code: word(status.code()), message: status.message().to_owned(), details }
}

fn detail(detail: &Any) -> Detail {
    let name = detail.type_url.strip_prefix(PREFIX).unwrap_or(&detail.type_url);
    let debug = POOL.get_message_by_name(name);
    let debug = debug.and_then(|kind| DynamicMessage::decode(kind, detail.value.as_slice()).ok());
    Detail { kind: name.to_owned(), value: BASE64_STANDARD_NO_PAD.encode(&detail.value), debug }
}

/// The status of HTTP that Connect has for a code.
fn http(code: Code) -> StatusCode {
    let status = match code {
        Code::Ok => 200,
        Code::Cancelled => 499,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::Unauthenticated => 401,
        Code::PermissionDenied => 403,
        Code::NotFound => 404,
        Code::AlreadyExists | Code::Aborted => 409,
        Code::ResourceExhausted => 429,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        Code::DeadlineExceeded => 504,
        Code::Unknown | Code::Internal | Code::DataLoss => 500,
    };
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Its word for it.
fn word(code: Code) -> &'static str {
    match code {
        // Connect has no word for it, and none is asked for.
        Code::Ok | Code::Unknown => "unknown",
        Code::Cancelled => "canceled",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;
    use crate::fail::later;

    #[test]
    fn a_refusal_is_told_with_details_that_anybody_reads() {
        let status = later(Code::Unavailable, "BUSY", "too much", std::time::Duration::from_millis(100));
        let told = to_value(told(&status)).expect("JSON");
        assert_eq!((&told["code"], &told["message"]), (&json!("unavailable"), &json!("too much")));
        assert_eq!(http(status.code()), 503);
        let details = told["details"].as_array().expect("details");
        let find = |name: &str| details.iter().find(|detail| detail["type"] == name).expect(name);
        let info = find("google.rpc.ErrorInfo");
        assert_eq!(info["debug"], json!({ "reason": "BUSY", "domain": "getmodern" }));
        let value = BASE64_STANDARD_NO_PAD.decode(info["value"].as_str().expect("text")).expect("base64");
        assert_eq!(pb::ErrorInfo::decode(value.as_slice()).expect("it reads").reason, "BUSY");
        assert_eq!(find("google.rpc.RetryInfo")["debug"], json!({ "retryDelay": "0.100s" }));
    }
}

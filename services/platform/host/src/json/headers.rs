//! Headers: those of a request as gRPC has them, and those of an answer that its caller is shown.

use http::{
    HeaderMap, HeaderName, HeaderValue, Version,
    header::{CONTENT_TYPE, TE},
    request::Parts,
};
use tonic::{Code, Status};

use super::content::Content;
use crate::fail::plain;

const VERSION: &str = "connect-protocol-version";
const TIMEOUT: &str = "connect-timeout-ms";
const GRPC_TIMEOUT: &str = "grpc-timeout";
const GRPC_ENCODING: &str = "grpc-encoding";
/// Of a connection or of a content that go no further.
const LEFT: [&str; 14] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The head of the same request over gRPC, or what is wrong with it.
pub(super) fn over_grpc(mut parts: Parts, content: Content) -> Result<Parts, Status> {
    if parts.headers.get_all(VERSION).iter().any(|version| version != "1") {
        return Err(plain(
            Code::InvalidArgument,
            "HEADER_MALFORMED",
            "the header connect-protocol-version must be 1",
        ));
    }
    let timeout = timeout(&parts.headers)?;
    let encoding = parts.headers.get(content.encoding()).filter(|encoding| *encoding != "identity").cloned();
    let headers = std::mem::take(&mut parts.headers);
    // A name stands before its first value alone.
    let mut last = None;
    for (name, value) in headers {
        last = name.or(last);
        if let Some(name) = last.as_ref().filter(|name| passes(name)) {
            parts.headers.append(name, value);
        }
    }
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    parts.headers.insert(TE, HeaderValue::from_static("trailers"));
    timeout.map(|timeout| parts.headers.insert(GRPC_TIMEOUT, timeout));
    // The service refuses a compressed message, as over gRPC.
    encoding.map(|encoding| parts.headers.insert(GRPC_ENCODING, encoding));
    parts.version = Version::HTTP_2;
    Ok(parts)
}

fn passes(name: &HeaderName) -> bool {
    let name = name.as_str();
    !LEFT.contains(&name) && !name.starts_with("grpc-") && !name.starts_with("connect-")
}

/// How long the caller waits, as gRPC says it.
fn timeout(headers: &HeaderMap) -> Result<Option<HeaderValue>, Status> {
    let mut said = headers.get_all(TIMEOUT).iter();
    let Some(first) = said.next() else { return Ok(None) };
    let read = first.to_str().ok().filter(|_| said.next().is_none()).and_then(milliseconds);
    let value = read.and_then(|timeout| HeaderValue::from_str(&timeout).ok());
    value.map(Some).ok_or_else(|| {
        let text = "the header connect-timeout-ms must be 1 to 10 digits: milliseconds, such as 5000";
        plain(Code::InvalidArgument, "DEADLINE_MALFORMED", text)
    })
}

/// gRPC takes 8 digits: beyond those, seconds are exact enough.
fn milliseconds(text: &str) -> Option<String> {
    if !(1..=10).contains(&text.len()) || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let count: u64 = text.parse().ok()?;
    Some(if count > 99_999_999 { format!("{}S", count / 1000) } else { format!("{count}m") })
}

/// The headers or trailers of an answer that its caller is shown, with `prefix` before each name.
pub(super) fn shown(headers: &HeaderMap, prefix: &str) -> HeaderMap {
    let is_shown = |name: &str| !name.starts_with("grpc-") && !LEFT.contains(&name);
    let shown = headers.iter().filter(|(name, _)| is_shown(name.as_str()));
    let named = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((HeaderName::try_from(format!("{prefix}{name}")).ok()?, value.clone()))
    };
    shown.filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_up_to_ten_digits_of_milliseconds() {
        let of = |text: &str| milliseconds(text);
        assert_eq!(of("0").as_deref(), Some("0m"));
        assert_eq!(of("99999999").as_deref(), Some("99999999m"));
        assert_eq!(of("9999999999").as_deref(), Some("9999999S"));
        for bad in ["", "-1", "1.5", "5s", "12345678901", " 5", "+5"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_a_caller_says_in_headers_of_their_own_passes_and_nothing_of_the_connection_does() {
        let request = http::Request::builder()
            .header("x-getmodern-person", "people/ada")
            .header("x-twice", "1")
            .header("x-twice", "2")
            .header("grpc-timeout", "1n")
            .header("grpc-encoding", "gzip")
            .header("connection", "close")
            .header("connect-timeout-ms", "5000");
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        let content = Content { is_json: true, streams: false };
        let headers = over_grpc(parts, content).expect("it reads").headers;
        let of = |name: &str| {
            headers.get_all(name).iter().map(|value| value.to_str().expect("text")).collect::<Vec<_>>()
        };
        assert_eq!(of("x-getmodern-person"), ["people/ada"]);
        assert_eq!(of("x-twice"), ["1", "2"]);
        assert_eq!(of("grpc-timeout"), ["5000m"]);
        assert_eq!(of("content-type"), ["application/grpc"]);
        for gone in ["grpc-encoding", "connection", "connect-timeout-ms"] {
            assert_eq!(of(gone), [""; 0], "{gone}");
        }
    }
}

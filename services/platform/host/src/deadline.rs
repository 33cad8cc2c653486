//! Deadlines and panics: every call ends with a status of its own, whatever happens to it.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt;
use tokio::time::{Instant, timeout_at};
use tonic::Code;

use crate::{
    fail::plain,
    stack::{Handle, Layer, Request, Response},
};

/// How a caller says how long it waits.
const TIMEOUT_FORM: &str =
    "the header grpc-timeout must be 1 to 8 digits and a unit, one of H, M, S, m, u and n, such as 5S";

/// Until when a call is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    /// By then it is answered, or a watch has begun.
    pub(crate) answer: Instant,
    /// By then a watch ends, if its caller says so.
    pub(crate) end: Option<Instant>,
}

/// Ends a call at its deadline, and none takes longer than the longest, with `DEADLINE_EXCEEDED`; what it had already
/// committed stays, and its reply is kept.
pub(crate) struct Longest(pub(crate) Duration);

impl Layer for Longest {
    async fn pass(&self, mut request: Request, next: &impl Handle) -> Response {
        let said = request.headers().get("grpc-timeout").map(|header| header.to_str().ok().and_then(parse));
        if let Some(None) = said {
            return plain(Code::InvalidArgument, "DEADLINE_MALFORMED", TIMEOUT_FORM).into_http();
        }
        let (now, said) = (Instant::now(), said.flatten());
        let answer = now + said.map_or(self.0, |said| said.min(self.0));
        if answer <= Instant::now() {
            return exceeded().into_http();
        }
        request.extensions_mut().insert(Deadline { answer, end: said.map(|said| now + said) });
        timeout_at(answer, next.handle(request)).await.unwrap_or_else(|_| exceeded().into_http())
    }
}

pub(crate) fn exceeded() -> tonic::Status {
    plain(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", "the deadline passed before the call was done")
}

/// Turns a panic into `INTERNAL`; it never crosses a call.
pub(crate) struct Contain;

impl Layer for Contain {
    async fn pass(&self, request: Request, next: &impl Handle) -> Response {
        let uri = request.uri().clone();
        AssertUnwindSafe(next.handle(request)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(path = uri.path(), "a call panicked");
            plain(Code::Internal, "INTERNAL", "the service failed; the fault is in its log").into_http()
        })
    }
}

/// A gRPC timeout: up to 8 digits and a unit.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let count = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(count * 3600),
        "M" => Duration::from_secs(count * 60),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_up_to_eight_digits_and_a_unit() {
        assert_eq!(parse("20S"), Some(Duration::from_secs(20)));
        assert_eq!(parse("99999999H"), Some(Duration::from_hours(99_999_999)));
        assert_eq!(parse("5m"), Some(Duration::from_millis(5)));
        for bad in ["", "S", "5", "5s", "-5S", "123456789S", "5 S", "ü"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}

//! One span for each gRPC call, from its request to the end of its answer's stream, by OpenTelemetry's RPC conventions
//! of version 1.42.

use std::{
    error::Error,
    iter::successors,
    pin::Pin,
    sync::LazyLock,
    task::{Context as Task, Poll, ready},
    time::Instant,
};

use http::{HeaderMap, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use opentelemetry::{
    Context, KeyValue,
    global::{self, BoxedTracer},
    trace::{SpanKind, Status as Outcome, TraceContextExt, Tracer},
};
use opentelemetry_semantic_conventions::attribute::{
    ERROR_TYPE, RPC_METHOD, RPC_RESPONSE_STATUS_CODE, RPC_SYSTEM_NAME,
};
use tonic::{Code, Status, TimeoutExpired};
use tonic_types::StatusExt;

use super::{SCOPE, metrics, names};

/// How the conventions call a method that there is not, and an error that has no name.
pub(super) const OTHER: &str = "_OTHER";

/// Who makes the spans: asked for with the first call, when it is settled whether they are sent.
static TRACER: LazyLock<BoxedTracer> = LazyLock::new(|| global::tracer(SCOPE));

/// A call under way; one that is dropped before its status is known was cancelled.
#[derive(Debug)]
pub(crate) struct Call {
    context: Context,
    kind: SpanKind,
    method: String,
    begun: Instant,
    ended: bool,
}

impl Call {
    /// Begins the span of a call of `method` (`package.Service/Method`, or none that we know) under `parent`.
    pub(crate) fn begin(kind: SpanKind, method: Option<&str>, parent: &Context) -> Self {
        let method = method.unwrap_or(OTHER).to_owned();
        let attributes = [KeyValue::new(RPC_SYSTEM_NAME, "grpc"), KeyValue::new(RPC_METHOD, method.clone())];
        let builder = TRACER.span_builder(method.clone()).with_kind(kind.clone()).with_attributes(attributes);
        let span = TRACER.build_with_context(builder, parent);
        Self { context: parent.with_span(span), kind, method, begun: Instant::now(), ended: false }
    }

    /// What is done within the call is done in this context.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Watches the answer to its end.
    pub(crate) fn answered<B>(mut self, response: Response<B>) -> Response<Answer<B>> {
        self.read(response.headers());
        if !response.status().is_success() {
            self.end(meant(response.status()), None);
        }
        response.map(|body| Answer { body, call: self })
    }

    /// Ends the span of a call that was not answered.
    pub(crate) fn failed(mut self, error: &(dyn Error + 'static)) {
        let mut causes = successors(Some(error), |&error| error.source());
        let is_late = causes.any(<dyn Error>::is::<TimeoutExpired>);
        self.end(if is_late { Code::DeadlineExceeded } else { Code::Unavailable }, None);
    }

    /// Ends the span if `headers`, or trailers, carry the status of the call.
    fn read(&mut self, headers: &HeaderMap) {
        let Some(code) = headers.get("grpc-status") else { return };
        let code = Code::from_bytes(code.as_bytes());
        let told = (code != Code::Ok).then(|| Status::from_header_map(headers)).flatten();
        let reason = told.and_then(|status| status.get_details_error_info()).map(|info| info.reason);
        self.end(code, reason);
    }

    /// Ends the span; only the first time counts. A status's text is not told: it may name people.
    fn end(&mut self, code: Code, reason: Option<String>) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let (span, word, is_error) = (self.context.span(), word(code), is_error(&self.kind, code));
        if self.kind == SpanKind::Server {
            metrics::called(&self.method, word, is_error, self.begun.elapsed());
        }
        span.set_attribute(KeyValue::new(RPC_RESPONSE_STATUS_CODE, word));
        span.set_attributes(reason.map(|reason| KeyValue::new(names::REASON, reason)));
        if is_error {
            span.set_attribute(KeyValue::new(ERROR_TYPE, word));
            span.set_status(Outcome::error(""));
        }
        span.end();
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.end(Code::Cancelled, None);
    }
}

/// The body of an answer, and the call that lasts until its last frame.
pub(crate) struct Answer<B> {
    body: B,
    call: Call,
}

impl<B: Body + Unpin> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(task));
        match &frame {
            Some(Ok(frame)) => frame.trailers_ref().into_iter().for_each(|trailers| self.call.read(trailers)),
            // Whoever asked sees it break; whoever answers learns no more than that nobody reads on.
            Some(Err(_)) if self.call.kind == SpanKind::Client => self.call.end(Code::Unavailable, None),
            _ => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What gRPC takes an answer of HTTP's own for that has no status of a call.
fn meant(status: StatusCode) -> Code {
    match status.as_u16() {
        400 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502..=504 => Code::Unavailable,
        _ => Code::Unknown,
    }
}

/// Whether the conventions call it an error: to a caller everything but success, to a server what is its own fault.
fn is_error(kind: &SpanKind, code: Code) -> bool {
    use Code::{DataLoss, DeadlineExceeded, Internal, Ok, Unavailable, Unimplemented, Unknown};
    match kind {
        SpanKind::Server => {
            matches!(code, Unknown | DeadlineExceeded | Unimplemented | Internal | Unavailable | DataLoss)
        }
        _ => code != Ok,
    }
}

/// A code's name in the protocol.
fn word(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_http_alone_is_taken_for_what_grpc_takes_it() {
        let of = |status| word(meant(StatusCode::from_u16(status).expect("a status")));
        assert_eq!(
            [400, 401, 403, 404, 429, 502, 503, 504, 415, 500].map(of),
            [
                "INTERNAL",
                "UNAUTHENTICATED",
                "PERMISSION_DENIED",
                "UNIMPLEMENTED",
                "UNAVAILABLE",
                "UNAVAILABLE",
                "UNAVAILABLE",
                "UNAVAILABLE",
                "UNKNOWN",
                "UNKNOWN"
            ]
        );
    }
}

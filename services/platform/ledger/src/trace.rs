//! What the ledger does within a trace: a span for each read and commit, by OpenTelemetry's database conventions.

use opentelemetry::{
    Context, KeyValue, global,
    trace::{FutureExt, SpanKind, Status, TraceContextExt, TraceFlags, Tracer},
};

use crate::{Failure, Trouble};

/// Carries out `work` as the operation called `name` of the engine called `system`, in a span of its own if what asks for it
/// is traced. Neither text nor values are told.
pub(crate) async fn operation<T, E: Failed>(
    system: &'static str,
    name: &'static str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    if !Context::map_current(|context| context.span().is_recording()) {
        return work.await;
    }
    let tracer = global::tracer("getmodern");
    let attributes = [KeyValue::new("db.system.name", system), KeyValue::new("db.operation.name", name)];
    let span = tracer.span_builder(name).with_kind(SpanKind::Client).with_attributes(attributes);
    let context = Context::current_with_span(span.start(&tracer));
    let outcome = work.with_context(context.clone()).await;
    if let Some(word) = outcome.as_ref().err().and_then(Failed::word) {
        context.span().set_attribute(KeyValue::new("error.type", word));
        context.span().set_status(Status::error(""));
    }
    context.span().end();
    outcome
}

/// What is under way, as a W3C `traceparent`; none when it is not traced.
pub(crate) fn parent() -> Option<String> {
    Context::map_current(|context| {
        let span = context.span().span_context().clone();
        let (trace, flags) = (span.trace_id(), span.trace_flags() & TraceFlags::SAMPLED);
        span.is_valid().then(|| format!("00-{trace}-{}-{flags:02x}", span.span_id()))
    })
}

/// How an operation failed, in a word; none when it only lost a race, or was never begun.
pub(crate) trait Failed {
    fn word(&self) -> Option<&'static str>;
}

impl Failed for Trouble {
    fn word(&self) -> Option<&'static str> {
        Some("storage")
    }
}

impl Failed for Failure {
    fn word(&self) -> Option<&'static str> {
        match self {
            Self::Stopped(_) | Self::Full => None,
            Self::Trouble(trouble) => trouble.word(),
        }
    }
}

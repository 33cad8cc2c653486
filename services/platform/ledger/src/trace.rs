//! What the ledger does within a trace: a span for each read and commit, by OpenTelemetry's database conventions.

use opentelemetry::{
    Context, KeyValue, global,
    trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer},
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

/// How an operation failed, in a word; none when it only lost a race.
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
            Self::Stopped(_) => None,
            Self::Trouble(trouble) => trouble.word(),
        }
    }
}

//! The log as records for a collector: what the text log shows, with the trace and the request each belongs to.

use std::sync::OnceLock;

use opentelemetry::{
    Context,
    logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity},
};
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use serde_json::Value;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{Layer, layer};

use super::{RequestId, SCOPE, logs::Fields, names};
use crate::clock;

/// Who takes the records; nobody until sending has begun.
static LOGGER: OnceLock<SdkLogger> = OnceLock::new();

/// What sending itself brings about is not sent: it would never end.
const OWN: [&str; 9] = [
    "host::telemetry::outlet",
    "opentelemetry",
    "h2",
    "hyper",
    "rustls",
    "tokio_util",
    "tonic",
    "tower",
    "want",
];

/// Begins to hand what is logged to `provider`.
pub(super) fn begin(provider: &SdkLoggerProvider) {
    let _ = LOGGER.set(provider.logger(SCOPE));
}

/// Hands what is logged on.
pub(super) struct Sent;

impl<S: Subscriber> Layer<S> for Sent {
    fn on_event(&self, event: &Event<'_>, _context: layer::Context<'_, S>) {
        let Some(logger) = LOGGER.get() else { return };
        if OWN.iter().any(|own| event.metadata().target().starts_with(own)) {
            return;
        }
        let mut record = logger.create_log_record();
        fill(&mut record, event);
        logger.emit(record);
    }
}

fn fill(record: &mut impl LogRecord, event: &Event<'_>) {
    let (severity, text) = severity(*event.metadata().level());
    let mut fields = Fields::default();
    event.record(&mut fields);
    record.set_timestamp(clock::now().into());
    record.set_target(event.metadata().target().to_owned());
    record.set_severity_number(severity);
    record.set_severity_text(text);
    if let Some(message) = fields.0.remove("message") {
        record.set_body(value(message));
    }
    for (name, what) in fields.0 {
        record.add_attribute(format!("{}.{name}", names::LOG), value(what));
    }
    Context::map_current(|context| {
        if let Some(id) = context.get::<RequestId>() {
            record.add_attribute(names::REQUEST_ID, id.0.clone());
        }
    });
}

/// The same as the log has it; text where it has something else.
fn value(value: Value) -> AnyValue {
    match value {
        Value::String(text) => text.into(),
        Value::Bool(flag) => flag.into(),
        Value::Number(number) => number.as_i64().map_or_else(|| number.to_string().into(), AnyValue::from),
        other => other.to_string().into(),
    }
}

fn severity(level: Level) -> (Severity, &'static str) {
    match level {
        Level::TRACE => (Severity::Trace, "TRACE"),
        Level::DEBUG => (Severity::Debug, "DEBUG"),
        Level::INFO => (Severity::Info, "INFO"),
        Level::WARN => (Severity::Warn, "WARN"),
        Level::ERROR => (Severity::Error, "ERROR"),
    }
}

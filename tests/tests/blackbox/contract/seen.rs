//! What came over the wire, each thing in the registry's words.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value},
    logs::v1::{LogRecord, SeverityNumber},
    resource::v1::Resource,
    trace::v1::{Span, span::SpanKind},
};
use serde_json::{Value, json};

use super::registry::Sort;

/// Something that was told.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) sort: Sort,
    pub(super) name: String,
    pub(super) form: String,
    pub(super) unit: String,
    pub(super) number: String,
    pub(super) values: BTreeMap<String, Value>,
    /// The names of the events within it.
    pub(super) events: Vec<String>,
}

/// A span, and the events on it.
pub(super) fn span(span: &Span) -> Vec<Seen> {
    let event = |name: &String, attributes: &[KeyValue]| Seen {
        sort: Sort::Event,
        name: name.clone(),
        values: values(attributes),
        ..Seen::default()
    };
    let mut all: Vec<_> = span.events.iter().map(|one| event(&one.name, &one.attributes)).collect();
    all.push(Seen {
        sort: Sort::Span,
        name: span.name.clone(),
        form: form(span.kind()).to_owned(),
        values: values(&span.attributes),
        events: span.events.iter().map(|event| event.name.clone()).collect(),
        ..Seen::default()
    });
    all
}

/// A log record: its severity and the trace it belongs to stand among its attributes.
pub(super) fn log(record: &LogRecord) -> Seen {
    let mut values = values(&record.attributes);
    let number = SeverityNumber::try_from(record.severity_number).map_or("", |it| it.as_str_name());
    if number == format!("SEVERITY_NUMBER_{}", record.severity_text) {
        values.insert("severity_text".to_owned(), json!(record.severity_text));
    }
    if !record.trace_id.is_empty() {
        let digits: Vec<_> = record.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
        values.insert("trace_id".to_owned(), json!(digits.concat()));
    }
    Seen { sort: Sort::Log, name: "log".to_owned(), values, ..Seen::default() }
}

/// What tells.
pub(super) fn resource(resource: &Resource) -> Seen {
    let values = values(&resource.attributes);
    Seen { sort: Sort::Resource, name: "resource".to_owned(), values, ..Seen::default() }
}

fn form(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
        SpanKind::Unspecified => "unspecified",
    }
}

pub(super) fn values(attributes: &[KeyValue]) -> BTreeMap<String, Value> {
    attributes.iter().map(|one| (one.key.clone(), value(one.value.as_ref()))).collect()
}

fn value(value: Option<&AnyValue>) -> Value {
    match value.and_then(|value| value.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => json!(text),
        Some(any_value::Value::IntValue(number)) => json!(number),
        Some(any_value::Value::DoubleValue(number)) => json!(number),
        Some(any_value::Value::BoolValue(flag)) => json!(flag),
        _ => Value::Null,
    }
}

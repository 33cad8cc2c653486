//! The spans of what this process does about the events of others: each links to what wrote the event.

use std::collections::HashMap;

use opentelemetry::{
    Context, KeyValue, global,
    propagation::TextMapPropagator,
    trace::{Link, SpanContext, SpanKind, Status, TraceContextExt, Tracer},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_semantic_conventions::attribute::ERROR_TYPE;
use proto::common::v1::Event;

use super::{RequestId, SCOPE, call::OTHER, names, note};
use crate::Fail;

/// The context of what is done about `event` of the journal of `source`, for the request that is called `request_id`. Its
/// span is sampled as what wrote the event was: see [`Linked`](super::linked::Linked).
pub(crate) fn followed(source: &str, event: &Event, request_id: &str) -> Context {
    let tracer = global::tracer(SCOPE);
    let links = written(&event.trace_parent).map(|origin| Link::new(origin, Vec::new(), 0));
    let builder = tracer
        .span_builder(format!("follow {source}"))
        .with_kind(SpanKind::Consumer)
        .with_links(links.into_iter().collect())
        .with_attributes([
            KeyValue::new(names::SOURCE, source.to_owned()),
            KeyValue::new(names::EVENT, event.kind.clone()),
            KeyValue::new(names::RESOURCE, event.resource.clone()),
            KeyValue::new(names::REVISION, event.revision),
            KeyValue::new(names::REQUEST_ID, request_id.to_owned()),
        ]);
    let span = tracer.build_with_context(builder, &Context::new());
    Context::new().with_span(span).with_value(RequestId(request_id.to_owned()))
}

/// Notes what became of the event.
pub(crate) fn note_outcome(outcome: &'static str) {
    note(KeyValue::new(names::OUTCOME, outcome));
}

/// Notes that it is tried again, because of a fault.
pub(crate) fn note_failure(fail: &Fail) {
    let word = match fail {
        Fail::Storage(_) => "storage",
        Fail::Peer(..) => "peer",
        _ => OTHER,
    };
    note(KeyValue::new(ERROR_TYPE, word));
    Context::map_current(|context| context.span().set_status(Status::error("")));
}

/// What wrote an event with this `traceparent`, if it can be seen: others are not linked to.
pub(crate) fn origin(trace_parent: &str) -> Option<SpanContext> {
    written(trace_parent).filter(SpanContext::is_sampled)
}

/// What wrote an event with this `traceparent`, sampled or not, if it was traced.
fn written(trace_parent: &str) -> Option<SpanContext> {
    let carrier = HashMap::from([("traceparent".to_owned(), trace_parent.to_owned())]);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    context.has_active_span().then(|| context.span().span_context().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrote_an_event_is_known_by_its_trace_parent_alone() {
        let seen = origin("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").expect("it reads");
        assert_eq!(seen.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(seen.span_id().to_string(), "b7ad6b7169203331");
        assert!(["", "nonsense", "00-0-0-01"].iter().all(|text| written(text).is_none()));
        let unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        assert!(written(unsampled).is_some() && origin(unsampled).is_none(), "nobody sees it");
    }
}

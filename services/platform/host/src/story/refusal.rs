//! What the playbook refuses, live in the story of the resource it was asked of. It is not in the journal, so it is told
//! once, by the way of all other spans and where its call is, or not at all.

use std::{collections::BTreeSet, time::SystemTime};

use kernel::{Caller, Id, Refusal, name};
use ledger::State;
use opentelemetry::{
    Context, KeyValue, global,
    trace::{Span, TraceContextExt, Tracer},
};

use super::id;
use crate::{
    Desk, Resource, clock,
    telemetry::{SCOPE, names},
};

impl Desk {
    /// Tells that `caller` was refused something of a resource that has a story, for the sake of a rule.
    pub(crate) fn tell_refusal<T: Resource>(
        &self,
        resource: Id,
        state: Option<&State<T>>,
        caller: &Caller,
        request_id: &str,
        refusal: &Refusal,
    ) {
        let story = self.inner.stories.iter().find(|story| story.collection == T::COLLECTION);
        let (Some(story), Some(state), Some(rules)) = (story, state, rules(refusal)) else { return };
        let call = Context::map_current(|context| context.span().span_context().clone());
        if !call.is_sampled() {
            return;
        }
        let name = name::of(T::COLLECTION, resource);
        let trace = id::trace(T::parent(state).as_deref().unwrap_or(&name));
        let root = Context::new().with_remote_span_context(id::context(trace, id::root(&name)));
        let attributes = [
            KeyValue::new(names::RESOURCE, name),
            KeyValue::new(names::RESOURCE_TYPE, story.kind),
            KeyValue::new(names::REASON, refusal.reason),
            KeyValue::new(names::RULE, rules),
            KeyValue::new(names::ROLE, caller.role.as_str()),
            KeyValue::new(names::REQUEST_ID, request_id.to_owned()),
        ];
        let (tracer, now) = (global::tracer(SCOPE), SystemTime::from(clock::now()));
        let builder = tracer.span_builder("refusal").with_attributes(attributes).with_start_time(now);
        let mut span = tracer.build_with_context(builder, &root);
        span.add_link(call, Vec::new());
        span.end_with_timestamp(now);
    }
}

/// The rules that a refusal keeps, each once; none when it is about form alone.
fn rules(refusal: &Refusal) -> Option<String> {
    let rules: BTreeSet<_> =
        refusal.faults.iter().map(|fault| fault.rule).filter(|rule| !rule.is_empty()).collect();
    (!rules.is_empty()).then(|| rules.into_iter().collect::<Vec<_>>().join(","))
}

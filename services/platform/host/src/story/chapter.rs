//! A tale as spans: each with the moment in the journal at which it can be told, and never told otherwise again.

use std::{borrow::Cow, time::SystemTime};

use kernel::Time;
use opentelemetry::{
    InstrumentationScope, KeyValue, SpanId,
    trace::{Event, Link, SpanKind, Status},
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::{
    id,
    tale::{Cycle, Overdue, Tale, Targets, Turn, Visit},
};
use crate::telemetry::{SCOPE, names, origin};

/// Span events of one span at most; the rest are counted.
const EVENTS: usize = 256;

/// A span of a story.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chapter {
    pub(crate) cause: Cause,
    pub(crate) span: SpanData,
}

/// What lets a span be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// The journal entry of this revision.
    Entry(i64),
    /// That it became this late.
    Moment(Time),
}

/// Everything that can be told of a resource `now`, in the order of its causes.
pub(crate) fn chapters(tale: &Tale, targets: &Targets, now: Time) -> Vec<Chapter> {
    let (visits, late) = (tale.visits(), tale.overdue(targets, now));
    let mut all = vec![root(tale)];
    for visit in &visits {
        all.push(entered(tale, visit));
        all.extend(visit.left.map(|left| stayed(tale, visit, left, &late)));
        let within = late.iter().filter(|late| visit.turns.contains(late.turn));
        all.extend(within.map(|late| overdue(tale, visit, late)));
    }
    all.extend(tale.cycles().iter().map(|cycle| whole(tale, cycle)));
    all
}

/// What everything else hangs from, from the first minute on.
fn root(tale: &Tale) -> Chapter {
    let created = tale.created();
    let mut root = Draft::new(tale, tale.kind, id::root(&tale.name), created.time, created.time);
    root.parent = tale.parent.as_deref().map_or(SpanId::INVALID, id::root);
    root.attributes.extend(told(created));
    root.links.extend(origin(created.trace_parent.as_deref().unwrap_or_default()));
    root.links.extend(tale.origin.as_deref().map(|name| id::context(id::trace(name), id::root(name))));
    root.end(Cause::Entry(created.revision))
}

/// A marker where a stage begins: who did it, as what, and why.
fn entered(tale: &Tale, visit: &Visit<'_>) -> Chapter {
    let turn = &visit.turns[0];
    let mut marker = Draft::new(
        tale,
        format!("enter {}", visit.stage),
        id::span(&tale.name, "enter", turn),
        turn.time,
        turn.time,
    );
    marker.attributes.extend(stage(visit).into_iter().chain(told(turn)));
    marker.links.extend(origin(turn.trace_parent.as_deref().unwrap_or_default()));
    marker.end(Cause::Entry(turn.revision))
}

/// A stay in a stage, at its real length, with everything that happened in it.
fn stayed(tale: &Tale, visit: &Visit<'_>, left: &Turn, late: &[Overdue<'_>]) -> Chapter {
    let turn = &visit.turns[0];
    let span = id::span(&tale.name, "stage", turn);
    let mut stay = Draft::new(tale, format!("stage {}", visit.stage), span, turn.time, left.time);
    stay.attributes.extend(stage(visit).into_iter().chain([revision(turn)]));
    let entries = visit.turns.iter().map(|turn| (turn.time, event("entry", turn.time, told(turn))));
    let within = late.iter().filter(|late| visit.turns.contains(late.turn));
    let late = within.map(|late| (late.time, event("overdue", late.time, due(late))));
    let mut events: Vec<_> = entries.chain(late).collect();
    events.sort_by_key(|(time, _)| *time);
    stay.events = events.into_iter().map(|(_, event)| event).collect();
    stay.end(Cause::Entry(left.revision))
}

/// The whole of the work, from its beginning until it rested.
fn whole(tale: &Tale, cycle: &Cycle<'_>) -> Chapter {
    let (begun, rested) = (cycle.begun, cycle.rested);
    let span = id::span(&tale.name, "whole", begun);
    let mut whole = Draft::new(tale, format!("whole {}", tale.kind), span, begun.time, rested.time);
    let numbered =
        [KeyValue::new(names::CYCLE, i64::from(cycle.number)), KeyValue::new(names::STAGE, rested.stage)];
    whole.attributes.extend(numbered.into_iter().chain([revision(begun)]));
    whole.end(Cause::Entry(rested.revision))
}

/// A marker where something waited too long. What had before it began to stand, as with another role, is told with the
/// entry; all else when the moment comes.
fn overdue(tale: &Tale, visit: &Visit<'_>, late: &Overdue<'_>) -> Chapter {
    let (what, turn) = (late.what, late.turn);
    let part = format!("overdue/{}/{}/{}", what.action, what.role, what.since.as_microsecond());
    let span = id::span(&tale.name, &part, turn);
    let mut marker = Draft::new(tale, format!("overdue {}", what.action), span, late.time, late.time);
    marker.attributes.extend(stage(visit).into_iter().chain(due(late)).chain([revision(turn)]));
    let born = late.time == turn.time;
    marker.end(if born { Cause::Entry(turn.revision) } else { Cause::Moment(late.time) })
}

fn stage(visit: &Visit<'_>) -> [KeyValue; 2] {
    [KeyValue::new(names::STAGE, visit.stage), KeyValue::new(names::CYCLE, i64::from(visit.cycle))]
}

fn due(late: &Overdue<'_>) -> [KeyValue; 2] {
    let (action, role) = (late.what.action, late.what.role);
    [KeyValue::new(names::DUTY_ACTION, action), KeyValue::new(names::DUTY_ROLE, role.as_str())]
}

fn revision(turn: &Turn) -> KeyValue {
    KeyValue::new(names::REVISION, turn.revision)
}

/// What is told of a journal entry: never who wrote it, nor what it says.
fn told(turn: &Turn) -> Vec<KeyValue> {
    let mut told = vec![
        KeyValue::new(names::EVENT, turn.kind.clone()),
        revision(turn),
        KeyValue::new(names::ROLE, turn.role.as_str()),
        KeyValue::new(names::REQUEST_ID, turn.request_id.clone()),
    ];
    let rule = (!turn.rule.is_empty()).then(|| KeyValue::new(names::RULE, turn.rule.clone()));
    told.extend(rule);
    told
}

fn event(name: &'static str, time: Time, attributes: impl IntoIterator<Item = KeyValue>) -> Event {
    Event::new(name, SystemTime::from(time), attributes.into_iter().collect(), 0)
}

/// A span being put together.
struct Draft<'a> {
    tale: &'a Tale,
    name: Cow<'static, str>,
    span: SpanId,
    parent: SpanId,
    from: Time,
    to: Time,
    attributes: Vec<KeyValue>,
    events: Vec<Event>,
    links: Vec<opentelemetry::trace::SpanContext>,
}

impl<'a> Draft<'a> {
    fn new(tale: &'a Tale, name: impl Into<Cow<'static, str>>, span: SpanId, from: Time, to: Time) -> Self {
        let attributes = vec![
            KeyValue::new(names::RESOURCE, tale.name.clone()),
            KeyValue::new(names::RESOURCE_TYPE, tale.kind),
        ];
        let parent = id::root(&tale.name);
        Self {
            tale,
            name: name.into(),
            span,
            parent,
            from,
            to,
            attributes,
            events: Vec::new(),
            links: Vec::new(),
        }
    }

    fn end(self, cause: Cause) -> Chapter {
        let trace = id::trace(self.tale.parent.as_deref().unwrap_or(&self.tale.name));
        let mut events = SpanEvents::default();
        events.dropped_count = u32::try_from(self.events.len().saturating_sub(EVENTS)).unwrap_or(u32::MAX);
        events.events = self.events.into_iter().take(EVENTS).collect();
        let mut links = SpanLinks::default();
        links.links = self.links.into_iter().map(|to| Link::new(to, Vec::new(), 0)).collect();
        let span = SpanData {
            span_context: id::context(trace, self.span),
            parent_span_id: self.parent,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: self.name,
            start_time: self.from.into(),
            end_time: self.to.into(),
            attributes: self.attributes,
            dropped_attributes_count: 0,
            events,
            links,
            status: Status::Unset,
            instrumentation_scope: InstrumentationScope::builder(SCOPE).build(),
        };
        Chapter { cause, span }
    }
}

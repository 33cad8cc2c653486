//! Stories as a store keeps them that knows each span by its identity, beside the journal that they are told from.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use getmodern::client::Client;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use proto::common::v1::Event;
use tests::{Engine, State};

use super::collector::{Collector, attribute};
use crate::faults::journal;

/// How long a story may take to be told.
const PATIENCE: Duration = tests::PATIENCE;

/// A span's trace and its own identity.
type Identity = (Vec<u8>, Vec<u8>);

/// The spans of stories, each once; two with one identity have to be the same to the last byte.
pub(super) fn kept(collector: &Collector) -> BTreeMap<Identity, Span> {
    let mut kept: BTreeMap<Identity, Span> = BTreeMap::new();
    for span in collector.spans().into_iter().filter(is_of_a_story) {
        let identity = (span.trace_id.clone(), span.span_id.clone());
        if let Some(known) = kept.get(&identity) {
            assert_eq!(known.encode_to_vec(), span.encode_to_vec(), "{known:#?}\n{span:#?}");
        }
        kept.insert(identity, span);
    }
    kept
}

/// Stories alone say what kind of resource they are about, and refusals are not in the journal.
pub(super) fn is_of_a_story(span: &Span) -> bool {
    !attribute(span, "getmodern.resource.type").is_empty() && span.name != "refusal"
}

/// The spans about one resource whose name begins so, in order.
pub(super) fn about(kept: &BTreeMap<Identity, Span>, resource: &str, name: &str) -> Vec<Span> {
    let is_meant =
        |span: &&Span| attribute(span, "getmodern.resource") == resource && span.name.starts_with(name);
    let mut found: Vec<_> = kept.values().filter(is_meant).cloned().collect();
    found.sort_by_key(|span| (span.start_time_unix_nano, number(span, "getmodern.event.revision")));
    found
}

pub(super) fn number(span: &Span, name: &str) -> i64 {
    attribute(span, name).parse().expect(name)
}

/// The journals by resource, as the wire shows them.
pub(super) async fn journals(client: &Client) -> BTreeMap<String, Vec<Event>> {
    let mut journals: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for event in journal::read_all(client).await.into_values().flatten() {
        journals.entry(event.resource.clone()).or_default().push(event);
    }
    journals
}

/// When an event was written, in nanoseconds since 1970.
pub(super) fn time(event: &Event) -> u64 {
    let time = event.stamp.as_ref().and_then(|stamp| stamp.time).expect("a time");
    u64::try_from(time.seconds).expect("after 1970") * 1_000_000_000
        + u64::try_from(time.nanos).expect("a part")
}

/// Waits until something is so, for as long as it may take on a busy machine.
pub(super) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "it did not happen: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Judges every story there is; how many.
pub(super) fn judge_all(kept: &BTreeMap<Identity, Span>, journals: &BTreeMap<String, Vec<Event>>) -> usize {
    let has_story =
        |name: &&String| ["cases/", "engagements/", "tasks/"].iter().any(|of| name.starts_with(of));
    let told: Vec<_> = journals.keys().filter(has_story).collect();
    for resource in &told {
        judge(kept, resource, &journals[*resource]);
    }
    told.len()
}

/// Judges the story of a resource by its journal: its stages follow each other from its creation to its last
/// transition without a gap, are entered at times of entries, and hold every entry once, those of the last stage aside.
fn judge(kept: &BTreeMap<Identity, Span>, resource: &str, journal: &[Event]) {
    let (entered, stays) = (about(kept, resource, "enter "), about(kept, resource, "stage "));
    assert_eq!(entered.len(), stays.len() + 1, "{resource} is in one stage, and has left the others");
    let written = |span: &Span| {
        let revision = number(span, "getmodern.event.revision");
        journal.iter().find(|event| event.revision == revision).map(time).expect("an entry of its own")
    };
    let mut at = time(&journal[0]);
    for (marker, stay) in entered.iter().zip(&stays) {
        assert_eq!(attribute(marker, "getmodern.stage"), attribute(stay, "getmodern.stage"));
        assert_eq!([marker, stay].map(written), [at; 2], "{resource}: {marker:?}");
        assert_eq!((marker.start_time_unix_nano, marker.end_time_unix_nano), (at, at));
        assert_eq!(stay.start_time_unix_nano, at, "{resource}: no gap and no overlap");
        at = stay.end_time_unix_nano;
    }
    let last = entered.last().expect("a stage");
    assert_eq!((last.start_time_unix_nano, written(last)), (at, at), "{resource}: {last:?}");
    let lengths = stays.iter().map(|stay| stay.end_time_unix_nano - stay.start_time_unix_nano);
    assert_eq!(lengths.sum::<u64>(), at - time(&journal[0]), "{resource}: the stages, summed");
    let until = number(last, "getmodern.event.revision");
    let inside: Vec<_> = journal.iter().map(|event| event.revision).filter(|one| *one < until).collect();
    assert_eq!(entries(&stays), inside, "{resource}");
}

/// The revisions of the entries that spans hold as events.
fn entries(spans: &[Span]) -> Vec<i64> {
    let events = spans.iter().flat_map(|span| &span.events).filter(|event| event.name == "entry");
    events
        .map(|event| {
            let as_span = Span { attributes: event.attributes.clone(), ..Span::default() };
            number(&as_span, "getmodern.event.revision")
        })
        .collect()
}

/// The stays of an engagement as the service itself keeps them, apart from the journal: stage, entered and left, in
/// nanoseconds since 1970; left is 0 while it lasts.
pub(super) fn visits(state: &State, engagement: &str) -> Vec<(String, u64, u64)> {
    let micros = |column: &str| match Engine::here() {
        Engine::Sqlite => format!("coalesce({column}, 0)"),
        Engine::Postgres => format!("coalesce((extract(epoch from {column}) * 1000000)::bigint, 0)"),
    };
    let id = engagement.trim_start_matches("engagements/");
    let (entered, left) = (micros("entered_time"), micros("left_time"));
    let question = format!(
        "SELECT stage || ' ' || {entered} || ' ' || {left} FROM stage_visit \
         WHERE engagement_id = '{id}' ORDER BY entered_time"
    );
    let read = |line: String| {
        let mut words = line.split(' ').map(str::to_owned);
        let mut word = || words.next().expect("three words");
        let (name, entered, left) = (word(), word(), word());
        let nanos = |micros: String| micros.parse::<u64>().expect("a number") * 1000;
        (name, nanos(entered), nanos(left))
    };
    state.ask("engagement", &question).into_iter().map(read).collect()
}

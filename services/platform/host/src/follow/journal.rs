//! A followed journal looked at from outside the watch: what it has at a place, and between two.

use std::collections::BTreeMap;

use kernel::Time;
use proto::common::v1::Event;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::Follow;
use crate::Peer;

/// Events that are read at a time.
const PAGE: i32 = 200;

/// A followed journal, asked by who follows it.
#[derive(Clone, Copy)]
pub(crate) struct Journal<'a> {
    pub(crate) peer: &'a Peer,
    pub(crate) follow: &'a Follow,
}

impl Journal<'_> {
    /// The event at this revision; none where the journal does not reach as far.
    pub(crate) async fn event_at(self, revision: i64) -> Result<Option<Event>, Status> {
        match self.peer.events_after(self.follow.grpc_name, revision - 1, 1).await {
            Ok(found) => Ok(found.events.into_iter().find(|event| event.revision == revision)),
            Err(status) if is_reset(&status) => Ok(None),
            Err(status) => Err(status),
        }
    }

    /// Whether the journal has this event: it may have another in its place, or none, once it was set back.
    pub(crate) async fn has(self, event: &Event) -> Result<bool, Status> {
        Ok(self.event_at(event.revision).await?.is_some_and(|there| is_same(&there, event)))
    }

    /// The last revision of an event that happened by `time`: found by halves, since later events happen later.
    pub(crate) async fn last_by(self, time: Time) -> Result<i64, Status> {
        let (mut by, mut after) = (0, self.peer.head(self.follow.grpc_name).await? + 1);
        while after - by > 1 {
            let middle = by + (after - by) / 2;
            let event = self.event_at(middle).await?;
            if event.as_ref().and_then(happened).is_some_and(|there| there <= time) {
                by = middle;
            } else {
                after = middle;
            }
        }
        Ok(by)
    }

    /// How many events of each kind lie after one revision, up to another.
    pub(crate) async fn count(self, after: i64, until: i64) -> Result<BTreeMap<String, i64>, Status> {
        let (mut counts, mut after) = (BTreeMap::new(), after);
        while after < until {
            let found = self.peer.events_after(self.follow.grpc_name, after, PAGE).await?.events;
            let Some(last) = found.last() else { break };
            after = last.revision;
            for event in found.into_iter().filter(|event| event.revision <= until) {
                *counts.entry(event.kind).or_default() += 1;
            }
        }
        Ok(counts)
    }
}

/// Whether two events of one revision are the same: what happens anew happens at another moment. What was said may have been
/// erased since, and so is not compared.
pub(crate) fn is_same(one: &Event, other: &Event) -> bool {
    let place = |event: &Event| (event.revision, event.version_before, event.version_after);
    place(one) == place(other)
        && one.stamp == other.stamp
        && (&one.resource, &one.kind) == (&other.resource, &other.kind)
}

/// When an event happened.
pub(crate) fn happened(event: &Event) -> Option<Time> {
    proto::from_wire(event.stamp.as_ref()?.time?)
}

/// The journal does not have the place that was asked for.
pub(crate) fn is_reset(status: &Status) -> bool {
    let info = status.get_details_error_info();
    status.code() == Code::OutOfRange && info.is_some_and(|info| info.reason == "LOG_RESET")
}

#[cfg(test)]
mod tests {
    use proto::common::v1::Stamp;

    use super::*;

    fn event(revision: i64, seconds: i64, request_id: &str) -> Event {
        let time = Some(prost_types::Timestamp { seconds, nanos: 0 });
        let stamp = Some(Stamp { person: "people/ada".to_owned(), role: 1, time });
        let [resource, kind] = ["cases/1", "GatewayExited"].map(str::to_owned);
        Event { revision, stamp, resource, kind, request_id: request_id.to_owned(), ..Event::default() }
    }

    #[test]
    fn an_event_is_the_same_whatever_is_erased_of_it_and_another_at_any_other_moment() {
        let lost = event(7, 1_000, "exit");
        assert!(is_same(&lost, &event(7, 1_000, "[erased]")));
        assert!(!is_same(&lost, &event(7, 1_001, "exit")), "done anew");
        assert!(!is_same(&lost, &event(8, 1_000, "exit")));
        assert!(!is_same(&lost, &Event { version_before: 3, ..lost.clone() }));
        assert!(!is_same(&lost, &Event { resource: "cases/2".to_owned(), ..lost.clone() }));
    }
}

//! A followed journal looked at from outside the watch: what it has at a place, and between two.

use std::collections::BTreeMap;

use kernel::Time;
use ledger::{Cursor, Position};
use proto::common::v1::Event;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::Follow;
use crate::{Peer, wire::read_stamp};

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

    /// Where a cursor stands in the journal as it is, with the journal's token of today: for one whose own token is good no more.
    /// None where the journal has another event there, or nothing.
    pub(crate) async fn recognized(self, cursor: &Cursor) -> Result<Option<Cursor>, Status> {
        if cursor.revision == 0 {
            return Ok(Some(Cursor::default()));
        }
        let known = self.event_at(known_at(cursor)).await?;
        match known.filter(|event| is_known_by(cursor, event)) {
            Some(event) if event.revision == cursor.revision => Ok(Some(place(&event))),
            Some(_) => Ok(self.event_at(cursor.revision).await?.as_ref().map(place)),
            None => Ok(None),
        }
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

/// Where an event stands.
pub(crate) fn place(event: &Event) -> Cursor {
    Cursor { revision: event.revision, token: event.resume_token.clone(), time: happened(event) }
}

/// The mark that an older release gave for the cursor's place, or for one before it.
fn noted(cursor: &Cursor) -> Option<Position> {
    cursor.token.parse().ok().filter(|place: &Position| place.mark().is_some())
}

/// The revision of the event by which a cursor's place is known again.
fn known_at(cursor: &Cursor) -> i64 {
    noted(cursor).map_or(cursor.revision, |place| place.revision)
}

/// Whether a cursor was left at this event, or behind it: by its mark, else by the moment.
fn is_known_by(cursor: &Cursor, event: &Event) -> bool {
    match noted(cursor) {
        Some(place) => Some(place) == position(event),
        None => cursor.time.is_some() && cursor.time == happened(event),
    }
}

/// The place of an event as older releases marked it.
fn position(event: &Event) -> Option<Position> {
    let stamp = read_stamp(event.stamp.as_ref()).ok()?;
    let (person, role) = (stamp.person.as_str(), stamp.role.as_str());
    let texts = [&event.resource, &event.kind, person, role, &event.request_id];
    let numbers = [stamp.time.as_microsecond(), event.version_before, event.version_after];
    Some(Position::told(event.revision, texts, numbers))
}

/// When an event happened.
pub(crate) fn happened(event: &Event) -> Option<Time> {
    proto::from_wire(event.stamp.as_ref()?.time?)
}

/// The journal does not have the place that was asked for.
pub(crate) fn is_reset(status: &Status) -> bool {
    status.code() == Code::OutOfRange && has_reason(status, &["LOG_RESET"])
}

/// The journal does not take the token that was shown: it is of an older release, or of a key that was replaced. One of an older
/// release says so of a token that it does not read.
pub(crate) fn is_unknown(status: &Status) -> bool {
    status.code() == Code::InvalidArgument && has_reason(status, &["RESUME_TOKEN_INVALID", "FIELD_MALFORMED"])
}

fn has_reason(status: &Status, reasons: &[&str]) -> bool {
    status.get_details_error_info().is_some_and(|info| reasons.contains(&&*info.reason))
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
    fn a_cursor_is_recognized_by_its_old_mark_or_by_its_moment_and_by_nothing_less() {
        let (there, other) = (event(7, 1_000, "exit"), event(7, 1_001, "exit"));
        let old = position(&there).expect("a place").to_string();
        let cursor = |token: &str, event: &Event| Cursor { token: token.to_owned(), ..place(event) };
        for (token, of, is_it) in [
            (&*old, &there, true),
            (&*old, &other, true),
            ("7.another", &there, false),
            ("", &there, true),
            ("AAAA", &there, true),
            ("AAAA", &other, false),
            ("7.", &other, false),
        ] {
            assert_eq!(is_known_by(&cursor(token, of), &there), is_it, "{token}");
        }
        let timeless = Cursor { time: None, ..cursor("AAAA", &there) };
        assert!(!is_known_by(&timeless, &there), "nothing tells");
        assert_eq!([known_at(&cursor("5.AAAA", &there)), known_at(&timeless)], [5, 7]);
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

//! Events that could not be applied: kept in order with those behind them, shown to the operator, and tried again. One that its
//! journal does not have, or not any more, is set aside instead.

use ledger::{
    Commit, Failure, Parked, Statement, Stop, Word, blame, close_parked_duty, open_parked_duty, park, parked,
    parked_at, release, released, set_aside,
};
use prost::{Message, Name};
use prost_types::Any;
use proto::common::v1::Event;

use super::{
    follower::{Follower, Taken},
    journal::{is_same, place},
};
use crate::{Fail, clock, redact};

pub(super) const RELEASED: &str = "released";
/// Why an event is set aside.
const LOST: &str = "its journal does not have it: it is of a course of events that was lost";

/// Why an event is carried out otherwise than it was parked.
const OTHER: &str = "it was changed where it was parked, and is carried out as its journal has it";

impl Follower {
    /// Parks an event that was refused.
    pub(super) async fn park(&mut self, event: &Event, subject: &str, cause: String) -> Result<(), Fail> {
        let entry = self.entry(event, subject, cause);
        let mut commit = self.step(&place(event));
        commit.extend(self.make_way(event).await?);
        commit.extend([park(&entry), open_parked_duty(&entry)]);
        self.commit_at(commit, place(event)).await?;
        tracing::warn!(source = entry.source, event.revision, subject, entry.cause, "an event is parked");
        self.health.set_follower(self.follow.source, false);
        Ok(())
    }

    /// Parks an event behind an earlier one of the same subject, whose duty says already what is wrong.
    pub(super) async fn park_behind(&mut self, event: &Event, subject: &str) -> Result<(), Fail> {
        let entry =
            self.entry(event, subject, "waits behind an earlier event of the same subject".to_owned());
        let mut commit = self.step(&place(event));
        commit.extend(self.make_way(event).await?);
        commit.push(park(&entry));
        self.commit_at(commit, place(event)).await
    }

    /// What makes room for an event where another is parked at its revision: that one is of a course of events that was lost, or
    /// is this one, which was read again.
    async fn make_way(&self, event: &Event) -> Result<Vec<Statement>, Fail> {
        let source = self.follow.source;
        let Some(other) = parked_at(self.desk.ledger(), source, event.revision).await? else {
            return Ok(Vec::new());
        };
        if decode(&other).is_some_and(|other| is_same(&other, event)) {
            return Ok(vec![release(source, event.revision, RELEASED)]);
        }
        self.drop_lost(&other).await
    }

    /// What sets an event aside, and closes its duty where nothing else of its subject waits.
    async fn drop_lost(&self, entry: &Parked) -> Result<Vec<Statement>, Fail> {
        let waiting = parked(self.desk.ledger(), &entry.source, Some(&entry.subject)).await?;
        let mut statements = self.with_word(LOST, |word| set_aside(entry, word, RELEASED)).to_vec();
        let next = waiting.iter().find(|other| other.revision != entry.revision);
        let close = || close_parked_duty(&entry.source, &entry.subject);
        statements.push(next.map_or_else(close, open_parked_duty));
        Ok(statements)
    }

    fn entry(&self, event: &Event, subject: &str, cause: String) -> Parked {
        Parked {
            source: self.follow.source.to_owned(),
            revision: event.revision,
            subject: subject.to_owned(),
            event: event.encode_to_vec(),
            cause,
            time: clock::now(),
        }
    }

    /// Does something on the service's own word.
    fn with_word<T>(&self, reason: &str, what: impl FnOnce(Word<'_>) -> T) -> T {
        let person = format!("services/{}", self.desk.inner.service);
        what(Word { person: &person, reason, time: clock::now(), salt: clock::salt() })
    }

    /// Tries the parked events again, in order, subject by subject.
    pub(super) async fn release_parked(&mut self) -> Result<(), Fail> {
        let waiting = parked(self.desk.ledger(), self.follow.source, None).await?;
        self.there.retain(|revision, _| waiting.iter().any(|entry| entry.revision == *revision));
        let mut stuck: Vec<&str> = Vec::new();
        for (index, entry) in waiting.iter().enumerate() {
            if stuck.contains(&entry.subject.as_str()) {
                continue;
            }
            let last = !waiting[index + 1..].iter().any(|later| later.subject == entry.subject);
            if let Taken::Refused(cause) = self.try_again(entry, last).await? {
                self.keep_blaming(entry, &cause).await?;
                stuck.push(&entry.subject);
            }
        }
        self.is_stuck = !stuck.is_empty();
        Ok(())
    }

    async fn try_again(&mut self, entry: &Parked, last: bool) -> Result<Taken, Fail> {
        let event = match Event::decode(entry.event.as_slice()) {
            Ok(event) => event,
            Err(error) => return Ok(Taken::Refused(error.to_string())),
        };
        let Some(there) = self.there(&event, entry.revision).await? else {
            return self.put_aside(entry).await;
        };
        let (event, is_other) = match as_it_is(there, &event) {
            Ok(found) => found,
            Err(fail) => return Ok(Taken::Refused(fail.to_string())),
        };
        let word = if is_other { OTHER } else { "its cause is gone" };
        let mut first = Commit::default();
        first.push(release(&entry.source, entry.revision, RELEASED));
        first.extend(self.with_word(word, |word| released(&entry.source, entry.revision, word)));
        if last {
            first.push(close_parked_duty(&entry.source, &entry.subject));
        }
        let taken = self.apply(&event, first).await?;
        if is_other && matches!(taken, Taken::Applied) {
            let (source, revision) = (&*entry.source, entry.revision);
            tracing::error!(
                source,
                revision,
                entry.subject,
                "a parked event was changed by somebody: {OTHER}"
            );
        }
        Ok(taken)
    }

    /// The event that is parked as of this revision, as the journal has it; it is asked once a session.
    async fn there(&mut self, event: &Event, revision: i64) -> Result<Option<Event>, Fail> {
        if !self.there.contains_key(&revision) {
            let found = self.journal()?.event_at(revision).await;
            let found = found.map_err(|status| Fail::Peer(self.follow.source, status))?;
            self.there.extend(found.map(|event| (revision, event)));
        }
        Ok(self.there.get(&revision).filter(|there| is_same(there, event)).cloned())
    }

    async fn put_aside(&self, entry: &Parked) -> Result<Taken, Fail> {
        let statements = self.drop_lost(entry).await?;
        match self.desk.ledger().commit(Commit { statements }).await {
            Ok(()) => {
                let (source, revision) = (&*entry.source, entry.revision);
                tracing::warn!(source, revision, entry.subject, LOST, "a parked event is set aside");
                Ok(Taken::Elsewhere)
            }
            Err(Failure::Stopped(Stop::Demand(RELEASED))) => Ok(Taken::Elsewhere),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Tells the operator when the cause is another one by now.
    async fn keep_blaming(&self, entry: &Parked, cause: &str) -> Result<(), Fail> {
        if entry.cause == cause {
            return Ok(());
        }
        let entry = Parked { cause: cause.to_owned(), ..entry.clone() };
        let commit = Commit { statements: vec![blame(&entry), open_parked_duty(&entry)] };
        // Should it fail, the next try tells.
        let _ = self.desk.ledger().commit(commit).await;
        Ok(())
    }

    /// It serves while nothing is parked and nothing is in the way.
    pub(super) fn show_health(&self) {
        let good = !self.is_stuck && self.pace.of(|pace| pace.is_clear());
        self.health.set_follower(self.follow.source, good);
    }
}

fn decode(entry: &Parked) -> Option<Event> {
    Event::decode(entry.event.as_slice()).ok()
}

/// What is carried out of a parked event: what its journal has, without the texts that were erased here; and whether what is
/// parked says anything else.
fn as_it_is(there: Event, parked: &Event) -> Result<(Event, bool), Fail> {
    let (Some(own), Some(here)) = (&there.payload, &parked.payload) else {
        let is_other = there.payload != parked.payload;
        return Ok((there, is_other));
    };
    let (bytes, is_other) =
        redact::erased_alike(&Any::full_name(), &own.encode_to_vec(), &here.encode_to_vec())?;
    let payload = Any::decode(&*bytes).map_err(|error| Fail::Fault(error.to_string()))?;
    Ok((Event { payload: Some(payload), ..there }, is_other))
}

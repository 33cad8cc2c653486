//! Events that could not be applied: kept in order with those behind them, shown to the operator, and tried again.

use ledger::{Commit, Parked, blame, close_parked_duty, open_parked_duty, park, parked, release};
use prost::Message;
use proto::common::v1::Event;

use super::follower::{Follower, Taken, place};
use crate::{Fail, clock};

pub(super) const RELEASED: &str = "released";

impl Follower {
    /// Parks an event that was refused.
    pub(super) async fn park(&mut self, event: &Event, subject: &str, cause: String) -> Result<(), Fail> {
        let entry = self.entry(event, subject, cause);
        tracing::warn!(source = entry.source, event.revision, subject, entry.cause, "an event is parked");
        let mut commit = self.step(&place(event));
        commit.extend([park(&entry), open_parked_duty(&entry)]);
        self.commit_at(commit, place(event)).await?;
        self.health.set_follower(self.follow.source, false);
        Ok(())
    }

    /// Parks an event behind an earlier one of the same subject, whose duty says already what is wrong.
    pub(super) async fn park_behind(&mut self, event: &Event, subject: &str) -> Result<(), Fail> {
        let entry =
            self.entry(event, subject, "waits behind an earlier event of the same subject".to_owned());
        let mut commit = self.step(&place(event));
        commit.push(park(&entry));
        self.commit_at(commit, place(event)).await
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

    /// Tries the parked events again, in order, subject by subject.
    pub(super) async fn release_parked(&self) -> Result<(), Fail> {
        let waiting = parked(self.desk.ledger(), self.follow.source, None).await?;
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
        self.health.set_follower(self.follow.source, stuck.is_empty());
        Ok(())
    }

    async fn try_again(&self, entry: &Parked, last: bool) -> Result<Taken, Fail> {
        let event = match Event::decode(entry.event.as_slice()) {
            Ok(event) => event,
            Err(error) => return Ok(Taken::Refused(error.to_string())),
        };
        let mut first = Commit::default();
        first.push(release(&entry.source, entry.revision, RELEASED));
        if last {
            first.push(close_parked_duty(&entry.source, &entry.subject));
        }
        self.apply(&event, first).await
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
}

//! Following another service's journal: every event takes effect exactly once, in order, whatever is restarted.
//!
//! The effects of an event and the cursor behind it are one commit, and the cursor moves only from where this
//! follower saw it. An event that cannot be applied is parked with those that come after it for the same subject,
//! and the others go on.

use std::time::Duration;

use futures::future::BoxFuture;
use kernel::{Caller, Context, Duty, Id, Role};
use ledger::{
    Change, Command, Commit, Failure, PARKED, Parked, Statement, Stop, Table, close_parked_duty, cursor,
    load, move_cursor, open_duty, park, parked, release,
};
use prost::Message;
use proto::common::v1::Event;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::{Desk, Fail, clock, desk::lost, health::Health};

const RETRY: Duration = Duration::from_millis(200);
const RELEASE_EVERY: Duration = Duration::from_secs(2);
/// Events of no interest after which the cursor moves on all the same.
const STRIDE: i64 = 256;
const CURSOR: &str = "cursor";
const RELEASED: &str = "released";

/// Tells what an event means here; `None` when it means nothing.
pub type React = for<'a> fn(&'a Desk, &'a Event) -> BoxFuture<'a, Result<Option<Reaction>, Fail>>;

/// What a service does about the events of another.
#[derive(Clone, Copy)]
pub struct Follow {
    /// The other service's short name.
    pub source: &'static str,
    /// Its name on the wire.
    pub grpc_name: &'static str,
    /// Tells what an event means here.
    pub react: React,
}

/// What an event means here.
pub struct Reaction {
    /// The resource here that it is meant for: events of one subject are applied in order.
    pub subject: String,
    /// What is to be done, all of it in one commit; each to another resource.
    pub effects: Vec<Box<dyn Effect>>,
}

/// Something to be done to one resource.
pub trait Effect: Send + Sync {
    /// Decides it on what is there now and adds it to `commit`.
    fn add<'a>(
        &'a self,
        desk: &'a Desk,
        request_id: &'a str,
        commit: &'a mut Commit,
    ) -> BoxFuture<'a, Result<(), Fail>>;

    /// The refusal that a stopped commit means; none when it is a race.
    fn lost(&self, stop: &Stop) -> Result<(), Fail>;
}

/// A command for one resource, given by the service itself.
pub struct Order<T: Table> {
    /// Which.
    pub id: Id,
    /// What.
    pub command: Command<T>,
}

impl<T: Table> Effect for Order<T> {
    fn add<'a>(
        &'a self,
        desk: &'a Desk,
        request_id: &'a str,
        commit: &'a mut Commit,
    ) -> BoxFuture<'a, Result<(), Fail>> {
        Box::pin(async move {
            let (before, _) = load::<T>(desk.ledger(), self.id, None).await?;
            let context = Context { caller: Caller::service(desk.inner.service), now: clock::now() };
            let change = Change::<T>::decide(self.id, before, &self.command, &context)?;
            Ok(change.write(request_id, commit)?)
        })
    }

    fn lost(&self, stop: &Stop) -> Result<(), Fail> {
        lost::<T>(stop)
    }
}

/// Rows that no decision stands behind: what insights and lists are read from.
pub struct Projection(pub Vec<Statement>);

impl Effect for Projection {
    fn add<'a>(
        &'a self,
        _desk: &'a Desk,
        _request_id: &'a str,
        commit: &'a mut Commit,
    ) -> BoxFuture<'a, Result<(), Fail>> {
        commit.extend(self.0.iter().cloned());
        Box::pin(std::future::ready(Ok(())))
    }

    fn lost(&self, _stop: &Stop) -> Result<(), Fail> {
        Ok(())
    }
}

/// What became of an event.
enum Taken {
    /// Its effects are committed with the cursor.
    Applied,
    /// Another replica was faster.
    Elsewhere,
    /// It is refused for a reason that will not go away by itself.
    Refused(String),
}

/// One journal being followed.
pub(crate) struct Follower {
    pub(crate) desk: Desk,
    pub(crate) follow: Follow,
    pub(crate) health: Health,
    /// The last revision whose effects are committed.
    cursor: i64,
    /// The last revision looked at.
    seen: i64,
}

impl Follower {
    pub(crate) fn new(desk: Desk, follow: Follow, health: Health) -> Self {
        Self { desk, follow, health, cursor: 0, seen: 0 }
    }

    /// Follows until the process ends; trouble of any kind is waited out.
    pub(crate) async fn run(mut self) {
        loop {
            if let Err(fail) = self.session().await {
                tracing::info!(source = self.follow.source, ?fail, "the follower starts again");
            }
            sleep(RETRY).await;
        }
    }

    /// One connection's worth of following.
    async fn session(&mut self) -> Result<(), Fail> {
        self.cursor = cursor(self.desk.ledger(), self.follow.source).await?;
        self.seen = self.cursor;
        self.release_parked().await?;
        let unavailable = |status| Fail::Peer(self.follow.source, status);
        let mut stream =
            self.desk.peer().watch(self.follow.grpc_name, self.cursor).await.map_err(unavailable)?;
        let mut release = interval(RELEASE_EVERY);
        release.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                batch = stream.message() => {
                    let batch = batch.map_err(|status| Fail::Peer(self.follow.source, status))?;
                    let Some(batch) = batch else { return Ok(()) };
                    for event in batch.events {
                        self.take(event).await?;
                    }
                }
                _ = release.tick() => self.release_parked().await?,
            }
        }
    }

    async fn take(&mut self, event: Event) -> Result<(), Fail> {
        if event.revision <= self.cursor {
            return Ok(());
        }
        self.seen = event.revision;
        match (self.follow.react)(&self.desk, &event).await {
            Ok(None) => self.pass_over().await,
            Ok(Some(reaction)) => self.carry_out(event, reaction).await,
            Err(Fail::Refused(refusal)) => self.park(&event, &event.resource, refusal.to_string()).await,
            Err(fail) => Err(fail),
        }
    }

    /// Moves the cursor now and then over events that mean nothing here.
    async fn pass_over(&mut self) -> Result<(), Fail> {
        if self.seen - self.cursor < STRIDE {
            return Ok(());
        }
        match self.desk.ledger().commit(self.step(self.seen)).await {
            Ok(()) => self.cursor = self.seen,
            Err(Failure::Stopped(_)) => self.cursor = cursor(self.desk.ledger(), self.follow.source).await?,
            Err(Failure::Trouble(trouble)) => return Err(trouble.into()),
        }
        Ok(())
    }

    async fn carry_out(&mut self, event: Event, reaction: Reaction) -> Result<(), Fail> {
        let waiting =
            !parked(self.desk.ledger(), self.follow.source, Some(&reaction.subject)).await?.is_empty();
        let taken = if waiting {
            Taken::Refused("waits behind an earlier event of the same subject".to_owned())
        } else {
            self.apply(&event, &reaction, self.step(event.revision)).await?
        };
        match taken {
            Taken::Applied => self.cursor = event.revision,
            Taken::Elsewhere => self.cursor = cursor(self.desk.ledger(), self.follow.source).await?,
            Taken::Refused(cause) => self.park(&event, &reaction.subject, cause).await?,
        }
        Ok(())
    }

    /// A commit that moves the cursor to `revision`.
    fn step(&self, revision: i64) -> Commit {
        let step = move_cursor(self.follow.source, self.cursor, revision, CURSOR);
        Commit { statements: vec![step] }
    }

    /// Commits the effects together with `first`, deciding again for as long as others are faster.
    async fn apply(&self, event: &Event, reaction: &Reaction, first: Commit) -> Result<Taken, Fail> {
        let request_id = format!("{}/{}", self.follow.source, event.revision);
        loop {
            let mut commit = first.clone();
            for effect in &reaction.effects {
                match effect.add(&self.desk, &request_id, &mut commit).await {
                    Ok(()) => {}
                    Err(Fail::Refused(refusal)) => return Ok(Taken::Refused(refusal.to_string())),
                    Err(fail) => return Err(fail),
                }
            }
            match self.desk.ledger().commit(commit).await {
                Ok(()) => return Ok(Taken::Applied),
                Err(Failure::Stopped(Stop::Demand(CURSOR | RELEASED))) => return Ok(Taken::Elsewhere),
                Err(Failure::Stopped(stop)) => {
                    let refused = reaction.effects.iter().find_map(|effect| effect.lost(&stop).err());
                    if let Some(Fail::Refused(refusal)) = refused {
                        return Ok(Taken::Refused(refusal.to_string()));
                    }
                }
                Err(Failure::Trouble(trouble)) => return Err(trouble.into()),
            }
        }
    }

    async fn park(&mut self, event: &Event, subject: &str, cause: String) -> Result<(), Fail> {
        let (source, revision) = (self.follow.source, event.revision);
        tracing::warn!(source, revision, subject, cause, "an event is parked");
        let mut commit = self.step(revision);
        let entry = Parked {
            source: source.to_owned(),
            revision,
            subject: subject.to_owned(),
            event: event.encode_to_vec(),
            cause,
            time: clock::now(),
        };
        commit.push(park(&entry));
        commit.push(open_duty(subject, &duty(&entry)));
        match self.desk.ledger().commit(commit).await {
            Ok(()) => self.cursor = revision,
            Err(Failure::Stopped(_)) => self.cursor = cursor(self.desk.ledger(), source).await?,
            Err(Failure::Trouble(trouble)) => return Err(trouble.into()),
        }
        self.health.set_follower(source, false).await;
        Ok(())
    }

    /// Tries the parked events again, in order, subject by subject.
    async fn release_parked(&self) -> Result<(), Fail> {
        let waiting = parked(self.desk.ledger(), self.follow.source, None).await?;
        let mut stuck: Vec<&str> = Vec::new();
        for (index, entry) in waiting.iter().enumerate() {
            if stuck.contains(&entry.subject.as_str()) {
                continue;
            }
            let last = !waiting[index + 1..].iter().any(|later| later.subject == entry.subject);
            if !self.try_again(entry, last).await? {
                stuck.push(&entry.subject);
            }
        }
        self.health.set_follower(self.follow.source, stuck.is_empty()).await;
        Ok(())
    }

    /// Applies a parked event; false when it is still refused.
    async fn try_again(&self, entry: &Parked, last: bool) -> Result<bool, Fail> {
        let event = Event::decode(entry.event.as_slice()).map_err(|error| Fail::Fault(error.to_string()))?;
        let mut first = Commit::default();
        first.push(release(&entry.source, entry.revision, RELEASED));
        if last {
            first.push(close_parked_duty(&entry.subject));
        }
        let reaction = match (self.follow.react)(&self.desk, &event).await {
            Ok(Some(reaction)) => reaction,
            Ok(None) => return Ok(true),
            Err(Fail::Refused(_)) => return Ok(false),
            Err(fail) => return Err(fail),
        };
        Ok(!matches!(self.apply(&event, &reaction, first).await?, Taken::Refused(_)))
    }
}

/// Tells the operator what is parked and why.
fn duty(entry: &Parked) -> Duty {
    let subject = format!("{}/{}", entry.source, entry.revision);
    Duty {
        action: PARKED,
        role: Role::Operator,
        person: None,
        since: entry.time,
        missing: vec![kernel::Fault::new("", "EVENT_PARKED", subject, entry.cause.clone())],
    }
}

/// Runs every follower of a service.
pub(crate) fn spawn(desk: &Desk, follows: Vec<Follow>, health: &Health) -> Vec<tokio::task::JoinHandle<()>> {
    let run = |follow| tokio::spawn(Follower::new(desk.clone(), follow, health.clone()).run());
    follows.into_iter().map(run).collect()
}

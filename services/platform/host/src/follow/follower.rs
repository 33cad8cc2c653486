//! One journal being followed: read on from the cursor, and move it with what each event does.

use std::time::Duration;

use ledger::{Commit, Failure, Stop, cursor, move_cursor, parked};
use proto::common::v1::Event;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};

use super::{Follow, Reaction, parking::RELEASED};
use crate::{Desk, Fail, health::Health, watch::HEARTBEAT};

const RETRY: Duration = Duration::from_millis(200);
const RELEASE_EVERY: Duration = Duration::from_secs(2);
/// A journal that gave no sign of life for this long is asked anew.
const SILENCE: Duration = HEARTBEAT.saturating_mul(3);
/// Events of no interest after which the cursor moves on all the same.
const STRIDE: i64 = 256;
/// Times an event is decided again because others changed the same resource meanwhile.
const ATTEMPTS: usize = 16;
const CURSOR: &str = "cursor";

/// One journal being followed.
pub(crate) struct Follower {
    pub(super) desk: Desk,
    pub(super) follow: Follow,
    pub(super) health: Health,
    /// The last revision whose effects are committed.
    pub(super) cursor: i64,
    /// The last revision looked at.
    seen: i64,
}

/// What an event means here.
pub(super) enum Meaning {
    /// Nothing.
    Nothing,
    /// This is to be done.
    Something(Reaction),
    /// It does not read, or cannot be right.
    Senseless(String),
}

/// What became of an event.
pub(super) enum Taken {
    /// Its effects are committed with the cursor.
    Applied,
    /// Another replica was faster.
    Elsewhere,
    /// It is refused for a reason that does not go away by trying again at once.
    Refused(String),
}

impl Follower {
    pub(crate) fn new(desk: Desk, follow: Follow, health: Health) -> Self {
        Self { desk, follow, health, cursor: 0, seen: 0 }
    }

    /// Follows until the process ends; trouble of any kind shows in the health and is waited out.
    pub(crate) async fn run(mut self) {
        let mut told = false;
        loop {
            let begun = Instant::now();
            let Err(fail) = self.session().await else { continue };
            if !told || begun.elapsed() > SILENCE {
                tracing::warn!(
                    source = self.follow.source,
                    ?fail,
                    "following stands still until this is over"
                );
            }
            told = true;
            self.health.set_follower(self.follow.source, false).await;
            sleep(RETRY).await;
        }
    }

    /// One connection's worth of following.
    async fn session(&mut self) -> Result<(), Fail> {
        let source = self.follow.source;
        let away = |status| Fail::Peer(source, status);
        self.cursor = cursor(self.desk.ledger(), source).await?;
        self.seen = self.cursor;
        let mut stream =
            self.desk.peer(source)?.watch(self.follow.grpc_name, self.cursor).await.map_err(away)?;
        let mut release = interval(RELEASE_EVERY);
        release.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                batch = timeout_at(heard + SILENCE, stream.message()) => {
                    let batch = batch.map_err(|_| Fail::Fault(format!("{source} has gone silent")))?;
                    let Some(batch) = batch.map_err(away)? else { return Ok(()) };
                    heard = Instant::now();
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
        match self.meaning(&event).await? {
            Meaning::Nothing => self.pass_over().await,
            Meaning::Something(reaction) => self.carry_out(&event, &reaction.subject).await,
            Meaning::Senseless(cause) => self.park(&event, subject(&event), cause).await,
        }
    }

    /// What an event means here; trouble is what may be over later.
    pub(super) async fn meaning(&self, event: &Event) -> Result<Meaning, Fail> {
        match (self.follow.react)(&self.desk, event).await {
            Ok(None) => Ok(Meaning::Nothing),
            Ok(Some(reaction)) => Ok(Meaning::Something(reaction)),
            Err(fail) => lasting(fail).map(Meaning::Senseless),
        }
    }

    /// Moves the cursor now and then over events that mean nothing here.
    async fn pass_over(&mut self) -> Result<(), Fail> {
        if self.seen - self.cursor < STRIDE {
            return Ok(());
        }
        let commit = self.step(self.seen);
        self.commit_at(commit, self.seen).await
    }

    async fn carry_out(&mut self, event: &Event, subject: &str) -> Result<(), Fail> {
        if !parked(self.desk.ledger(), self.follow.source, Some(subject)).await?.is_empty() {
            return self.park_behind(event, subject).await;
        }
        match self.apply(event, self.step(event.revision)).await? {
            Taken::Applied => self.cursor = event.revision,
            Taken::Elsewhere => self.cursor = cursor(self.desk.ledger(), self.follow.source).await?,
            Taken::Refused(cause) => self.park(event, subject, cause).await?,
        }
        Ok(())
    }

    /// A commit that moves the cursor to `revision`.
    pub(super) fn step(&self, revision: i64) -> Commit {
        let step = move_cursor(self.follow.source, self.cursor, revision, CURSOR);
        Commit { statements: vec![step] }
    }

    /// Writes a commit that moves the cursor to `revision`, or finds where another replica has moved it.
    pub(super) async fn commit_at(&mut self, commit: Commit, revision: i64) -> Result<(), Fail> {
        match self.desk.ledger().commit(commit).await {
            Ok(()) => self.cursor = revision,
            Err(Failure::Stopped(_)) => self.cursor = cursor(self.desk.ledger(), self.follow.source).await?,
            Err(Failure::Trouble(trouble)) => return Err(trouble.into()),
        }
        Ok(())
    }

    /// Commits what an event means together with `first`, all of it decided again when others were faster.
    pub(super) async fn apply(&self, event: &Event, first: Commit) -> Result<Taken, Fail> {
        for _ in 0..ATTEMPTS {
            let reaction = match self.meaning(event).await? {
                Meaning::Nothing => Reaction { subject: String::new(), effects: Vec::new() },
                Meaning::Something(reaction) => reaction,
                Meaning::Senseless(cause) => return Ok(Taken::Refused(cause)),
            };
            if let Some(taken) = self.attempt(event, &reaction, first.clone()).await? {
                return Ok(taken);
            }
        }
        Ok(Taken::Refused("others changed the same resource too often".to_owned()))
    }

    /// One decision and commit; `None` when somebody else was faster.
    async fn attempt(
        &self,
        event: &Event,
        reaction: &Reaction,
        mut commit: Commit,
    ) -> Result<Option<Taken>, Fail> {
        let request_id = format!("{}/{}", self.follow.source, event.revision);
        for effect in &reaction.effects {
            if let Err(fail) = effect.add(&self.desk, &request_id, &mut commit).await {
                return lasting(fail).map(|cause| Some(Taken::Refused(cause)));
            }
        }
        match self.desk.ledger().commit(commit).await {
            Ok(()) => Ok(Some(Taken::Applied)),
            Err(Failure::Stopped(Stop::Demand(CURSOR | RELEASED))) => Ok(Some(Taken::Elsewhere)),
            Err(Failure::Stopped(stop)) => {
                let refused = reaction.effects.iter().find_map(|effect| effect.lost(&stop).err());
                refused.map(lasting).transpose().map(|cause| cause.map(Taken::Refused))
            }
            Err(Failure::Trouble(trouble)) => Err(trouble.into()),
        }
    }
}

/// What an event is about, when it cannot say itself: the resource that its own belongs to, or its own.
fn subject(event: &Event) -> &str {
    if event.parent.is_empty() { &event.resource } else { &event.parent }
}

/// The cause of a failure that trying again at once would only repeat.
fn lasting(fail: Fail) -> Result<String, Fail> {
    match fail {
        Fail::Refused(refusal) => Ok(refusal.to_string()),
        Fail::Fault(cause) => Ok(cause),
        fail => Err(fail),
    }
}

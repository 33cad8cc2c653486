//! One journal being followed: read on from the cursor, and move it with what each event does.

use std::{collections::HashMap, time::Duration};

use ledger::{Commit, Cursor, Failure, Stop, cursor, move_cursor, parked};
use opentelemetry::trace::FutureExt;
use proto::common::v1::{Event, WatchEventsResponse, watch_events_request::Start};
use tokio::{
    join,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout_at},
};
use tonic::Streaming;

use super::{
    Follow, Reaction,
    alarm::{Alarm, Pace, cause},
    journal::{Journal, is_unknown, place},
    parking::RELEASED,
    progress::Step,
};
use crate::{Desk, Fail, health::Health, telemetry, watch::HEARTBEAT};

/// How soon what failed is tried again, and how seldom it is in the end, when it fails again and again.
const RETRY: Duration = Duration::from_millis(200);
const RETRY_SELDOM: Duration = Duration::from_secs(2);
const RELEASE_EVERY: Duration = Duration::from_secs(2);
/// A journal that gave no sign of life for this long is asked anew.
const SILENCE: Duration = HEARTBEAT.saturating_mul(3);
/// Events of no interest after which the cursor moves on all the same.
const STRIDE: i64 = 256;
/// Times an event is decided again because others changed the same resource meanwhile.
const ATTEMPTS: usize = 16;
const CURSOR: &str = "cursor";
const MEANINGLESS: &str =
    "nothing here knows what it asks for: it is kept until a release does, or somebody discards it";

/// One journal being followed.
pub(crate) struct Follower {
    pub(super) desk: Desk,
    pub(super) follow: Follow,
    pub(super) health: Health,
    /// The last place whose effects are committed.
    pub(super) cursor: Cursor,
    /// The last place looked at.
    seen: Cursor,
    /// What the journal has, in this session, where events are parked.
    pub(super) there: HashMap<i64, Event>,
    /// Whether parked events were refused again when they were tried last.
    pub(super) is_stuck: bool,
    pub(super) pace: Pace,
    /// Where the last session began, if all that it did was to find the cursor moved.
    restarted: Option<Cursor>,
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
        let (cursor, seen) = (Cursor::default(), Cursor::default());
        let (there, pace, restarted) = (HashMap::new(), Pace::default(), None);
        Self { desk, follow, health, cursor, seen, there, is_stuck: true, pace, restarted }
    }

    /// Follows until the process ends; trouble of any kind is waited out, shows in the health, and is told once it lasts.
    pub(crate) async fn run(mut self) {
        let (desk, pace) = (self.desk.clone(), self.pace.clone());
        let alarm = Alarm { desk, follow: self.follow, health: self.health.clone(), pace };
        join!(alarm.run(), self.keep_following());
    }

    /// Tries again what failed, the more seldom the longer nothing gets done.
    async fn keep_following(&mut self) {
        let mut pause = RETRY;
        loop {
            let Err(fail) = self.session().await else { continue };
            self.restarted = None;
            let again = self.pace.of(|pace| pace.fail(cause(&fail), Instant::now()));
            pause = if again { (pause * 2).min(RETRY_SELDOM) } else { RETRY };
            tracing::debug!(source = self.follow.source, %fail, "following failed");
            self.health.set_follower(self.follow.source, false);
            self.report_reset(&fail).await;
            sleep(pause).await;
        }
    }

    /// One connection's worth of following, up to where the cursor turns out to be behind what was read.
    async fn session(&mut self) -> Result<(), Fail> {
        let mut stream = self.reach().await?;
        let mut release = interval(RELEASE_EVERY);
        release.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                batch = self.next(&mut stream, heard) => {
                    let batch = batch?;
                    heard = Instant::now();
                    for event in batch.events {
                        self.begin(Step::Take(event.revision));
                        if !self.take(event).await? {
                            return Ok(());
                        }
                        self.done();
                        self.restarted = None;
                    }
                    self.desk.see(self.follow.source, batch.revision);
                }
                _ = release.tick() => {
                    self.begin(Step::Release);
                    if self.was_moved_back().await? {
                        return Ok(());
                    }
                    self.release_parked().await?;
                    self.done();
                    self.show_health();
                }
            }
        }
    }

    /// Finds the place to go on from, in the journal.
    async fn reach(&mut self) -> Result<Streaming<WatchEventsResponse>, Fail> {
        self.begin(Step::Reach);
        let source = self.follow.source;
        self.cursor = cursor(self.desk.ledger(), source).await?;
        if self.restarted.replace(self.cursor.clone()).as_ref() == Some(&self.cursor) {
            return Err(Fail::Fault("its cursor was moved, and stands where it stood".to_owned()));
        }
        self.seen = self.cursor.clone();
        self.there.clear();
        self.desk.see(source, self.seen.revision);
        let mut stream = match self.watch().await {
            Err(Fail::Peer(_, status)) if is_unknown(&status) => {
                self.renew_token().await?;
                self.watch().await?
            }
            stream => stream?,
        };
        let first = self.next(&mut stream, Instant::now()).await?;
        self.take_token(&first).await?;
        self.done();
        Ok(stream)
    }

    async fn watch(&self) -> Result<Streaming<WatchEventsResponse>, Fail> {
        let source = self.follow.source;
        let watch = self.desk.peer(source)?.watch(self.follow.grpc_name, start(&self.cursor));
        watch.await.map_err(|status| Fail::Peer(source, status))
    }

    /// What the journal says next; the first time, where the watch begins.
    async fn next(
        &self,
        stream: &mut Streaming<WatchEventsResponse>,
        heard: Instant,
    ) -> Result<WatchEventsResponse, Fail> {
        let source = self.follow.source;
        let batch = timeout_at(heard + SILENCE, stream.message()).await;
        let batch = batch.map_err(|_| Fail::Fault(format!("{source} has gone silent")))?;
        let batch = batch.map_err(|status| Fail::Peer(source, status))?;
        batch.ok_or_else(|| Fail::Fault(format!("{source} has ended the watch")))
    }

    fn begin(&self, step: Step) {
        self.pace.of(|pace| pace.begin(step, Instant::now()));
    }

    fn done(&self) {
        self.pace.of(|pace| pace.done(self.cursor.revision));
    }

    /// The journal that it follows, for questions about it.
    pub(super) fn journal(&self) -> Result<Journal<'_>, Fail> {
        Ok(Journal { peer: self.desk.peer(self.follow.source)?, follow: &self.follow })
    }

    /// Does what an event means. False when the cursor turns out to stand before it and somebody else moved it there:
    /// what lies between has to be read again.
    async fn take(&mut self, event: Event) -> Result<bool, Fail> {
        if event.revision <= self.cursor.revision {
            return Ok(true);
        }
        self.seen = place(&event);
        match self.meaning(&event).await? {
            Meaning::Nothing => return self.pass_over().await,
            Meaning::Something(reaction) => self.carry_out(&event, &reaction.subject).await?,
            Meaning::Senseless(cause) => self.park(&event, subject(&event), cause).await?,
        }
        Ok(self.cursor.revision >= event.revision)
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
    async fn pass_over(&mut self) -> Result<bool, Fail> {
        if self.seen.revision - self.cursor.revision < STRIDE {
            return Ok(true);
        }
        let seen = self.seen.clone();
        self.commit_at(self.step(&seen), seen).await?;
        Ok(self.cursor.revision >= self.seen.revision)
    }

    async fn carry_out(&mut self, event: &Event, subject: &str) -> Result<(), Fail> {
        if !parked(self.desk.ledger(), self.follow.source, Some(subject)).await?.is_empty() {
            return self.park_behind(event, subject).await;
        }
        match self.apply(event, self.step(&place(event))).await? {
            Taken::Applied => self.cursor = place(event),
            Taken::Elsewhere => self.cursor = cursor(self.desk.ledger(), self.follow.source).await?,
            Taken::Refused(cause) => self.park(event, subject, cause).await?,
        }
        Ok(())
    }

    /// A commit that moves the cursor.
    pub(super) fn step(&self, to: &Cursor) -> Commit {
        let step = move_cursor(self.follow.source, self.cursor.revision, to, CURSOR);
        Commit { statements: vec![step] }
    }

    /// Writes a commit that moves the cursor to `place`, or finds where another replica has moved it.
    pub(super) async fn commit_at(&mut self, commit: Commit, place: Cursor) -> Result<(), Fail> {
        match self.desk.ledger().commit(commit).await {
            Ok(()) => self.cursor = place,
            Err(Failure::Stopped(Stop::Demand(CURSOR))) => {
                self.cursor = cursor(self.desk.ledger(), self.follow.source).await?;
            }
            Err(failure) => return Err(failure.into()),
        }
        Ok(())
    }

    /// Commits what an event means together with `first`, in a span of its own.
    pub(super) async fn apply(&self, event: &Event, first: Commit) -> Result<Taken, Fail> {
        let request_id = format!("{}/{}", self.follow.source, event.revision);
        let context = telemetry::followed(self.follow.source, event, &request_id);
        let settled = async {
            let taken = self.settle(event, first, &request_id).await;
            match &taken {
                Ok(taken) => telemetry::note_outcome(taken.word()),
                Err(fail) => telemetry::note_failure(fail),
            }
            taken
        };
        settled.with_context(context).await
    }

    /// Commits it, all of it decided again when others were faster.
    async fn settle(&self, event: &Event, first: Commit, request_id: &str) -> Result<Taken, Fail> {
        for _ in 0..ATTEMPTS {
            let reaction = match self.meaning(event).await? {
                Meaning::Something(reaction) => reaction,
                // It meant something when it was read, or parked.
                Meaning::Nothing => return Ok(Taken::Refused(MEANINGLESS.to_owned())),
                Meaning::Senseless(cause) => return Ok(Taken::Refused(cause)),
            };
            if let Some(taken) = self.attempt(request_id, &reaction, first.clone()).await? {
                return Ok(taken);
            }
        }
        Ok(Taken::Refused("others changed the same resource too often".to_owned()))
    }

    /// One decision and commit; `None` when somebody else was faster.
    async fn attempt(
        &self,
        request_id: &str,
        reaction: &Reaction,
        mut commit: Commit,
    ) -> Result<Option<Taken>, Fail> {
        let mut happened = Vec::with_capacity(reaction.effects.len());
        for effect in &reaction.effects {
            match effect.add(&self.desk, request_id, &mut commit).await {
                Ok(what) => happened.push(what),
                Err(fail) => return lasting(fail).map(|cause| Some(Taken::Refused(cause))),
            }
        }
        match self.desk.ledger().commit(commit).await {
            Ok(()) => {
                for what in happened {
                    what.tell(self.desk.inner.service);
                }
                Ok(Some(Taken::Applied))
            }
            Err(Failure::Stopped(Stop::Demand(CURSOR | RELEASED))) => Ok(Some(Taken::Elsewhere)),
            Err(Failure::Stopped(stop)) => {
                let refused = reaction.effects.iter().find_map(|effect| effect.lost(&stop).err());
                refused.map(lasting).transpose().map(|cause| cause.map(Taken::Refused))
            }
            Err(failure) => Err(failure.into()),
        }
    }
}

impl Taken {
    fn word(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Elsewhere => "elsewhere",
            Self::Refused(_) => "refused",
        }
    }
}

/// Where to go on: by the source's own token if it has given one.
pub(crate) fn start(cursor: &Cursor) -> Start {
    if cursor.token.is_empty() {
        return Start::AfterRevision(cursor.revision);
    }
    Start::ResumeToken(cursor.token.clone())
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

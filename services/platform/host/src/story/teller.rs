//! Telling each service's journal to the collector: in order, from a cursor that moves once the collector has answered.
//!
//! What is killed in between is told again, with the same identities and the same bytes. Of several replicas the one
//! with the lease tells, to spare the others the work.

use std::{collections::BTreeMap, net::SocketAddr, panic::AssertUnwindSafe, time::Duration};

use futures::{FutureExt, future::join_all};
use jiff::SignedDuration;
use kernel::Time;
use ledger::{
    Commit, Cursor, Entry, Eyes, Failure, Lease, Ledger, Position, cursor, drop_lease, entries_after, head,
    lease, move_cursor, take_lease,
};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tonic::Status;

use super::{
    chapter::{Cause, chapters},
    fold::Story,
    retell::tale,
    tale::Tale,
};
use crate::{Desk, Fail, Running, StartError, clock, telemetry};

/// Journal entries told at a time.
const BATCH: i64 = 256;
/// Spans sent at a time.
const SPANS: usize = 512;
/// How long the collector may take to answer.
const ANSWER: Duration = Duration::from_secs(15);
/// How long new entries may wait for others to be told with.
const GATHER: Duration = Duration::from_millis(200);
/// How the exporter words that what was sent is at fault, and not who sent it or when: it says it in no other way.
const REFUSED: [&str; 5] =
    ["status code: 400", "status code: 413", "status code: 422", "code: InvalidArgument", "code: OutOfRange"];
/// How it words that a portion is too large, or that there were too many.
const TOO_MUCH: &str = "code: ResourceExhausted";
/// How often to look for what became overdue, and for entries that nobody hinted at.
const LOOK: Duration = Duration::from_secs(5);
/// How long to wait after the first failure, and after many.
const RETRY: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(30)];
/// How long a process that says nothing more keeps others from telling.
const TERM: SignedDuration = SignedDuration::from_secs(15);
/// How long giving the leases back may take; those that are not run out by themselves.
const LEAVING: Duration = Duration::from_secs(1);
/// The cursor's source, and the lease.
const TRACES: &str = "traces";
/// Stops a commit when another replica has moved the cursor.
const MOVED: &str = "traces";

/// The tellers of a process, one for each service, for as long as they are not ended.
#[derive(Default)]
pub(crate) struct Tellers {
    tasks: JoinSet<()>,
    desks: Vec<Desk>,
    holder: String,
}

impl Tellers {
    /// Begins to tell what happens in a process, as the one called `name`, if there is whom to tell.
    pub(crate) fn begin(running: &Running, name: &str) -> Result<Self, StartError> {
        let mut tellers = Self { holder: holder(running.address), ..Self::default() };
        let residents = running.residents();
        for resident in residents.iter().filter(|resident| !resident.desk.inner.stories.is_empty()) {
            let Some(exporter) = telemetry::spans(name)? else { break };
            let (desk, mut ready) = (resident.desk.clone(), resident.ready.clone());
            let teller = Teller { desk: desk.clone(), exporter, holder: tellers.holder.clone() };
            tellers.tasks.spawn(async move {
                if ready.wait_for(|ready| *ready).await.is_ok() {
                    teller.keep_on().await;
                }
            });
            desk.tell();
            tellers.desks.push(desk);
        }
        Ok(tellers)
    }

    /// Tells no more, and lets another replica go on at once. What was not told yet is told by who comes next.
    pub(crate) async fn end(mut self) {
        self.tasks.shutdown().await;
        let dropped = self.desks.iter().map(|desk| {
            let statements = vec![drop_lease(TRACES, &self.holder)];
            desk.ledger().commit(Commit { statements })
        });
        let _ = timeout(LEAVING, join_all(dropped)).await;
    }
}

/// How many entries of a journal were not told yet, and the time of the oldest.
pub(crate) async fn untold(ledger: &Ledger) -> Result<(i64, Option<Time>), Fail> {
    let place: Position = cursor(ledger, TRACES).await?.token.parse().unwrap_or_default();
    let oldest = entries_after(ledger, &place, None, &Eyes::All, 1).await?.unwrap_or_default();
    let entries = head(ledger).await?.revision - place.revision;
    Ok((entries.max(0), oldest.first().map(|entry| entry.stamp.time)))
}

/// Who tells the stories of one service.
pub(super) struct Teller {
    pub(super) desk: Desk,
    exporter: SpanExporter,
    holder: String,
}

impl Teller {
    /// Tells until the process ends, whatever breaks off on the way.
    async fn keep_on(self) {
        while AssertUnwindSafe(self.run()).catch_unwind().await.is_err() {
            tracing::error!(service = self.desk.inner.service, "telling stories broke off; it begins again");
            sleep(RETRY[1]).await;
        }
    }

    /// Tells until the process ends. A collector that is away is waited for, at growing intervals.
    async fn run(&self) {
        let (mut pause, mut told) = (RETRY[0], false);
        let mut revisions = self.desk.ledger().revisions();
        loop {
            revisions.mark_unchanged();
            match self.round().await {
                Ok(()) => {
                    (pause, told) = (RETRY[0], false);
                    let _ = timeout(LOOK, revisions.changed()).await;
                    sleep(GATHER).await;
                }
                Err(fail) => {
                    if !std::mem::replace(&mut told, true) {
                        let service = self.desk.inner.service;
                        tracing::warn!(service, %fail, "stories wait until they can be told");
                    }
                    sleep(pause).await;
                    pause = (pause * 2).min(RETRY[1]);
                }
            }
        }
    }

    /// Tells everything there is to tell.
    async fn round(&self) -> Result<(), Fail> {
        while self.tell_entries().await? {}
        self.tell_overdue().await
    }

    /// Tells the next entries; false when there are none, or another process is to tell them.
    async fn tell_entries(&self) -> Result<bool, Fail> {
        let ledger = self.desk.ledger();
        let stands = cursor(ledger, TRACES).await?;
        let place: Position = stands.token.parse().unwrap_or_default();
        let Some(entries) = entries_after(ledger, &place, None, &Eyes::All, BATCH).await? else {
            return self.begin_again(&stands).await;
        };
        let Some(last) = entries.last() else { return Ok(false) };
        if !self.holds_lease().await? {
            return Ok(false);
        }
        self.send(self.spans(&entries).await?).await?;
        let to = Cursor { revision: last.revision, token: last.position().to_string(), time: None };
        self.move_cursor(TRACES, &stands, &to).await?;
        Ok(true)
    }

    /// The journal was set back: all of it is told again. What is as it was keeps its identities; what happened anew has
    /// others, and what was lost stays with the collector as it was told.
    async fn begin_again(&self, stands: &Cursor) -> Result<bool, Fail> {
        let service = self.desk.inner.service;
        tracing::warn!(
            service,
            revision = stands.revision,
            "the journal was set back: its stories are told anew"
        );
        self.move_cursor(TRACES, stands, &Cursor::default()).await?;
        Ok(true)
    }

    /// The spans that `entries` let be told.
    async fn spans(&self, entries: &[Entry]) -> Result<Vec<SpanData>, Fail> {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(Vec::new()) };
        let within = Cause::Entry(first.revision)..=Cause::Entry(last.revision);
        let mut resources: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for entry in entries {
            resources.entry(entry.resource.as_str()).or_default().push(entry);
        }
        let mut spans = Vec::new();
        for (name, entries) in resources {
            let Some(story) = self.story(name) else { continue };
            let found =
                AssertUnwindSafe(self.found(story, name, &entries, last.revision)).catch_unwind().await;
            let found = found.unwrap_or_else(|_| Err(Fail::Fault("its fold broke off".to_owned())));
            spans.extend(self.chapters(name, found, |cause| within.contains(&cause))?);
        }
        Ok(spans)
    }

    /// What became of a resource up to a revision; what is all there need not be read again.
    async fn found(
        &self,
        story: Story,
        name: &str,
        entries: &[&Entry],
        until: i64,
    ) -> Result<Option<Tale>, Fail> {
        match entries {
            [first, ..] if first.version_before == 0 => folded(story, name, entries),
            _ => tale(self.desk.ledger(), story, name, until).await,
        }
    }

    /// How the resource called `name` is told, if it is.
    pub(super) fn story(&self, name: &str) -> Option<Story> {
        let (collection, _) = name.split_once('/')?;
        self.desk.inner.stories.iter().find(|story| story.collection == collection).copied()
    }

    /// The spans of one resource whose causes are `wanted`. One that does not read is left out: the others are told all
    /// the same.
    pub(super) fn chapters(
        &self,
        name: &str,
        found: Result<Option<Tale>, Fail>,
        wanted: impl Fn(Cause) -> bool,
    ) -> Result<Vec<SpanData>, Fail> {
        let found = match found {
            Err(Fail::Fault(cause)) => {
                tracing::error!(name, cause, "a story cannot be told");
                None
            }
            found => found?,
        };
        let all = found.map(|tale| chapters(&tale, &self.desk.inner.targets, clock::now()));
        let all = all.into_iter().flatten().filter(|chapter| wanted(chapter.cause));
        Ok(all.map(|chapter| chapter.span).collect())
    }

    /// Sends spans, and waits until the collector has them, but for those that it refuses.
    pub(super) async fn send(&self, spans: Vec<SpanData>) -> Result<(), Fail> {
        send(&self.exporter, spans).await.map(drop)
    }

    /// Whether this process is the one that tells.
    pub(super) async fn holds_lease(&self) -> Result<bool, Fail> {
        let (ledger, now) = (self.desk.ledger(), clock::now());
        let own = |lease: &Lease| lease.holder == self.holder;
        let found = lease(ledger, TRACES)
            .await?
            .filter(|lease| lease.stands(now, now.saturating_add(TERM).unwrap_or(now)));
        match found {
            Some(lease) if !own(&lease) => return Ok(false),
            Some(lease) if lease.expires > now.saturating_add(TERM / 2).unwrap_or(now) => return Ok(true),
            _ => {}
        }
        let expires = now.saturating_add(TERM).unwrap_or(now);
        let lease = Lease { holder: self.holder.clone(), expires };
        take_lease(ledger, TRACES, &lease, now).await.map_err(Fail::from)
    }

    /// Moves a cursor, unless another replica has.
    pub(super) async fn move_cursor(
        &self,
        source: &'static str,
        from: &Cursor,
        to: &Cursor,
    ) -> Result<(), Fail> {
        let statements = vec![move_cursor(source, from.revision, to, MOVED)];
        match self.desk.ledger().commit(Commit { statements }).await {
            Ok(()) | Err(Failure::Stopped(_)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }
}

/// The tale that all of a resource's entries make.
fn folded(story: Story, name: &str, entries: &[&Entry]) -> Result<Option<Tale>, Fail> {
    let mut fold = (story.begin)(name);
    for entry in entries {
        fold.take(entry)?;
    }
    Ok(fold.end())
}

/// What the process is called as a holder of leases: the same when it is started again, so that it need not wait for
/// its own; another than that of any replica.
fn holder(address: SocketAddr) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let host = host.map_or_else(|_| clock::new_id().to_string(), |host| host.trim().to_owned());
    format!("{host}/{address}")
}

/// Sends spans in portions, and waits until the collector has them. A portion that it refuses is divided until what it
/// refuses stands alone, which is given up so that the others go on. How many were given up.
pub(super) async fn send(exporter: &SpanExporter, spans: Vec<SpanData>) -> Result<usize, Fail> {
    let mut portions: Vec<_> = spans.chunks(SPANS).rev().map(<[_]>::to_vec).collect();
    let mut given_up = 0;
    while let Some(mut portion) = portions.pop() {
        let Some(cause) = refused(exporter, &portion).await? else { continue };
        if portion.len() == 1 {
            tracing::error!(span = %portion[0].name, cause, "the collector refuses part of a story");
            telemetry::dropped("traces", 1);
            given_up += 1;
        } else {
            let rest = portion.split_off(portion.len() / 2);
            portions.extend([rest, portion]);
        }
    }
    Ok(given_up)
}

/// Sends spans; why the collector will never take these, if it says so.
async fn refused(exporter: &SpanExporter, spans: &[SpanData]) -> Result<Option<String>, Fail> {
    let answer = timeout(ANSWER, exporter.export(spans.to_vec())).await;
    let Err(error) = answer.map_err(|_| away("it does not answer"))? else { return Ok(None) };
    let cause = error.to_string();
    let too_much = spans.len() > 1 && cause.contains(TOO_MUCH);
    if too_much || REFUSED.iter().any(|word| cause.contains(word)) {
        Ok(Some(cause))
    } else {
        Err(away(&cause))
    }
}

fn away(cause: &str) -> Fail {
    Fail::Peer("collector", Status::unavailable(cause))
}

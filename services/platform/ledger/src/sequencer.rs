//! Revisions on PostgreSQL: given after the commit, densely, by one sequencer at a time among all replicas.
//!
//! Counting a sequence would lose entries to whoever follows it: numbers become visible out of order.

use std::{sync::Arc, time::Duration};

use sqlx::{Error, Row, postgres::PgListener, raw_sql};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use crate::{
    Trouble,
    connections::{Connections, in_time},
};

/// Entries that share one transaction at most.
const BATCH: i64 = 1000;
/// How long to wait when nobody pokes.
const PAUSE: Duration = Duration::from_secs(1);
/// How long to wait after a pass that failed, unless somebody pokes.
const TROUBLED: Duration = Duration::from_millis(200);
/// After how much silence the server is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(5);

/// This replica's sequencer, and what it knows of the others' work.
#[derive(Debug)]
pub(crate) struct Sequencer {
    commits: Arc<Notify>,
    head: watch::Receiver<i64>,
    passes: watch::Receiver<Passes>,
}

/// The times that this replica looked for something to place.
#[derive(Debug, Clone, Copy, Default)]
struct Passes {
    /// Begun so far.
    begun: u64,
    /// The last that went well, and the last that did not.
    done: u64,
    failed: u64,
}

impl Sequencer {
    pub(crate) async fn start(connections: Connections) -> Result<Self, Error> {
        let head = Arc::new(watch::Sender::new(catch_up(&connections).await?));
        let (teller, passes) = watch::channel(Passes::default());
        let this = Self { commits: Arc::default(), head: head.subscribe(), passes };
        // Who is lent a connection for a transaction hears nothing on it; the pauses have to do.
        if !connections.lent {
            let ear = listen(connections.clone(), head.clone());
            tokio::spawn(until_closed(connections.clone(), head.clone(), ear));
        }
        let work = sequence(connections.clone(), this.commits.clone(), head.clone(), teller);
        tokio::spawn(until_closed(connections, head, work));
        Ok(this)
    }

    /// There is something new to place.
    pub(crate) fn poke(&self) {
        self.commits.notify_one();
    }

    pub(crate) fn revisions(&self) -> watch::Receiver<i64> {
        self.head.clone()
    }

    /// Waits for a pass that begins after this: it places what was committed before. Many who wait share one.
    pub(crate) async fn settle(&self) -> Result<(), Trouble> {
        let mut passes = self.passes.clone();
        let before = passes.borrow().begun;
        self.poke();
        let over = passes.wait_for(|passes| passes.done.max(passes.failed) > before).await;
        let passes = *over.map_err(Trouble::new)?;
        if passes.done > before { Ok(()) } else { Err(Trouble::new("the journal is not being sequenced")) }
    }
}

/// Works until the ledger is closed or nobody is interested any more.
async fn until_closed(
    connections: Connections,
    head: Arc<watch::Sender<i64>>,
    work: impl Future<Output = ()>,
) {
    tokio::select! {
        () = connections.stock.closed() => {}
        () = head.closed() => {}
        () = work => {}
    }
}

/// Places what was committed, here or anywhere.
async fn sequence(
    connections: Connections,
    commits: Arc<Notify>,
    head: Arc<watch::Sender<i64>>,
    passes: watch::Sender<Passes>,
) {
    let mut troubled = false;
    for pass in 1.. {
        let _ = timeout(if troubled { TROUBLED } else { PAUSE }, commits.notified()).await;
        passes.send_modify(|passes| passes.begun = pass);
        let newest = catch_up(&connections).await;
        if let Err(error) = &newest
            && !troubled
        {
            tracing::warn!(%error, "the journal is not being sequenced until this is over");
        }
        troubled = newest.is_err();
        match newest {
            Ok(newest) => {
                // What is there counts: a journal that was restored may be shorter.
                head.send_if_modified(|seen| std::mem::replace(seen, newest) != newest);
                passes.send_modify(|passes| passes.done = pass);
            }
            Err(_) => passes.send_modify(|passes| passes.failed = pass),
        }
    }
}

/// The newest revision, once everything committed before has one.
async fn catch_up(connections: &Connections) -> Result<i64, Error> {
    loop {
        let place = sqlx::query("SELECT head, more FROM ledger_sequence($1)").bind(BATCH);
        let rows = connections.ask(place).await?;
        let row = rows.first().ok_or(Error::RowNotFound)?;
        if !row.try_get::<bool, _>(1)? {
            return row.try_get(0);
        }
    }
}

/// Passes on what the sequencers of other replicas tell. What is lost on the way, the next pause finds.
async fn listen(connections: Connections, head: Arc<watch::Sender<i64>>) {
    loop {
        if let Err(error) = Box::pin(hear(&connections, &head)).await {
            tracing::info!(%error, "other replicas are not heard for a moment");
        }
        sleep(PAUSE).await;
    }
}

async fn hear(connections: &Connections, head: &watch::Sender<i64>) -> Result<(), Error> {
    let mut listener = PgListener::connect_with(&connections.apart()).await?;
    Box::pin(in_time(listener.listen("ledger"))).await?;
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(told) => match told? {
                Some(told) => raise(head, told.payload().parse().unwrap_or_default()),
                None => return Ok(()),
            },
            // A server that is gone without a word is as silent as one that has nothing to tell.
            Err(_) => in_time(raw_sql("SELECT 1").execute(&mut listener)).await.map(drop)?,
        }
    }
}

fn raise(head: &watch::Sender<i64>, newest: i64) {
    head.send_if_modified(|seen| {
        let is_newer = newest > *seen;
        *seen = newest.max(*seen);
        is_newer
    });
}

//! Revisions on PostgreSQL: given after the commit, densely, by one sequencer at a time among all replicas.
//!
//! Counting a sequence would lose entries to whoever follows it: numbers become visible out of order.

use std::{sync::Arc, time::Duration};

use sqlx::{Error, PgPool, Row, postgres::PgListener};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use crate::connections::Connections;

/// Entries that share one transaction at most.
const BATCH: i64 = 1000;
/// How long to wait when nobody pokes, and after trouble.
const PAUSE: Duration = Duration::from_secs(1);

/// This replica's sequencer, and what it knows of the others' work.
#[derive(Debug)]
pub(crate) struct Sequencer {
    commits: Arc<Notify>,
    head: watch::Receiver<i64>,
}

impl Sequencer {
    pub(crate) async fn start(connections: Connections) -> Result<Self, Error> {
        let head = Arc::new(watch::Sender::new(catch_up(&connections).await?));
        let this = Self { commits: Arc::default(), head: head.subscribe() };
        let (pool, lent) = (connections.pool.clone(), connections.lent);
        let work = sequence(connections, this.commits.clone(), head.clone());
        tokio::spawn(until_closed(pool.clone(), head.clone(), work));
        // Who is lent a connection for a transaction hears nothing on it; the pauses have to do.
        if !lent {
            tokio::spawn(until_closed(pool.clone(), head.clone(), listen(pool, head)));
        }
        Ok(this)
    }

    /// There is something new to place.
    pub(crate) fn poke(&self) {
        self.commits.notify_one();
    }

    pub(crate) fn revisions(&self) -> watch::Receiver<i64> {
        self.head.clone()
    }

    /// Places what was committed before, and wakes whoever waits for it.
    pub(crate) async fn settle(&self, connections: &Connections) -> Result<(), Error> {
        catch_up(connections).await?;
        self.poke();
        Ok(())
    }
}

/// Works until the ledger is closed or nobody is interested any more.
async fn until_closed(pool: PgPool, head: Arc<watch::Sender<i64>>, work: impl Future<Output = ()>) {
    let mut closed = pool.close_event();
    tokio::select! {
        _ = closed.do_until(work) => {}
        () = head.closed() => {}
    }
}

/// Places what was committed, here or anywhere.
async fn sequence(connections: Connections, commits: Arc<Notify>, head: Arc<watch::Sender<i64>>) {
    loop {
        let _ = timeout(PAUSE, commits.notified()).await;
        match catch_up(&connections).await {
            Ok(newest) => raise(&head, newest),
            Err(error) => {
                tracing::warn!(%error, "the journal is not being sequenced");
                sleep(PAUSE).await;
            }
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
async fn listen(pool: PgPool, head: Arc<watch::Sender<i64>>) {
    loop {
        if let Err(error) = hear(&pool, &head).await {
            tracing::warn!(%error, "other replicas are not heard");
        }
        sleep(PAUSE).await;
    }
}

async fn hear(pool: &PgPool, head: &watch::Sender<i64>) -> Result<(), Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("ledger").await?;
    while let Some(told) = listener.try_recv().await? {
        raise(head, told.payload().parse().unwrap_or_default());
    }
    Ok(())
}

fn raise(head: &watch::Sender<i64>, newest: i64) {
    head.send_if_modified(|seen| {
        let is_newer = newest > *seen;
        *seen = newest.max(*seen);
        is_newer
    });
}

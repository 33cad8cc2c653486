//! Connections that are kept open and lent to one at a time.
//!
//! Only what was carried out to its end is put back. A connection that is dropped half-way, inside a transaction or in the midst of
//! an answer, is closed and never lent again; so nothing has to be asked of one that comes back, which would cost a round trip.

use std::{
    collections::VecDeque,
    fmt,
    io::ErrorKind,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::{ConnectOptions, Connection, Error};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep, timeout},
};

use crate::{Pool, pool::Waits};

/// How long a connection may have been idle before it is tried out.
const IDLE: Duration = Duration::from_secs(5);
/// How long one stays open that nobody needs.
const SPARE: Duration = Duration::from_mins(10);
/// How long one stays open at all: what a server keeps for it only grows.
const LIFETIME: Duration = Duration::from_mins(30);
/// How long to wait for a server that is starting before it is asked again, at first.
const AGAIN: Duration = Duration::from_millis(10);

/// Connections to one database. Cheap to clone.
pub(crate) struct Stock<C: Connection>(Arc<Inner<C>>);

struct Inner<C: Connection> {
    options: C::Options,
    most: u32,
    /// How long somebody may wait for one.
    wait: Duration,
    free: Arc<Semaphore>,
    /// Those that are open and not lent, the one that was put back last at the end.
    idle: Mutex<VecDeque<Open<C>>>,
    closing: watch::Sender<bool>,
    waits: Waits,
}

struct Open<C> {
    connection: C,
    opened: Instant,
    /// The time since which it is not lent.
    since: Instant,
}

/// A connection that is lent. Dropped, it is closed: it may be in the midst of something.
pub(crate) struct Lent<C: Connection> {
    open: Open<C>,
    stock: Stock<C>,
    permit: OwnedSemaphorePermit,
}

impl<C: Connection> Stock<C> {
    /// So many at most, opened as they are needed; nobody waits longer than `wait` for one.
    pub(crate) fn new(options: C::Options, most: u32, wait: Duration) -> Self {
        Self(Arc::new(Inner {
            options,
            most,
            wait,
            free: Arc::new(Semaphore::new(most as usize)),
            idle: Mutex::default(),
            closing: watch::Sender::default(),
            waits: Waits::default(),
        }))
    }

    /// One of them, as soon as there is one.
    pub(crate) async fn lend(&self) -> Result<Lent<C>, Error> {
        let begun = Instant::now();
        let lent = timeout(self.0.wait, self.next()).await.unwrap_or(Err(Error::PoolTimedOut));
        self.0.waits.record(begun.elapsed());
        lent
    }

    async fn next(&self) -> Result<Lent<C>, Error> {
        let permit = Arc::clone(&self.0.free).acquire_owned().await.map_err(|_| Error::PoolClosed)?;
        if *self.0.closing.borrow() {
            return Err(Error::PoolClosed);
        }
        let open = match self.open().await {
            Some(open) => open,
            None => self.connect().await?,
        };
        Ok(Lent { open, stock: self.clone(), permit })
    }

    /// One that is open, tried out if it was idle for long.
    async fn open(&self) -> Option<Open<C>> {
        loop {
            let mut open = self.idle().pop_back()?;
            if open.opened.elapsed() > LIFETIME {
                close(open);
            } else if open.since.elapsed() < IDLE
                || matches!(timeout(IDLE, open.connection.ping()).await, Ok(Ok(())))
            {
                return Some(open);
            }
        }
    }

    /// A new one; a server that is starting is asked again.
    async fn connect(&self) -> Result<Open<C>, Error> {
        let mut pause = AGAIN;
        loop {
            match self.0.options.connect().await {
                Err(error) if is_starting(&error) => sleep(pause).await,
                connected => {
                    let now = Instant::now();
                    return connected.map(|connection| Open { connection, opened: now, since: now });
                }
            }
            pause = (2 * pause).min(self.0.wait / 5);
        }
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Open<C>>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How they are used.
    pub(crate) fn pool(&self) -> Pool {
        let max = self.0.most as usize;
        Pool { used: max.saturating_sub(self.0.free.available_permits()), idle: self.idle().len(), max }
    }

    pub(crate) fn waits(&self) -> &Waits {
        &self.0.waits
    }

    /// Lends no more, and closes all of them as they are put back.
    pub(crate) async fn close(&self) {
        self.0.closing.send_replace(true);
        self.close_idle().await;
        let _all = self.0.free.acquire_many(self.0.most).await;
        self.close_idle().await;
        self.0.free.close();
    }

    async fn close_idle(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for open in idle {
            let _ = open.connection.close().await;
        }
    }

    /// Waits until nothing more is lent.
    pub(crate) async fn closed(&self) {
        let _ = self.0.closing.subscribe().wait_for(|closing| *closing).await;
    }
}

impl<C: Connection> Lent<C> {
    /// Gives it back once what it was needed for was carried out to its end. One that is inside a transaction is closed even so.
    pub(crate) fn put_back(self) {
        let Self { mut open, stock, permit } = self;
        if open.connection.is_in_transaction() {
            return;
        }
        let mut idle = stock.idle();
        open.since = Instant::now();
        idle.push_back(open);
        let spare = idle.pop_front_if(|open| open.since.elapsed() > SPARE);
        drop((idle, permit));
        spare.into_iter().for_each(close);
    }
}

/// Takes leave of the server, without anybody's waiting for it.
fn close<C: Connection>(open: Open<C>) {
    tokio::spawn(open.connection.close());
}

/// Nobody listens there yet, or not for all.
fn is_starting(error: &Error) -> bool {
    match error {
        Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
        Error::Database(error) => error.code().is_some_and(|code| STARTING.contains(&&*code)),
        _ => false,
    }
}

/// The states in which PostgreSQL turns new connections away for a moment: it is starting, or has too many.
const STARTING: [&str; 2] = ["57P03", "53300"];

impl<C: Connection> Clone for Stock<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Connection> fmt::Debug for Stock<C> {
    /// Says nothing of the options, which may have a password in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pool().fmt(f)
    }
}

impl<C: Connection> Deref for Lent<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.open.connection
    }
}

impl<C: Connection> DerefMut for Lent<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.open.connection
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{SqliteConnection, query, sqlite::SqliteConnectOptions};

    use super::*;

    /// Each connection is to an empty database of its own: what is there tells them apart.
    fn stock(most: u32) -> Stock<SqliteConnection> {
        Stock::new(SqliteConnectOptions::new().in_memory(true), most, Duration::from_millis(200))
    }

    async fn mark(lent: &mut Lent<SqliteConnection>) {
        query("CREATE TABLE mark (number INTEGER)").execute(&mut **lent).await.expect("made");
    }

    async fn is_marked(lent: &mut Lent<SqliteConnection>) -> bool {
        query("SELECT * FROM mark").fetch_all(&mut **lent).await.is_ok()
    }

    #[tokio::test]
    async fn one_that_was_put_back_is_lent_again() {
        let stock = stock(1);
        let mut lent = stock.lend().await.expect("lent");
        mark(&mut lent).await;
        assert_eq!(stock.pool(), Pool { used: 1, idle: 0, max: 1 });
        lent.put_back();
        assert_eq!(stock.pool(), Pool { used: 0, idle: 1, max: 1 });
        assert!(is_marked(&mut stock.lend().await.expect("lent")).await);
    }

    #[tokio::test]
    async fn one_that_was_dropped_half_way_is_never_lent_again() {
        let stock = stock(1);
        let mut lent = stock.lend().await.expect("lent");
        mark(&mut lent).await;
        drop(lent);
        assert!(!is_marked(&mut stock.lend().await.expect("its place is free")).await);
    }

    #[tokio::test]
    async fn one_inside_a_transaction_is_not_taken_back() {
        let stock = stock(1);
        let mut lent = stock.lend().await.expect("lent");
        mark(&mut lent).await;
        std::mem::forget(lent.begin().await.expect("begun"));
        lent.put_back();
        assert!(!is_marked(&mut stock.lend().await.expect("its place is free")).await);
    }

    #[tokio::test]
    async fn whoever_finds_none_waits_for_one_but_not_for_ever() {
        let stock = stock(1);
        let lent = stock.lend().await.expect("lent");
        assert!(matches!(stock.lend().await, Err(Error::PoolTimedOut)));
        let (next, ()) = tokio::join!(stock.lend(), async { lent.put_back() });
        next.expect("it was put back").put_back();
        stock.close().await;
        assert!(matches!(stock.lend().await, Err(Error::PoolClosed)));
    }
}

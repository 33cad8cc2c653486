//! The connections of a listener. Where there is no room for the next, one without a call under way is closed: those of unknown
//! callers before those of known ones, and of these the one that has been idle longest.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};

/// Calls under way on one connection to what answers everybody: health and reflection.
pub const OPEN_CALLS: usize = 8;
/// The same of one on which nobody has shown who they are.
pub const STRANGERS_CALLS: usize = 4;
/// The time that a connection which is to be closed may take, before another is closed as well.
pub(super) const LEAVING: Duration = Duration::from_millis(250);

/// The connections that are open.
#[derive(Debug)]
pub(super) struct Connections {
    free: Arc<Semaphore>,
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    next: AtomicU64,
}

/// One connection that is open.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Permits for calls to health and reflection, which answer everybody.
    pub(crate) public: Arc<Semaphore>,
    work: Mutex<Work>,
    leave: watch::Sender<bool>,
}

/// The calls of a connection.
#[derive(Debug)]
struct Work {
    calls: usize,
    /// A caller on it has been authenticated.
    is_known: bool,
    /// When the last call ended.
    since: Instant,
}

impl Connections {
    /// At most `most` at once.
    pub(super) fn new(most: usize) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(most));
        Arc::new(Self { free, open: Mutex::default(), next: AtomicU64::default() })
    }

    /// A permit for one more, as soon as there is one.
    pub(super) async fn permit(self: &Arc<Self>) -> Permit {
        let mut wait = Duration::ZERO;
        loop {
            if let Ok(Ok(permit)) = timeout(wait, Arc::clone(&self.free).acquire_owned()).await {
                return self.opened(permit);
            }
            self.make_room();
            wait = LEAVING;
        }
    }

    fn opened(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Permit {
        let (number, connection) = (self.next.fetch_add(1, Relaxed), Arc::new(Connection::new()));
        self.open().insert(number, Arc::clone(&connection));
        Permit { connections: Arc::clone(self), number, connection, _held: permit }
    }

    /// Has one connection closed that can be spared, if there is one.
    fn make_room(&self) {
        let mut open = self.open();
        let idle = open.iter().filter_map(|(number, connection)| Some((connection.idle()?, *number)));
        if let Some(connection) = idle.min().and_then(|(_, number)| open.remove(&number)) {
            connection.leave.send_replace(true);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to keep one connection open, until it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    connections: Arc<Connections>,
    number: u64,
    pub(super) connection: Arc<Connection>,
    _held: OwnedSemaphorePermit,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.connections.open().remove(&self.number);
    }
}

impl Connection {
    pub(super) fn new() -> Self {
        let work = Work { calls: 0, is_known: false, since: Instant::now() };
        Self {
            public: Arc::new(Semaphore::new(STRANGERS_CALLS)),
            work: Mutex::new(work),
            leave: watch::Sender::new(false),
        }
    }

    /// Begins a call of an authenticated caller, which lasts until it is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Working {
        let mut work = self.work();
        work.calls += 1;
        if !std::mem::replace(&mut work.is_known, true) {
            self.public.add_permits(OPEN_CALLS - STRANGERS_CALLS);
        }
        Working(Arc::clone(self))
    }

    /// How hard a connection without a call under way can be spared, the least first.
    fn idle(&self) -> Option<(bool, Instant)> {
        let work = self.work();
        (work.calls == 0).then_some((work.is_known, work.since))
    }

    /// Whether a caller on it has ever been authenticated.
    pub(super) fn is_known(&self) -> bool {
        self.work().is_known
    }

    /// Turns true once it is to be closed.
    pub(super) fn leaves(&self) -> watch::Receiver<bool> {
        self.leave.subscribe()
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way, for as long as it is not dropped.
#[derive(Debug)]
pub(crate) struct Working(Arc<Connection>);

impl Drop for Working {
    fn drop(&mut self) {
        let mut work = self.0.work();
        work.calls = work.calls.saturating_sub(1);
        work.since = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_to_leave(permit: &Permit) -> bool {
        *permit.connection.leaves().borrow()
    }

    #[tokio::test]
    async fn connections_of_unknown_callers_are_closed_first_then_the_longest_idle_and_never_one_with_a_call()
    {
        let connections = Connections::new(4);
        let worked = connections.permit().await;
        drop(worked.connection.begin());
        let works = connections.permit().await;
        let call = works.connection.begin();
        let (first, second) = (connections.permit().await, connections.permit().await);
        let leaving = || [&worked, &works, &first, &second].map(has_to_leave);
        for expected in [
            [false, false, true, false],
            [false, false, true, true],
            [true, false, true, true],
            [true, false, true, true],
        ] {
            connections.make_room();
            assert_eq!(leaving(), expected);
        }
        drop(call);
        connections.make_room();
        assert_eq!(leaving(), [true; 4]);
    }

    #[tokio::test]
    async fn there_are_so_many_permits_and_the_next_waits_for_one() {
        let connections = Connections::new(2);
        let (first, second) = (connections.permit().await, connections.permit().await);
        let calls = [first.connection.begin(), second.connection.begin()];
        assert!(timeout(LEAVING * 3, connections.permit()).await.is_err(), "both are at work");
        drop(first);
        let third = connections.permit().await;
        assert!(!has_to_leave(&second) && !has_to_leave(&third));
        drop((calls, third, second));
        assert!(connections.open().is_empty());
    }
}

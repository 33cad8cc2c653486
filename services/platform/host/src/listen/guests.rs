//! Who is connected. When there is no room for the next, one leaves who has nothing under way: whoever never showed who they
//! are before those who did, and whoever has been idle longest first.

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
/// How long somebody who has to leave may take to see it, before another has to.
pub(super) const LEAVING: Duration = Duration::from_millis(250);

/// Who is connected.
#[derive(Debug)]
pub(super) struct Guests {
    seats: Arc<Semaphore>,
    here: Mutex<HashMap<u64, Arc<Guest>>>,
    next: AtomicU64,
}

/// One who is connected.
#[derive(Debug)]
pub(crate) struct Guest {
    /// For calls to what answers everybody.
    pub(crate) open: Arc<Semaphore>,
    work: Mutex<Work>,
    leave: watch::Sender<bool>,
}

/// What somebody has under way.
#[derive(Debug)]
struct Work {
    calls: usize,
    /// They have shown who they are.
    is_known: bool,
    /// When the last call ended.
    since: Instant,
}

impl Guests {
    /// So many at once.
    pub(super) fn new(most: usize) -> Arc<Self> {
        let seats = Arc::new(Semaphore::new(most));
        Arc::new(Self { seats, here: Mutex::default(), next: AtomicU64::default() })
    }

    /// A seat for one more, as soon as there is one.
    pub(super) async fn seat(self: &Arc<Self>) -> Seat {
        let mut patience = Duration::ZERO;
        loop {
            if let Ok(Ok(permit)) = timeout(patience, Arc::clone(&self.seats).acquire_owned()).await {
                return self.seated(permit);
            }
            self.make_room();
            patience = LEAVING;
        }
    }

    fn seated(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Seat {
        let (number, guest) = (self.next.fetch_add(1, Relaxed), Arc::new(Guest::new()));
        self.here().insert(number, Arc::clone(&guest));
        Seat { guests: Arc::clone(self), number, guest, _permit: permit }
    }

    /// Has one leave who can be spared, if there is anybody.
    fn make_room(&self) {
        let mut here = self.here();
        let idle = here.iter().filter_map(|(number, guest)| Some((guest.idle()?, *number)));
        if let Some(guest) = idle.min().and_then(|(_, number)| here.remove(&number)) {
            guest.leave.send_replace(true);
        }
    }

    fn here(&self) -> MutexGuard<'_, HashMap<u64, Arc<Guest>>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's place, for as long as it is not dropped.
#[derive(Debug)]
pub(super) struct Seat {
    guests: Arc<Guests>,
    number: u64,
    pub(super) guest: Arc<Guest>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.guests.here().remove(&self.number);
    }
}

impl Guest {
    pub(super) fn new() -> Self {
        let work = Work { calls: 0, is_known: false, since: Instant::now() };
        Self {
            open: Arc::new(Semaphore::new(STRANGERS_CALLS)),
            work: Mutex::new(work),
            leave: watch::Sender::new(false),
        }
    }

    /// Begins a call of somebody who has shown who they are; it lasts until it is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Working {
        let mut work = self.work();
        work.calls += 1;
        if !std::mem::replace(&mut work.is_known, true) {
            self.open.add_permits(OPEN_CALLS - STRANGERS_CALLS);
        }
        Working(Arc::clone(self))
    }

    /// How hard somebody without a call under way can be spared: the least first.
    fn idle(&self) -> Option<(bool, Instant)> {
        let work = self.work();
        (work.calls == 0).then_some((work.is_known, work.since))
    }

    /// Whether they have ever shown who they are.
    pub(super) fn is_known(&self) -> bool {
        self.work().is_known
    }

    /// Turns true when they have to leave.
    pub(super) fn leaves(&self) -> watch::Receiver<bool> {
        self.leave.subscribe()
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way, for as long as it is not dropped.
#[derive(Debug)]
pub(crate) struct Working(Arc<Guest>);

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

    fn has_to_leave(seat: &Seat) -> bool {
        *seat.guest.leaves().borrow()
    }

    #[tokio::test]
    async fn who_never_showed_who_they_are_leaves_first_then_who_was_idle_longest_and_who_works_never() {
        let guests = Guests::new(4);
        let worked = guests.seat().await;
        drop(worked.guest.begin());
        let works = guests.seat().await;
        let call = works.guest.begin();
        let (first, second) = (guests.seat().await, guests.seat().await);
        let leaving = || [&worked, &works, &first, &second].map(has_to_leave);
        for expected in [
            [false, false, true, false],
            [false, false, true, true],
            [true, false, true, true],
            [true, false, true, true],
        ] {
            guests.make_room();
            assert_eq!(leaving(), expected);
        }
        drop(call);
        guests.make_room();
        assert_eq!(leaving(), [true; 4]);
    }

    #[tokio::test]
    async fn there_are_so_many_seats_and_the_next_waits_for_one() {
        let guests = Guests::new(2);
        let (first, second) = (guests.seat().await, guests.seat().await);
        let calls = [first.guest.begin(), second.guest.begin()];
        assert!(timeout(LEAVING * 3, guests.seat()).await.is_err(), "both are at work");
        drop(first);
        let third = guests.seat().await;
        assert!(!has_to_leave(&second) && !has_to_leave(&third));
        drop((calls, third, second));
        assert!(guests.here().is_empty());
    }
}

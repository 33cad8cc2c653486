//! Answers that wait to be taken, of all connections together. When they come to too much, whoever has taken nothing for the longest
//! time is shown out: all that they hold waits for nobody.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::monitor::Monitor;

/// Bytes of answers that may wait to be taken, of all connections together, beside a piece of each.
pub const UNSENT_BYTES: usize = 64 * 1024 * 1024;

/// Answers that wait, by the order in which something of them was taken last.
#[derive(Debug, Default)]
pub(super) struct Unsent(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    bytes: usize,
    next: u64,
    answers: BTreeMap<u64, (usize, Monitor)>,
}

impl Unsent {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many bytes wait from now on, for as long as what is returned is not dropped.
    pub(super) fn wait(self: &Arc<Self>, bytes: usize, monitor: &Monitor) -> Unread {
        let number = self.waiting().add(bytes, monitor);
        Unread { unsent: Arc::clone(self), number }
    }
}

impl Waiting {
    fn add(&mut self, bytes: usize, monitor: &Monitor) -> u64 {
        let number = self.next;
        (self.next, self.bytes) = (number + 1, self.bytes + bytes);
        self.answers.insert(number, (bytes, monitor.clone()));
        while self.bytes > UNSENT_BYTES
            && let Some((oldest, _)) = self.answers.first_key_value()
        {
            let oldest = *oldest;
            self.remove(oldest).iter().for_each(Monitor::give_up);
        }
        number
    }

    fn remove(&mut self, number: u64) -> Option<Monitor> {
        let (bytes, monitor) = self.answers.remove(&number)?;
        self.bytes -= bytes;
        Some(monitor)
    }
}

/// The rest of an answer that waits.
#[derive(Debug)]
pub(super) struct Unread {
    unsent: Arc<Unsent>,
    number: u64,
}

impl Unread {
    /// Something was taken, and so many bytes are left.
    pub(super) fn got_on(&mut self, left: usize) {
        let mut waiting = self.unsent.waiting();
        if let Some(monitor) = waiting.remove(self.number) {
            self.number = waiting.add(left, &monitor);
        }
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.unsent.waiting().remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{limits::Timeouts, listen::monitor::CloseReason};

    fn cut(monitor: &Monitor) -> Option<CloseReason> {
        monitor.verdict(Timeouts::default())
    }

    #[test]
    fn past_so_much_whoever_takes_nothing_is_shown_out_and_who_gets_on_stays() {
        let unsent = Arc::<Unsent>::default();
        let conducts: Vec<_> = (0..4).map(|_| Monitor::new(Arc::default())).collect();
        let third = UNSENT_BYTES / 3;
        let mut waits: Vec<_> = conducts[..3].iter().map(|monitor| unsent.wait(third, monitor)).collect();
        assert!(conducts.iter().all(|monitor| cut(monitor).is_none()), "just so much");
        waits[0].got_on(third);
        let last = unsent.wait(third, &conducts[3]);
        let cuts: Vec<_> = conducts.iter().map(cut).collect();
        assert_eq!(cuts, [None, Some(CloseReason::NotTaking), None, None]);
        assert!(unsent.waiting().bytes <= UNSENT_BYTES);
        drop((waits, last));
        let waiting = unsent.waiting();
        assert_eq!((waiting.bytes, waiting.answers.len()), (0, 0));
    }
}

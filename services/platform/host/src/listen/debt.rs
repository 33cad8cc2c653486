//! What an address has taken of something beyond its rate. What is taken is counted afterwards, so it is made up for by waiting.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::peers::PAUSE;

/// So many a second, and so many at once after a pause.
#[derive(Debug)]
pub(super) struct Debt {
    rate: u32,
    burst: u32,
    /// When all that was taken is made up for.
    made_up: Mutex<Option<Instant>>,
}

impl Debt {
    pub(super) fn at((rate, burst): (u32, u32)) -> Self {
        Self { rate, burst, made_up: Mutex::default() }
    }

    /// Counts that so many were taken, and tells how long whoever took them has to wait, if they do.
    pub(super) fn owe(&self, count: u32) -> Option<Duration> {
        let (now, free) = (Instant::now(), self.lasts(self.burst));
        let mut made_up = self.made_up.lock().unwrap_or_else(PoisonError::into_inner);
        let until = made_up.map_or(now, |until| until.max(now)) + self.lasts(count);
        // A connection that nobody waits for is not counted: the next one is not to pay for it.
        *made_up = Some(until.min(now + free + PAUSE));
        until.checked_duration_since(now + free).filter(|wait| !wait.is_zero()).map(|wait| wait.min(PAUSE))
    }

    fn lasts(&self, count: u32) -> Duration {
        Duration::from_secs(count.into()) / self.rate
    }
}

//! The monitor of a connection: it finds peers that flood the process with frames which are no calls, or keep it waiting.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::{
    select,
    sync::Notify,
    time::{MissedTickBehavior, interval},
};

use super::{
    frames::{Frame, Meter},
    heads::Heads,
    peers::Allowance,
};
use crate::limits::Timeouts;

/// Frames that are no work and come free with what is: as many as clients send that measure the line or take large answers.
const FREE: u32 = 2;
/// So many of them may be saved up.
const SAVED: u32 = 1000;

/// Why the process closed a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// Its address had too many connections.
    TooMany,
    /// The handshake or the preface of HTTP/2 was late or wrong.
    Preface,
    /// Too many frames that belong to no call.
    Flood,
    /// The rest of a frame, of headers or of a request did not come in time.
    Halting,
    /// The peer did not read what it was sent in time.
    NotTaking,
    /// It had no call under way when there was no room for the next connection.
    Idle,
}

impl CloseReason {
    pub(crate) const ALL: [Self; 6] =
        [Self::TooMany, Self::Preface, Self::Flood, Self::Halting, Self::NotTaking, Self::Idle];

    /// The name of it in metrics.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::TooMany => "PEER_TOO_MANY",
            Self::Preface => "PEER_NO_GREETING",
            Self::Flood => "PEER_FLOODS",
            Self::Halting => "PEER_HALTS",
            Self::NotTaking => "PEER_NOT_TAKING",
            Self::Idle => "PEER_IDLE",
        }
    }
}

/// The monitor of one connection. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Monitor {
    inner: Arc<Mutex<Seen>>,
    next: Arc<AtomicU64>,
    given_up: Arc<Notify>,
}

/// The reader of the bytes that go by.
#[derive(Debug)]
enum Reader {
    /// Of HTTP/2.
    Frames(Meter),
    /// Of HTTP/1.1.
    Heads(Heads),
}

#[derive(Debug)]
struct Seen {
    reader: Reader,
    allowance: Arc<Allowance>,
    /// Frames that are no work and were paid for by work.
    paid: u32,
    floods: bool,
    /// Others need the room of what it does not take.
    given_up: bool,
    /// Until when nothing of it is read.
    paused: Option<Instant>,
    /// Since when what was begun is not said to its end.
    halting: Option<Instant>,
    /// Since when nothing more came of a request's content that is awaited.
    awaited: Option<Instant>,
    /// Since when nothing can be written.
    blocked: Option<Instant>,
    /// Since when the parts of answers wait to be taken.
    handed: HashMap<u64, Instant>,
}

impl Monitor {
    /// For HTTP/2, from its first byte on.
    pub(super) fn new(allowance: Arc<Allowance>) -> Self {
        Self::by(Reader::Frames(Meter::new()), allowance)
    }

    /// For HTTP/1.1.
    pub(super) fn of_heads(allowance: Arc<Allowance>) -> Self {
        Self::by(Reader::Heads(Heads::default()), allowance)
    }

    fn by(reader: Reader, allowance: Arc<Allowance>) -> Self {
        let seen = Seen {
            reader,
            allowance,
            paid: 0,
            floods: false,
            given_up: false,
            paused: None,
            halting: None,
            awaited: None,
            blocked: None,
            handed: HashMap::new(),
        };
        Self { inner: Arc::new(Mutex::new(seen)), next: Arc::default(), given_up: Arc::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells an answer on it from any other.
    pub(super) fn number(&self) -> u64 {
        self.next.fetch_add(1, Relaxed)
    }

    /// Takes what the peer has sent; false once it floods.
    pub(super) fn hear(&self, bytes: &[u8]) -> bool {
        self.seen().hear(bytes)
    }

    /// Notes whether a request's content is awaited.
    pub(super) fn awaits(&self, is_awaited: bool) {
        let mut seen = self.seen();
        seen.awaited = is_awaited.then(|| seen.awaited.unwrap_or_else(Instant::now));
    }

    /// A request has said twice how long it is.
    pub(super) fn is_ambiguous(&self) -> bool {
        matches!(&self.seen().reader, Reader::Heads(heads) if heads.is_ambiguous())
    }

    /// Notes whether anything could be written.
    pub(super) fn wrote(&self, is_ready: bool) {
        self.seen().wrote(is_ready);
    }

    /// A part of the answer of this number waits to be taken.
    pub(super) fn handed(&self, answer: u64) {
        self.seen().handed.insert(answer, Instant::now());
    }

    /// It waits no more.
    pub(super) fn taken(&self, answer: u64) {
        self.seen().handed.remove(&answer);
    }

    /// Others need the room of what it does not take.
    pub(super) fn give_up(&self) {
        self.seen().given_up = true;
        self.given_up.notify_one();
    }

    /// Counts a token that is no good. Nothing more is read for a while once its address has shown too many.
    pub(super) fn fooled(&self) {
        let mut seen = self.seen();
        let pause = seen.allowance.fooled();
        seen.pause(pause);
    }

    /// Counts bytes of somebody who has not shown who they are, in the same way.
    pub(super) fn read_of_stranger(&self, bytes: usize) {
        let mut seen = self.seen();
        let pause = seen.allowance.read_of_stranger(bytes);
        seen.pause(pause);
    }

    /// Until when nothing of it is read, if that is not over.
    pub(super) fn paused(&self) -> Option<Instant> {
        self.seen().paused.filter(|until| Instant::now() < *until)
    }

    /// Waits until the connection has to be closed, and says why.
    pub(super) async fn tried(&self, timeouts: Timeouts) -> CloseReason {
        let mut look = interval(timeouts.headers.min(timeouts.write).min(Duration::from_secs(4)) / 4);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            select! {
                _ = look.tick() => {}
                () = self.given_up.notified() => {}
            }
            if let Some(reason) = self.verdict(timeouts) {
                return reason;
            }
        }
    }

    /// Why the connection has to be closed, if it has to be.
    pub(super) fn verdict(&self, timeouts: Timeouts) -> Option<CloseReason> {
        self.seen().reason(timeouts)
    }
}

impl Seen {
    /// Takes what the peer has sent; false once it floods.
    fn hear(&mut self, bytes: &[u8]) -> bool {
        let Self { reader, allowance, paid, floods, .. } = self;
        let (ended, is_within) = match reader {
            Reader::Frames(meter) => {
                let ended = meter.take(bytes, |frame| match frame {
                    Frame::Work => *paid = (*paid + FREE).min(SAVED),
                    Frame::Idle | Frame::Room if *paid > 0 => *paid -= 1,
                    frame => *floods |= !allowance.covers(frame),
                });
                (ended, meter.is_within())
            }
            Reader::Heads(heads) => (heads.take(bytes), heads.is_within()),
        };
        let since = self.halting.filter(|_| !ended);
        self.halting = is_within.then(|| since.unwrap_or_else(Instant::now));
        !self.floods
    }

    fn pause(&mut self, pause: Option<Duration>) {
        self.paused = pause.map(|pause| Instant::now() + pause).or(self.paused);
    }

    fn reason(&self, timeouts: Timeouts) -> Option<CloseReason> {
        let over = |since: &Instant, most| since.elapsed() > most;
        if self.floods {
            Some(CloseReason::Flood)
        } else if self.halting.iter().chain(&self.awaited).any(|since| over(since, timeouts.headers)) {
            Some(CloseReason::Halting)
        } else if self.given_up
            || self.blocked.iter().chain(self.handed.values()).any(|since| over(since, timeouts.write))
        {
            Some(CloseReason::NotTaking)
        } else {
            None
        }
    }

    fn wrote(&mut self, is_ready: bool) {
        self.blocked = (!is_ready).then(|| self.blocked.unwrap_or_else(Instant::now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listen::frames::PREFACE;

    const SHORT: Timeouts = Timeouts {
        preface: Duration::ZERO,
        headers: Duration::from_millis(20),
        write: Duration::from_millis(20),
        idle: Duration::ZERO,
    };
    const PING: [u8; 17] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];

    fn monitor() -> Monitor {
        let monitor = Monitor::new(Arc::default());
        monitor.hear(PREFACE);
        monitor
    }

    fn reason(monitor: &Monitor) -> Option<CloseReason> {
        std::thread::sleep(SHORT.write * 2);
        monitor.verdict(SHORT)
    }

    #[test]
    fn pings_are_free_with_work_and_a_flood_without() {
        let monitor = monitor();
        let work = [0, 0, 0, 1, 4, 0, 0, 0, 1];
        assert!((0..10_000).all(|_| monitor.hear(&[&work[..], &PING].concat())));
        assert_eq!(reason(&monitor), None);
        let pings = (0..10_000).take_while(|_| monitor.hear(&PING)).count();
        assert!((1000..4000).contains(&pings), "{pings}");
        assert_eq!(reason(&monitor), Some(CloseReason::Flood));
    }

    #[test]
    fn half_a_frame_tries_patience_and_a_whole_one_ends_it() {
        let monitor = monitor();
        monitor.hear(&PING[..5]);
        assert_eq!(reason(&monitor), Some(CloseReason::Halting));
        monitor.hear(&PING[5..]);
        assert_eq!(reason(&monitor), None);
    }

    #[test]
    fn what_cannot_be_written_tries_patience_until_it_can() {
        let monitor = monitor();
        monitor.wrote(false);
        assert_eq!(reason(&monitor), Some(CloseReason::NotTaking));
        monitor.wrote(true);
        assert_eq!(reason(&monitor), None);
    }
}

//! How a peer conducts itself: whether it sends what is no work, or keeps waiting who waits for it.

use std::{
    collections::HashMap,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body::{Body, Frame as Part, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{MissedTickBehavior, interval},
};

use super::{
    frames::{Frame, Meter},
    peers::Allowance,
};
use crate::limits::Patience;

/// Frames that are no work and come free with what is: as many as clients send that measure the line or take large answers.
const FREE: u32 = 2;
/// So many of them may be saved up.
const SAVED: u32 = 1000;
/// Bytes of an answer that are given at once.
const PIECE: usize = 16 * 1024;

/// Why a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// More from one address than it may have.
    TooMany,
    /// It did not greet in time, or not as one who speaks HTTP/2.
    Greeting,
    /// Too much that is no work.
    Flood,
    /// Half of a frame, or of headers, and no more for too long.
    Halting,
    /// What it is sent is not taken.
    NotTaking,
}

impl Cut {
    pub(crate) const ALL: [Self; 5] =
        [Self::TooMany, Self::Greeting, Self::Flood, Self::Halting, Self::NotTaking];

    /// In one word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::TooMany => "PEER_TOO_MANY",
            Self::Greeting => "PEER_NO_GREETING",
            Self::Flood => "PEER_FLOODS",
            Self::Halting => "PEER_HALTS",
            Self::NotTaking => "PEER_NOT_TAKING",
        }
    }
}

/// One connection's conduct. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Conduct {
    inner: Arc<Mutex<Seen>>,
    next: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Seen {
    meter: Meter,
    allowance: Arc<Allowance>,
    /// Frames that are no work and were paid for by work.
    paid: u32,
    floods: bool,
    /// Since when what was begun is not said to its end.
    halting: Option<Instant>,
    /// Since when nothing can be written.
    blocked: Option<Instant>,
    /// Since when the parts of answers wait to be taken.
    handed: HashMap<u64, Instant>,
}

impl Conduct {
    pub(super) fn new(allowance: Arc<Allowance>) -> Self {
        let seen = Seen {
            meter: Meter::new(),
            allowance,
            paid: 0,
            floods: false,
            halting: None,
            blocked: None,
            handed: HashMap::new(),
        };
        Self { inner: Arc::new(Mutex::new(seen)), next: Arc::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same connection, watched.
    pub(super) fn watch<S>(&self, stream: S) -> Watched<S> {
        Watched { stream, conduct: self.clone() }
    }

    /// The same answer, watched.
    pub(super) fn answer<B>(&self, body: B) -> Answer<B> {
        let rest = Bytes::new();
        Answer { body, rest, id: self.next.fetch_add(1, Relaxed), is_handed: false, conduct: self.clone() }
    }

    /// Waits until patience is at an end.
    pub(super) async fn tried(&self, patience: Patience) -> Cut {
        let mut look = interval(patience.sentence.min(patience.taking).min(Duration::from_secs(4)) / 4);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            if let Some(cut) = self.verdict(patience) {
                return cut;
            }
        }
    }

    /// What patience is at an end for, if it is.
    pub(super) fn verdict(&self, patience: Patience) -> Option<Cut> {
        self.seen().cut(patience)
    }
}

impl Seen {
    /// Takes what the peer has sent; false once it floods.
    fn hear(&mut self, bytes: &[u8]) -> bool {
        let Self { meter, allowance, paid, floods, .. } = self;
        let ended = meter.take(bytes, |frame| match frame {
            Frame::Work => *paid = (*paid + FREE).min(SAVED),
            Frame::Idle | Frame::Room if *paid > 0 => *paid -= 1,
            frame => *floods |= !allowance.covers(frame),
        });
        let since = self.halting.filter(|_| !ended);
        self.halting = self.meter.is_within().then(|| since.unwrap_or_else(Instant::now));
        !self.floods
    }

    fn cut(&self, patience: Patience) -> Option<Cut> {
        let over = |since: &Instant, patience| since.elapsed() > patience;
        if self.floods {
            Some(Cut::Flood)
        } else if self.halting.is_some_and(|since| over(&since, patience.sentence)) {
            Some(Cut::Halting)
        } else if self.blocked.iter().chain(self.handed.values()).any(|since| over(since, patience.taking)) {
            Some(Cut::NotTaking)
        } else {
            None
        }
    }

    fn wrote(&mut self, is_ready: bool) {
        self.blocked = (!is_ready).then(|| self.blocked.unwrap_or_else(Instant::now));
    }
}

/// A connection that is watched.
pub(super) struct Watched<S> {
    stream: S,
    conduct: Conduct,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(task, buffer))?;
        let heard = self.conduct.seen().hear(&buffer.filled()[before..]);
        Poll::Ready(if heard { Ok(()) } else { Err(io::ErrorKind::ConnectionAborted.into()) })
    }
}

impl<S: AsyncWrite + Unpin> Watched<S> {
    fn noted<T>(&self, written: Poll<T>) -> Poll<T> {
        self.conduct.seen().wrote(written.is_ready());
        written
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(task, bytes);
        self.noted(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(task, parts);
        self.noted(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(task);
        self.noted(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(task);
        self.noted(shut)
    }
}

/// An answer that is watched, and given in pieces: of a whole one the protocol would take charge as soon as there is room
/// for a byte of it, and nobody would know that the rest waits.
pub(super) struct Answer<B> {
    body: B,
    rest: Bytes,
    id: u64,
    is_handed: bool,
    conduct: Conduct,
}

impl<B> Answer<B> {
    fn piece(&mut self) -> Bytes {
        self.conduct.seen().handed.insert(self.id, Instant::now());
        self.is_handed = true;
        let size = self.rest.len().min(PIECE);
        self.rest.split_to(size)
    }

    fn taken(&mut self) {
        if std::mem::take(&mut self.is_handed) {
            self.conduct.seen().handed.remove(&self.id);
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Answer<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Part<Bytes>, B::Error>>> {
        self.taken();
        if self.rest.is_empty() {
            let part = ready!(Pin::new(&mut self.body).poll_frame(task));
            match part.map(|part| part.map(Part::into_data)) {
                Some(Ok(Ok(data))) => self.rest = data,
                Some(Ok(Err(other))) => return Poll::Ready(Some(Ok(other))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        Poll::Ready(Some(Ok(Part::data(self.piece()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.rest.is_empty() { self.body.size_hint() } else { SizeHint::default() }
    }
}

impl<B> Drop for Answer<B> {
    fn drop(&mut self) {
        self.taken();
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Full};

    use super::*;
    use crate::listen::frames::PREFACE;

    const SHORT: Patience = Patience {
        greeting: Duration::ZERO,
        sentence: Duration::from_millis(20),
        taking: Duration::from_millis(20),
        silence: Duration::ZERO,
    };
    const PING: [u8; 17] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];

    fn conduct() -> Conduct {
        let conduct = Conduct::new(Arc::default());
        conduct.seen().hear(PREFACE);
        conduct
    }

    fn cut(conduct: &Conduct) -> Option<Cut> {
        std::thread::sleep(SHORT.taking * 2);
        conduct.seen().cut(SHORT)
    }

    #[test]
    fn pings_are_free_with_work_and_a_flood_without() {
        let conduct = conduct();
        let work = [0, 0, 0, 1, 4, 0, 0, 0, 1];
        assert!((0..10_000).all(|_| conduct.seen().hear(&[&work[..], &PING].concat())));
        assert_eq!(cut(&conduct), None);
        let pings = (0..10_000).take_while(|_| conduct.seen().hear(&PING)).count();
        assert!((1000..4000).contains(&pings), "{pings}");
        assert_eq!(cut(&conduct), Some(Cut::Flood));
    }

    #[test]
    fn half_a_frame_tries_patience_and_a_whole_one_ends_it() {
        let conduct = conduct();
        conduct.seen().hear(&PING[..5]);
        assert_eq!(cut(&conduct), Some(Cut::Halting));
        conduct.seen().hear(&PING[5..]);
        assert_eq!(cut(&conduct), None);
    }

    #[test]
    fn what_cannot_be_written_tries_patience_until_it_can() {
        let conduct = conduct();
        conduct.seen().wrote(false);
        assert_eq!(cut(&conduct), Some(Cut::NotTaking));
        conduct.seen().wrote(true);
        assert_eq!(cut(&conduct), None);
    }

    #[tokio::test]
    async fn an_answer_comes_in_pieces_and_tries_patience_between_them() {
        let conduct = conduct();
        let mut answer = conduct.answer(Full::new(Bytes::from(vec![7; 2 * PIECE + 1])));
        let mut sizes = Vec::new();
        assert_eq!(cut(&conduct), None, "nothing was given yet");
        while let Some(part) = answer.frame().await {
            sizes.push(part.expect("never fails").into_data().map_or(0, |data| data.len()));
            assert_eq!(cut(&conduct), Some(Cut::NotTaking));
        }
        assert_eq!((sizes, cut(&conduct)), (vec![PIECE, PIECE, 1], None));
        let mut left = conduct.answer(Full::new(Bytes::from_static(b"answer")));
        assert!(left.frame().await.is_some() && cut(&conduct).is_some());
        drop(left);
        assert_eq!(cut(&conduct), None, "nobody waits any more");
    }
}

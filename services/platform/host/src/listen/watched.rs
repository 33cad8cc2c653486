//! A connection and its answers, watched: what goes by is told to its monitor.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame as Part, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep_until},
};

use super::{
    connections::Connection,
    monitor::Monitor,
    unsent::{Unread, Unsent},
};

/// Bytes of an answer that are given at once.
pub const PIECE: usize = 8 * 1024;
/// Bytes of an answer that may wait uncounted: most answers are no longer.
pub const SHORT: usize = 4 * 1024;

/// A connection that is watched.
pub(super) struct Watched<S> {
    stream: S,
    monitor: Monitor,
    connection: Arc<Connection>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, monitor: Monitor, connection: Arc<Connection>) -> Self {
        Self { stream, monitor, connection, pause: None }
    }

    /// Waits until it is read again.
    fn poll_pause(&mut self, task: &mut Context<'_>) -> Poll<()> {
        while let Some(until) = self.monitor.paused() {
            let pause = self.pause.get_or_insert_with(|| Box::pin(sleep_until(until.into())));
            ready!(pause.as_mut().poll(task));
            self.pause = None;
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_pause(task));
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(task, buffer))?;
        let come = &buffer.filled()[before..];
        if !self.connection.is_known() {
            self.monitor.read_of_stranger(come.len());
        }
        let heard = self.monitor.hear(come);
        Poll::Ready(if heard { Ok(()) } else { Err(io::ErrorKind::ConnectionAborted.into()) })
    }
}

impl<S: AsyncWrite + Unpin> Watched<S> {
    fn noted<T>(&self, written: Poll<T>) -> Poll<T> {
        self.monitor.wrote(written.is_ready());
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

/// One step of a body: a part of it, its end, or a failure.
type Given<E> = Option<Result<Part<Bytes>, E>>;

/// An answer that is watched, and given in pieces: of a whole one the protocol would take charge as soon as there is room
/// for a byte of it, and nobody would know that the rest waits. Its beginning is made before there is room for it, so that it
/// is known how much waits.
pub(super) struct Answer<B: Body> {
    body: B,
    /// The first step, where it was no content.
    begun: Option<Given<B::Error>>,
    rest: Bytes,
    id: u64,
    is_handed: bool,
    monitor: Monitor,
    unsent: Arc<Unsent>,
    /// The rest as it waits, where it is more than a piece.
    unread: Option<Unread>,
}

/// Nothing in it is pinned.
impl<B: Body + Unpin> Unpin for Answer<B> {}

impl<B: Body<Data = Bytes> + Unpin> Answer<B> {
    pub(super) fn new(body: B, monitor: Monitor, unsent: Arc<Unsent>) -> Self {
        let (id, rest) = (monitor.number(), Bytes::new());
        let mut answer =
            Self { body, begun: None, rest, id, is_handed: false, monitor, unsent, unread: None };
        if !answer.body.is_end_stream() {
            answer.begin();
        }
        answer
    }

    /// Nobody has to be woken here: the protocol asks at once when it has room.
    fn begin(&mut self) {
        match Pin::new(&mut self.body).poll_frame(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(Ok(part))) => match part.into_data() {
                Ok(data) => self.rest = data,
                Err(other) => self.begun = Some(Some(Ok(other))),
            },
            Poll::Ready(other) => self.begun = Some(other),
            Poll::Pending => {}
        }
        self.waits();
        self.hand();
    }

    /// A part waits to be taken.
    fn hand(&mut self) {
        self.monitor.handed(self.id);
        self.is_handed = true;
    }

    fn piece(&mut self) -> Bytes {
        self.hand();
        let size = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(size);
        self.waits();
        piece
    }

    /// Tells how much of it waits.
    fn waits(&mut self) {
        match (self.rest.len(), &mut self.unread) {
            (..=SHORT, unread) => *unread = None,
            (left, Some(unread)) => unread.got_on(left),
            (left, None) => self.unread = Some(self.unsent.wait(left, &self.monitor)),
        }
    }
}

impl<B: Body> Answer<B> {
    fn taken(&mut self) {
        if std::mem::take(&mut self.is_handed) {
            self.monitor.taken(self.id);
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
        if let Some(begun) = self.begun.take() {
            return Poll::Ready(begun);
        }
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
        self.rest.is_empty() && self.begun.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.rest.is_empty() && self.begun.is_none() { self.body.size_hint() } else { SizeHint::default() }
    }
}

impl<B: Body> Drop for Answer<B> {
    fn drop(&mut self) {
        self.taken();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Cursor,
        time::{Duration, Instant},
    };

    use http_body_util::{BodyExt, Full};
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::{
        limits::Timeouts,
        listen::{frames::PREFACE, monitor::CloseReason, peers::STRANGERS_BYTES},
    };

    const BRIEF: Timeouts = Timeouts {
        preface: Duration::ZERO,
        headers: Duration::from_mins(1),
        write: Duration::from_millis(20),
        idle: Duration::ZERO,
    };

    fn reason(monitor: &Monitor) -> Option<CloseReason> {
        std::thread::sleep(BRIEF.write * 2);
        monitor.verdict(BRIEF)
    }

    /// Bytes that are read of somebody who sends 32 MiB of a request, until they have to wait or all is read.
    async fn read_of(connection: Arc<Connection>) -> usize {
        let monitor = Monitor::new(Arc::default());
        monitor.hear(PREFACE);
        let frame = [&[0, 0x40, 0, 0, 0, 0, 0, 0, 1][..], &[7; 0x4000]].concat();
        let mut watched = Watched::new(Cursor::new(frame.repeat(2048)), monitor.clone(), connection);
        let (mut buffer, mut read) = (vec![0; PIECE], 0);
        while monitor.paused().is_none() {
            match watched.read(&mut buffer).await.expect("no flood") {
                0 => break,
                more => read += more,
            }
        }
        read
    }

    #[tokio::test]
    async fn of_who_has_not_shown_who_they_are_so_much_is_read_in_a_second_and_of_others_all() {
        let (rate, burst) = STRANGERS_BYTES;
        let [rate, burst] = [rate, burst].map(|bytes| usize::try_from(bytes).expect("short"));
        let (begun, stranger) = (Instant::now(), Arc::new(Connection::new()));
        let read = read_of(stranger).await;
        let meanwhile = rate * (usize::try_from(begun.elapsed().as_millis()).expect("short") + 1) / 1000;
        assert!((burst..=burst + meanwhile + PIECE).contains(&read), "{read}");
        let known = Arc::new(Connection::new());
        drop(known.begin());
        assert_eq!(read_of(known).await, 2048 * (9 + 0x4000));
    }

    #[tokio::test]
    async fn an_answer_comes_in_pieces_and_tries_patience_between_them() {
        let monitor = Monitor::new(Arc::default());
        let mut answer =
            Answer::new(Full::new(Bytes::from(vec![7; 2 * PIECE + 1])), monitor.clone(), Arc::default());
        let mut sizes = Vec::new();
        assert_eq!(reason(&monitor), Some(CloseReason::NotTaking), "there is no room for any of it");
        while let Some(part) = answer.frame().await {
            sizes.push(part.expect("never fails").into_data().map_or(0, |data| data.len()));
            assert_eq!(reason(&monitor), Some(CloseReason::NotTaking));
        }
        assert_eq!((sizes, reason(&monitor)), (vec![PIECE, PIECE, 1], None));
        let mut left = Answer::new(Full::new(Bytes::from_static(b"answer")), monitor.clone(), Arc::default());
        assert!(left.frame().await.is_some() && reason(&monitor).is_some());
        drop(left);
        assert_eq!(reason(&monitor), None, "nobody waits any more");
    }
}

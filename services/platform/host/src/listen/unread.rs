//! The end of a request that was answered before it was read.
//!
//! HTTP/2 resets such a request, and a client that is still sending it may take the reset for a failure of its own, or a thousand of
//! them for a flood of resets. Most of these requests are short and on their way, so their end is awaited for a moment.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::callers::large::USUAL_BYTES;

/// How long the end of a request is awaited that was answered before it.
pub const MOMENT: Duration = Duration::from_millis(50);

/// The part of a request that nobody has read.
#[derive(Debug)]
pub(super) struct Unread<B>(Arc<Mutex<Option<B>>>);

impl<B> Default for Unread<B> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<B: Body + Unpin> Unread<B> {
    /// A request's content, which comes back here where it is left unread.
    pub(super) fn of(&self, content: B) -> Lent<B> {
        Lent { content: Some(content), unread: Self(Arc::clone(&self.0)) }
    }

    /// Reads on to the end of it, unless that is long in coming.
    pub(super) async fn end(&self) {
        let content = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(content) = content {
            let _ = timeout(MOMENT, read(content)).await;
        }
    }
}

async fn read<B: Body + Unpin>(mut content: B) {
    let mut bytes = 0;
    while bytes <= USUAL_BYTES
        && let Some(Ok(frame)) = content.frame().await
    {
        bytes += frame.data_ref().map_or(0, Buf::remaining);
    }
}

/// A request's content, until it is dropped.
pub(super) struct Lent<B: Body + Unpin> {
    /// None once it is dropped.
    content: Option<B>,
    unread: Unread<B>,
}

impl<B: Body + Unpin> Body for Lent<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.content.as_mut().map_or(Poll::Ready(None), |content| Pin::new(content).poll_frame(task))
    }

    fn is_end_stream(&self) -> bool {
        self.content.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.content.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl<B: Body + Unpin> Drop for Lent<B> {
    fn drop(&mut self) {
        let content = self.content.take().filter(|content| !content.is_end_stream());
        *self.unread.0.lock().unwrap_or_else(PoisonError::into_inner) = content;
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, iter::repeat_with};

    use bytes::Bytes;
    use futures::{
        FutureExt, StreamExt,
        channel::mpsc::unbounded,
        stream::{iter, pending},
    };
    use http_body_util::StreamBody;

    use super::*;

    type Part = Result<Frame<Bytes>, Infallible>;

    fn part(length: usize) -> Frame<Bytes> {
        Frame::data(vec![7; length].into())
    }

    #[tokio::test]
    async fn the_end_of_a_request_is_awaited_that_was_answered_before_it() {
        let (sender, parts) = unbounded::<Part>();
        let unread = Unread::default();
        drop(unread.of(StreamBody::new(parts)));
        let mut end = Box::pin(unread.end());
        assert!(end.as_mut().now_or_never().is_none(), "it has not come");
        sender.unbounded_send(Ok(part(1))).expect("nobody resets it");
        drop(sender);
        end.await;
    }

    #[tokio::test]
    async fn nothing_is_awaited_of_a_request_that_was_read() {
        let unread = Unread::default();
        let content = unread.of(StreamBody::new(iter([part(1), part(2)].map(Part::Ok))));
        assert_eq!(content.collect().await.expect("it reads").to_bytes().len(), 3);
        assert!(unread.end().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_request_without_an_end_is_awaited_for_a_moment_and_to_a_length() {
        let halts = Unread::default();
        drop(halts.of(StreamBody::new(pending::<Part>())));
        halts.end().await;
        let goes_on = Unread::default();
        drop(goes_on.of(StreamBody::new(iter(repeat_with(|| Part::Ok(part(USUAL_BYTES)))).boxed())));
        assert!(goes_on.end().now_or_never().is_some());
    }
}

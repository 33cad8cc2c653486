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

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::timeout;

use crate::callers::large::USUAL_BYTES;

/// How long the end of a request is awaited that was answered before it.
const MOMENT: Duration = Duration::from_millis(50);

/// The part of a request that nobody has read.
#[derive(Debug, Clone, Default)]
pub(super) struct Unread(Arc<Mutex<Option<Incoming>>>);

impl Unread {
    /// A request's content, which comes back here where it is left unread.
    pub(super) fn of(&self, content: Incoming) -> Lent {
        Lent { content: Some(content), unread: self.clone() }
    }

    /// Reads on to the end of it, unless that is long in coming.
    pub(super) async fn end(&self) {
        let content = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(content) = content {
            let _ = timeout(MOMENT, read(content)).await;
        }
    }
}

async fn read(mut content: Incoming) {
    let mut bytes = 0;
    while bytes <= USUAL_BYTES
        && let Some(Ok(frame)) = content.frame().await
    {
        bytes += frame.data_ref().map_or(0, Bytes::len);
    }
}

/// A request's content, until it is dropped.
pub(super) struct Lent {
    /// None once it is dropped.
    content: Option<Incoming>,
    unread: Unread,
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.content.as_mut().map_or(Poll::Ready(None), |content| Pin::new(content).poll_frame(task))
    }

    fn is_end_stream(&self) -> bool {
        self.content.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.content.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let content = self.content.take().filter(|content| !content.is_end_stream());
        *self.unread.0.lock().unwrap_or_else(PoisonError::into_inner) = content;
    }
}

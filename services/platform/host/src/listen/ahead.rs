//! A call that everybody may make is read as it comes, into a buffer of bounded length. Left to the protocol, each byte that
//! waits there may keep all that came with it, and a peer who takes no answer could have it wait for long.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame as Part};
use http_body_util::BodyExt;
use tokio::task::{AbortHandle, spawn};
use tonic::{Code, Status, body::Body};

use crate::{fail::plain, stack::Request};

/// Bytes of one such call that may wait to be looked at.
pub const AHEAD_BYTES: usize = 8 * 1024;

/// The request, read as it comes.
pub(crate) fn read_ahead(request: Request) -> Request {
    request.map(|body| if body.is_end_stream() { body } else { Body::new(Ahead::of(body)) })
}

/// The part of a request that was read and is still to be looked at; its reader stops when it is dropped.
struct Ahead {
    inbox: Arc<Mutex<Inbox>>,
    reader: AbortHandle,
}

#[derive(Default)]
struct Inbox {
    bytes: BytesMut,
    /// How it ended, once it has.
    end: Option<Result<(), Status>>,
    waits: Option<Waker>,
}

impl Ahead {
    fn of(body: Body) -> Self {
        let inbox = Arc::<Mutex<Inbox>>::default();
        let reader = spawn(read(body, Arc::clone(&inbox))).abort_handle();
        Self { inbox, reader }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

fn locked(inbox: &Mutex<Inbox>) -> MutexGuard<'_, Inbox> {
    inbox.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn read(mut body: Body, inbox: Arc<Mutex<Inbox>>) {
    let mut end = Ok(());
    while let Some(part) = body.frame().await {
        end = match part.map(Part::into_data) {
            Ok(Ok(data)) => locked(&inbox).take(&data),
            Ok(Err(_trailers)) => Ok(()),
            Err(status) => Err(status),
        };
        if end.is_err() {
            break;
        }
    }
    locked(&inbox).close(end);
}

impl Inbox {
    /// Copies what came, and nothing that came with it.
    fn take(&mut self, data: &[u8]) -> Result<(), Status> {
        if self.bytes.len() + data.len() > AHEAD_BYTES {
            return Err(too_much());
        }
        self.bytes.extend_from_slice(data);
        self.waits.take().into_iter().for_each(Waker::wake);
        Ok(())
    }

    /// Of what went wrong nothing is kept.
    fn close(&mut self, end: Result<(), Status>) {
        if end.is_err() {
            self.bytes = BytesMut::new();
        }
        self.end = Some(end);
        self.waits.take().into_iter().for_each(Waker::wake);
    }
}

impl http_body::Body for Ahead {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<Part<Bytes>, Status>>> {
        let mut inbox = locked(&self.inbox);
        if !inbox.bytes.is_empty() {
            return Poll::Ready(Some(Ok(Part::data(std::mem::take(&mut inbox.bytes).freeze()))));
        }
        match &mut inbox.end {
            Some(Err(status)) => {
                let status = status.clone();
                inbox.end = Some(Ok(()));
                Poll::Ready(Some(Err(status)))
            }
            Some(Ok(())) => Poll::Ready(None),
            None => {
                inbox.waits = Some(task.waker().clone());
                Poll::Pending
            }
        }
    }
}

fn too_much() -> Status {
    let text = "of a call to health or reflection 8 KiB at most may wait to be looked at";
    plain(Code::ResourceExhausted, "MESSAGE_TOO_LARGE", text)
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use futures::stream::{iter, pending};
    use http_body_util::StreamBody;
    use tokio::task::yield_now;

    use super::*;

    /// A request whose parts are these, and which then goes on for ever or ends.
    fn asked(parts: Vec<Vec<u8>>, ends: bool) -> Ahead {
        let parts = iter(parts.into_iter().map(|part| Ok::<_, Status>(Part::data(Bytes::from(part)))));
        let parts = if ends { parts.boxed() } else { parts.chain(pending()).boxed() };
        Ahead::of(Body::new(StreamBody::new(parts)))
    }

    async fn waiting(ahead: &Ahead) -> usize {
        for _ in 0..AHEAD_BYTES * 2 {
            yield_now().await;
        }
        locked(&ahead.inbox).bytes.len()
    }

    #[tokio::test]
    async fn what_comes_is_read_to_its_end_in_order() {
        let whole = asked(vec![vec![1; 10], vec![2; 20], vec![3]], true).collect().await.expect("it reads");
        assert_eq!(whole.to_bytes(), [vec![1; 10], vec![2; 20], vec![3]].concat());
    }

    #[tokio::test]
    async fn so_much_waits_and_of_more_nothing() {
        let tiny = |count: usize| vec![vec![7]; count];
        assert_eq!(waiting(&asked(tiny(AHEAD_BYTES), false)).await, AHEAD_BYTES);
        let mut more = asked(tiny(AHEAD_BYTES + 1), false);
        assert_eq!(waiting(&more).await, 0, "it is not kept");
        let refused = more.frame().await.expect("an end").expect_err("a refusal");
        assert_eq!(refused.code(), Code::ResourceExhausted);
        assert!(more.frame().await.is_none());
    }
}

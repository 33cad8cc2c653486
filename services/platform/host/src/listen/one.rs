//! HTTP/1.1 with callers: the protocol's own bounds, and a request whose content is watched while it is awaited.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Request;
use http_body::{Frame as Part, SizeHint};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::TokioTimer;
use tonic::body::Body;

use super::{HEADER_BYTES, HEADERS, monitor::Monitor};
use crate::Timeouts;

/// The mark of a request that says twice how long it is, by `content-length` and by `transfer-encoding`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ambiguous;

/// HTTP/1.1 with the bounds that it knows of itself: a connection without a request is kept for so long.
pub(super) fn protocol(timeouts: Timeouts) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(timeouts.idle)
        .max_headers(HEADERS)
        .max_buf_size(HEADER_BYTES as usize);
    protocol
}

/// The content of a request, of which the connection's monitor knows whether it is awaited.
pub(super) struct Awaited {
    body: Incoming,
    monitor: Monitor,
}

impl Awaited {
    pub(super) fn of(request: Request<Incoming>, monitor: &Monitor) -> Request<Body> {
        let is_ambiguous = monitor.is_ambiguous();
        let mut request = request.map(|body| Body::new(Self { body, monitor: monitor.clone() }));
        is_ambiguous.then(|| request.extensions_mut().insert(Ambiguous));
        request
    }
}

impl http_body::Body for Awaited {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Part<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(task);
        self.monitor.awaits(frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.monitor.awaits(false);
    }
}

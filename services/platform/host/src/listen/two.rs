//! HTTP/2 with callers: the protocol's own bounds, and how it says that a peer went past them.

use std::error::Error;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::{HEADER_BYTES, RESETS_OF_OURS, RESETS_WAITING, STREAMS, UNREAD_BYTES};
use crate::Timeouts;

/// HTTP/2 with the bounds that it knows of itself.
pub(super) fn protocol(timeouts: Timeouts) -> http2::Builder<TokioExecutor> {
    let mut protocol = http2::Builder::new(TokioExecutor::new());
    protocol
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(RESETS_WAITING)
        .max_local_error_reset_streams(RESETS_OF_OURS)
        .max_header_list_size(HEADER_BYTES)
        .initial_connection_window_size(UNREAD_BYTES)
        .initial_stream_window_size(UNREAD_BYTES)
        .keep_alive_interval(timeouts.idle)
        .keep_alive_timeout(timeouts.idle);
    protocol
}

/// Whether the HTTP library ended a connection for what its peer sent.
pub(super) fn is_flood(error: &hyper::Error) -> bool {
    let error = error.source().and_then(|error| error.downcast_ref::<h2::Error>());
    error.is_some_and(|error| error.is_library() && error.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM))
}

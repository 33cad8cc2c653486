//! HTTP/1.1 for operators. No caller is known there, so any connection may be closed to make room for the next.

use axum::{Router, extract::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};
use tower::ServiceExt;

use super::{
    CloseReason, HEADER_BYTES, HEADERS,
    connections::{Connection, LEAVING},
    told,
};
use crate::{Timeouts, telemetry};

/// Connections of operators at once.
pub const OPERATORS: usize = 32;
/// Connections of operators from one address at once.
pub const OPERATORS_PER_PEER: usize = 8;

/// Serves one connection until it is idle for too long, and at most for the time that writing an answer may take.
pub(super) async fn converse(stream: TcpStream, router: Router, connection: &Connection, timeouts: Timeouts) {
    let service = router.map_request(|request: Request<Incoming>| request);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeouts.preface)
        .max_headers(HEADERS)
        .max_buf_size(HEADER_BYTES as usize)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    tokio::pin!(served);
    let reason = tokio::select! {
        _ = served.as_mut() => return,
        () = told(connection.leaves()) => Some(CloseReason::Idle),
        () = sleep(timeouts.write) => None,
    };
    reason.into_iter().for_each(telemetry::closed);
    served.as_mut().graceful_shutdown();
    let _ = timeout(LEAVING, served).await;
}

//! HTTP/1.1 for operators, in which nobody is known and every connection may make room for the next.

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
    Cut, HEADER_BYTES, HEADERS,
    guests::{Guest, LEAVING},
    told,
};
use crate::{Patience, telemetry};

/// Connections at once of operators.
pub const OPERATORS: usize = 32;
/// Those of one address among them.
pub const OPERATORS_PER_PEER: usize = 8;

/// Answers one connection for as long as it asks in time, and for no longer than an answer may wait to be taken.
pub(super) async fn converse(stream: TcpStream, router: Router, guest: &Guest, patience: Patience) {
    let service = router.map_request(|request: Request<Incoming>| request);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.greeting)
        .max_headers(HEADERS)
        .max_buf_size(HEADER_BYTES as usize)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    tokio::pin!(connection);
    let cut = tokio::select! {
        _ = connection.as_mut() => return,
        () = told(guest.leaves()) => Some(Cut::Idle),
        () = sleep(patience.taking) => None,
    };
    cut.into_iter().for_each(telemetry::cut);
    connection.as_mut().graceful_shutdown();
    let _ = timeout(LEAVING, connection).await;
}

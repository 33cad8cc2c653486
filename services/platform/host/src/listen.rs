//! The listener: our own accept loop, with a bound on everything a peer can hold open.

use std::{sync::Arc, time::Duration};

use axum::Router;
use http::Request;
use hyper::{body::Incoming, server::conn::http2};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tower::ServiceExt;

use crate::{
    audit::refusals::Whence,
    tls::{Certified, Server, expect},
};

/// Connections at once; well below the usual limit of 1,024 descriptors.
const CONNECTIONS: usize = 512;
const STREAMS_PER_CONNECTION: u32 = 100;
/// How every HTTP/2 connection begins.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How long a peer may take to say that it speaks HTTP/2.
const PREFACE_WAIT: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const HEADER_BYTES: u32 = 16 * 1024;
/// How long calls under way may take once the process is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves `router` until `stop` turns true, then lets the calls under way finish within a limit.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Arc<Server>>,
    router: Router,
    stop: watch::Receiver<bool>,
) {
    let mut upkeep = JoinSet::new();
    upkeep.extend(tls.iter().map(|tls| Arc::clone(tls).keep()));
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stopped(stop.clone()) => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        // An accept fails when descriptors run out; asking again at once would only spin.
        let Some((stream, permit)) = accepted else {
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        connections.spawn(connection(stream, tls.clone(), router.clone(), stop.clone(), permit));
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let drained = timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(left = connections.len(), "closing connections that would not finish");
    }
}

/// Waits until the process is told to stop.
async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, permit)),
        Err(error) => {
            tracing::warn!(%error, "a connection was not accepted");
            None
        }
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<Arc<Server>>,
    router: Router,
    stop: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let whence = Whence::of(&stream);
    let Some(tls) = tls else {
        if matches!(timeout(PREFACE_WAIT, begins(&stream)).await, Ok(true)) {
            converse(stream, whence, None, router, stop).await;
        }
        return;
    };
    let greeted = timeout(PREFACE_WAIT, async {
        let (stream, certified) = tls.greet(stream).await.ok()?;
        Some((expect(stream, PREFACE).await?, certified))
    });
    if let Ok(Some((stream, certified))) = greeted.await {
        converse(stream, whence, certified, router, stop).await;
    }
}

/// Speaks HTTP/2 with somebody from there, who may have shown a certificate, until either ends it.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Send + 'static,
    whence: Whence,
    certified: Option<Certified>,
    router: Router,
    stop: watch::Receiver<bool>,
) {
    let service = TowerToHyperService::new(router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(whence.clone());
        certified.clone().map(|certified| request.extensions_mut().insert(certified));
        request
    }));
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_PER_CONNECTION)
        .max_local_error_reset_streams(1024)
        .max_header_list_size(HEADER_BYTES)
        .keep_alive_interval(KEEP_ALIVE);
    let connection = builder.serve_connection(TokioIo::new(Box::pin(stream)), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Waits for the whole preface and leaves its bytes where they are for the protocol to read: once that waits for the
/// rest of a part, nothing of its own ends it.
async fn begins(stream: &TcpStream) -> bool {
    let mut said = [0; PREFACE.len()];
    loop {
        match stream.peek(&mut said).await {
            Ok(length) if length == PREFACE.len() => return said == *PREFACE,
            Ok(length @ 1..) if PREFACE.starts_with(&said[..length]) => {
                sleep(Duration::from_millis(10)).await;
            }
            _ => return false,
        }
    }
}

//! The listener: our own accept loop, with a bound on everything a peer can hold open, send or leave unread.

pub(crate) mod ahead;
mod conduct;
mod debt;
mod frames;
pub(crate) mod guests;
pub(crate) mod peers;
pub(crate) mod plain;
mod tries;
pub(crate) mod unsent;
pub(crate) mod watched;

use std::{convert::Infallible, error::Error, sync::Arc, time::Duration};

use axum::Router;
use http::Request;
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tonic::body::Body;

use crate::{
    LimitSettings, Patience,
    audit::refusals::Whence,
    stack::Stack,
    telemetry::{self, Connected},
    tls::{Certified, Server, expect},
};
use conduct::Conduct;
pub(crate) use conduct::Cut;
use frames::PREFACE;
use guests::{Guests, LEAVING, Seat};
use peers::{Peers, Visit};
pub(crate) use tries::Tries;
use unsent::Unsent;
use watched::{Answer, Watched};

/// Calls under way at once on one connection.
pub const STREAMS: u32 = 100;
/// Calls taken back before they were looked at, beyond which a connection ends.
pub const RESETS_WAITING: usize = 20;
/// Calls of one connection that the protocol had to refuse, beyond which it ends.
pub const RESETS_OF_OURS: usize = 1024;
/// Bytes of headers of one call.
pub const HEADER_BYTES: u32 = 16 * 1024;
/// Headers of one call.
pub const HEADERS: usize = 100;
/// Bytes of requests that one connection may have sent and nobody has read: the least that a connection of the protocol begins
/// with. It is not changed later, since whatever may be sent is read as it comes.
pub const UNREAD_BYTES: u32 = 65_535;
/// How long calls under way may take once the process is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// What every connection is served with. Cheap to clone.
#[derive(Clone)]
struct House {
    speech: Speech,
    tls: Option<Arc<Server>>,
    limits: Arc<LimitSettings>,
    unsent: Arc<Unsent>,
    stop: watch::Receiver<bool>,
}

/// The protocol of a listener, and what answers there.
#[derive(Clone)]
pub(crate) enum Speech {
    /// HTTP/2, with callers.
    Calls(Stack),
    /// HTTP/1.1, with operators, in the clear.
    Plain(Router),
}

/// Serves until `stop` turns true, then lets the calls under way finish within a limit.
pub(crate) async fn serve(
    speech: Speech,
    listener: TcpListener,
    tls: Option<Arc<Server>>,
    limits: LimitSettings,
    stop: watch::Receiver<bool>,
) {
    telemetry::expect_callers();
    let mut upkeep = JoinSet::new();
    upkeep.extend(tls.iter().map(|tls| Arc::clone(tls).keep()));
    let guests = Guests::new(limits.connections);
    let peers = Arc::new(Peers::new(limits.connections_per_peer));
    let (limits, unsent) = (Arc::new(limits), Arc::default());
    let house = House { speech, tls, limits, unsent, stop: stop.clone() };
    let mut connections = JoinSet::new();
    loop {
        let come = tokio::select! {
            () = told(stop.clone()) => break,
            come = next(&listener, &peers, &guests) => come,
        };
        if let Some((stream, visit, seat)) = come {
            connections.spawn(house.clone().connection(stream, visit, seat));
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let drained = timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(left = connections.len(), "closing connections that would not finish");
    }
}

/// Waits until it turns true: that the process is to stop, or that somebody is to leave.
async fn told(mut signal: watch::Receiver<bool>) {
    let _ = signal.wait_for(|told| *told).await;
}

/// The next who comes and is let in, as soon as there is room for them.
async fn next(
    listener: &TcpListener,
    peers: &Arc<Peers>,
    guests: &Arc<Guests>,
) -> Option<(TcpStream, Visit, Seat)> {
    match listener.accept().await {
        Ok((stream, address)) => {
            let Some(visit) = peers.enter(address.ip()) else {
                telemetry::cut(Cut::TooMany);
                return None;
            };
            Some((stream, visit, guests.seat().await))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection was not accepted");
            // It fails when descriptors run out; asking again at once would only spin.
            sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

impl House {
    async fn connection(self, stream: TcpStream, visit: Visit, seat: Seat) {
        match self.speech.clone() {
            Speech::Calls(stack) => self.calls(stack, stream, visit, seat).await,
            Speech::Plain(router) => {
                plain::converse(stream, router, &seat.guest, self.limits.patience).await;
            }
        }
    }

    async fn calls(self, stack: Stack, stream: TcpStream, visit: Visit, seat: Seat) {
        let _connected = Connected::begin();
        let _ = stream.set_nodelay(true);
        let whence = Whence::of(&stream);
        let Some(tls) = &self.tls else {
            let greeted = async { begins(&stream).await.then_some(()) };
            if self.greeted(&seat, greeted).await.is_some() {
                self.converse(stack, stream, visit, seat, whence, None).await;
            }
            return;
        };
        let greeted = async {
            let (stream, certified) = tls.greet(stream).await.ok()?;
            Some((expect(stream, PREFACE).await?, certified))
        };
        if let Some((stream, certified)) = self.greeted(&seat, greeted).await {
            self.converse(stack, stream, visit, seat, whence, certified).await;
        }
    }

    /// What becomes of a greeting in the time it may take, unless there is no room for who greets any more.
    async fn greeted<T>(&self, seat: &Seat, greeting: impl Future<Output = Option<T>>) -> Option<T> {
        let (greeted, cut) = tokio::select! {
            greeted = timeout(self.limits.patience.greeting, greeting) => (greeted.ok().flatten(), Cut::Greeting),
            () = told(seat.guest.leaves()) => (None, Cut::Idle),
        };
        if greeted.is_none() {
            telemetry::cut(cut);
        }
        greeted
    }

    /// Speaks HTTP/2 with somebody from there, who may have shown a certificate, until either ends it.
    async fn converse(
        &self,
        stack: Stack,
        stream: impl AsyncRead + AsyncWrite + Send + 'static,
        visit: Visit,
        seat: Seat,
        whence: Whence,
        certified: Option<Certified>,
    ) {
        let (conduct, patience) = (Conduct::new(Arc::clone(&visit.allowance)), self.limits.patience);
        let (watched, guest) = (conduct.clone(), Arc::clone(&seat.guest));
        let stream = Watched::new(Box::pin(stream), conduct.clone(), Arc::clone(&guest));
        let (tries, unsent) = (Tries::new(&conduct), Arc::clone(&self.unsent));
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(whence.clone());
            request.extensions_mut().insert(Arc::clone(&guest));
            request.extensions_mut().insert(tries.clone());
            certified.clone().map(|certified| request.extensions_mut().insert(certified));
            let (answer, watched, unsent) = (stack.answer(request), watched.clone(), Arc::clone(&unsent));
            async move { Ok::<_, Infallible>(answer.await.map(|body| Answer::new(body, watched, unsent))) }
        });
        let connection = protocol(patience).serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            cut = conduct.tried(patience) => return show_out(&visit, cut),
            () = told(seat.guest.leaves()) => {
                telemetry::cut(Cut::Idle);
                if seat.guest.is_known() {
                    connection.as_mut().graceful_shutdown();
                    let _ = timeout(LEAVING, connection).await;
                }
                return;
            }
            () = told(self.stop.clone()) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended");
            let flood = || is_flood(&error).then_some(Cut::Flood);
            conduct.verdict(patience).or_else(flood).into_iter().for_each(|cut| show_out(&visit, cut));
        }
    }
}

/// HTTP/2 with the bounds that it knows of itself.
fn protocol(patience: Patience) -> http2::Builder<TokioExecutor> {
    let mut protocol = http2::Builder::new(TokioExecutor::new());
    protocol
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(RESETS_WAITING)
        .max_local_error_reset_streams(RESETS_OF_OURS)
        .max_header_list_size(HEADER_BYTES)
        .initial_connection_window_size(UNREAD_BYTES)
        .initial_stream_window_size(UNREAD_BYTES)
        .keep_alive_interval(patience.silence)
        .keep_alive_timeout(patience.silence);
    protocol
}

/// Counts why somebody was shown out, and lets nobody in from where a flood came for a while: to see a flood coming costs
/// more than to turn it away.
fn show_out(visit: &Visit, cut: Cut) {
    telemetry::cut(cut);
    if cut == Cut::Flood {
        visit.shut_out();
    }
}

/// Whether the protocol itself had enough of a peer.
fn is_flood(error: &hyper::Error) -> bool {
    let error = error.source().and_then(|error| error.downcast_ref::<h2::Error>());
    error.is_some_and(|error| error.is_library() && error.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM))
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

//! The listener: our own accept loop, with a bound on everything a peer can hold open, send or leave unread.

pub(crate) mod ahead;
mod conduct;
mod debt;
mod frames;
pub(crate) mod guests;
mod heads;
mod one;
pub(crate) mod peers;
pub(crate) mod plain;
mod tries;
pub(crate) mod unsent;
pub(crate) mod watched;

use std::{convert::Infallible, error::Error, sync::Arc, time::Duration};

use axum::Router;
use http::Request;
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::GracefulConnection,
};
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
pub(crate) use one::Ambiguous;
use one::Awaited;
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
/// What HTTP/2 is called in the handshake of TLS.
const TWO: &[u8] = b"h2";
/// What may be agreed to in the handshake, for callers over HTTP/2 alone.
pub(crate) const TWO_ALONE: &[&[u8]] = &[TWO];
/// The same for those over HTTP/1.1, too.
pub(crate) const EITHER: &[&[u8]] = &[TWO, b"http/1.1"];
/// How long calls under way may take once the process is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Who is connected, and what waits for them, on all listeners that share it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Room {
    guests: Arc<Guests>,
    peers: Arc<Peers>,
    unsent: Arc<Unsent>,
}

impl Room {
    /// For as many connections as `limits` say.
    pub(crate) fn new(limits: &LimitSettings) -> Self {
        let peers = Arc::new(Peers::new(limits.connections_per_peer));
        Self { guests: Guests::new(limits.connections), peers, unsent: Arc::default() }
    }
}

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
    /// HTTP/1.1 or HTTP/2, with callers.
    Either(Stack),
    /// HTTP/1.1, with operators, in the clear.
    Plain(Router),
}

/// The version of HTTP that a caller speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Version {
    /// What watches a connection on which it is spoken.
    fn conduct(self, visit: &Visit) -> Conduct {
        match self {
            Self::One => Conduct::of_heads(Arc::clone(&visit.allowance)),
            Self::Two => Conduct::new(Arc::clone(&visit.allowance)),
        }
    }
}

/// A connection over TLS, by what is spoken on it.
enum Spoken<O, T> {
    One(O),
    Two(T),
}

/// Serves until `stop` turns true, then lets the calls under way finish within a limit.
pub(crate) async fn serve(
    speech: Speech,
    listener: TcpListener,
    tls: Option<Arc<Server>>,
    (room, limits): (Room, LimitSettings),
    stop: watch::Receiver<bool>,
) {
    telemetry::expect_callers();
    let mut upkeep = JoinSet::new();
    upkeep.extend(tls.iter().map(|tls| Arc::clone(tls).keep()));
    let Room { guests, peers, unsent } = room;
    let house = House { speech, tls, limits: Arc::new(limits), unsent, stop: stop.clone() };
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
            Speech::Calls(stack) => self.calls(stack, false, stream, (visit, seat)).await,
            Speech::Either(stack) => self.calls(stack, true, stream, (visit, seat)).await,
            Speech::Plain(router) => {
                plain::converse(stream, router, &seat.guest, self.limits.patience).await;
            }
        }
    }

    /// Answers calls over HTTP/2, and over HTTP/1.1 where `has_one` says so.
    async fn calls(self, stack: Stack, has_one: bool, stream: TcpStream, (visit, seat): (Visit, Seat)) {
        let _connected = Connected::begin();
        let _ = stream.set_nodelay(true);
        let whence = Whence::of(&stream);
        let Some(tls) = &self.tls else {
            if let Some(version) = self.greeted(&seat, begins(&stream, has_one)).await {
                self.converse(stack, version, stream, (visit, seat), whence, None).await;
            }
            return;
        };
        let greeted = async {
            let (stream, certified) = tls.greet(stream).await.ok()?;
            if has_one && stream.get_ref().1.alpn_protocol() != Some(TWO) {
                return Some((Spoken::One(stream), certified));
            }
            Some((Spoken::Two(expect(stream, PREFACE).await?), certified))
        };
        match self.greeted(&seat, greeted).await {
            Some((Spoken::One(stream), certified)) => {
                self.converse(stack, Version::One, stream, (visit, seat), whence, certified).await;
            }
            Some((Spoken::Two(stream), certified)) => {
                self.converse(stack, Version::Two, stream, (visit, seat), whence, certified).await;
            }
            None => {}
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

    /// Speaks with somebody from there, who may have shown a certificate, until either ends it.
    async fn converse(
        &self,
        stack: Stack,
        version: Version,
        stream: impl AsyncRead + AsyncWrite + Send + 'static,
        (visit, seat): (Visit, Seat),
        whence: Whence,
        certified: Option<Certified>,
    ) {
        let patience = self.limits.patience;
        let conduct = version.conduct(&visit);
        let (watched, guest) = (conduct.clone(), Arc::clone(&seat.guest));
        let stream = Watched::new(Box::pin(stream), conduct.clone(), Arc::clone(&guest));
        let (tries, unsent) = (Tries::new(&conduct), Arc::clone(&self.unsent));
        let of_request = conduct.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = match version {
                Version::One => Awaited::of(request, &of_request),
                Version::Two => request.map(Body::new),
            };
            request.extensions_mut().insert(whence.clone());
            request.extensions_mut().insert(Arc::clone(&guest));
            request.extensions_mut().insert(tries.clone());
            certified.clone().map(|certified| request.extensions_mut().insert(certified));
            let (answer, watched, unsent) = (stack.answer(request), watched.clone(), Arc::clone(&unsent));
            async move { Ok::<_, Infallible>(answer.await.map(|body| Answer::new(body, watched, unsent))) }
        });
        let stream = TokioIo::new(stream);
        match version {
            Version::One => {
                self.lead(one::protocol(patience).serve_connection(stream, service), conduct, visit, seat)
                    .await;
            }
            Version::Two => {
                self.lead(protocol(patience).serve_connection(stream, service), conduct, visit, seat).await;
            }
        }
    }

    /// Leads a connection to its end.
    async fn lead(
        &self,
        connection: impl GracefulConnection<Error = hyper::Error>,
        conduct: Conduct,
        visit: Visit,
        seat: Seat,
    ) {
        let patience = self.limits.patience;
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
/// rest of a part, nothing of its own ends it. What else is said is HTTP/1.1, where that is spoken.
async fn begins(stream: &TcpStream, has_one: bool) -> Option<Version> {
    let mut said = [0; PREFACE.len()];
    loop {
        match stream.peek(&mut said).await {
            Ok(length) if length == PREFACE.len() && said == *PREFACE => return Some(Version::Two),
            Ok(length @ 1..) if length < PREFACE.len() && PREFACE.starts_with(&said[..length]) => {
                sleep(Duration::from_millis(10)).await;
            }
            Ok(1..) if has_one => return Some(Version::One),
            _ => return None,
        }
    }
}

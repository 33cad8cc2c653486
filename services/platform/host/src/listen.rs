//! The listener: our own accept loop, with a bound on everything a peer can hold open, send or leave unread.

pub(crate) mod ahead;
pub(crate) mod connections;
mod debt;
mod frames;
mod heads;
mod monitor;
mod one;
pub(crate) mod peers;
pub(crate) mod plain;
mod tries;
mod two;
pub(crate) mod unread;
pub(crate) mod unsent;
mod version;
pub(crate) mod watched;

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::Router;
use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{rt::TokioIo, server::graceful::GracefulConnection};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tonic::body::Body;

use crate::{
    LimitSettings,
    audit::refusals::PeerAddress,
    stack::Stack,
    telemetry::{self, Connected},
    tls::{Certified, Server, expect},
};
use connections::{Connections, LEAVING, Permit};
use frames::PREFACE;
pub(crate) use monitor::CloseReason;
use monitor::Monitor;
pub(crate) use one::Ambiguous;
use one::Awaited;
use peers::{AddressPermit, Peers};
pub(crate) use tries::Tries;
use unread::Unread;
use unsent::Unsent;
use version::{Spoken, Version, begins};
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

/// The connections, and the answers that wait to be sent on them, of all listeners that share it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Shared {
    connections: Arc<Connections>,
    peers: Arc<Peers>,
    unsent: Arc<Unsent>,
}

impl Shared {
    /// For as many connections as `limits` say.
    pub(crate) fn new(limits: &LimitSettings) -> Self {
        let peers = Arc::new(Peers::new(limits.connections_per_peer));
        Self { connections: Connections::new(limits.connections), peers, unsent: Arc::default() }
    }
}

/// Leave to serve a connection: one of those of its address, and one of all.
struct Admitted {
    address: AddressPermit,
    permit: Permit,
}

/// The parts that every connection is served with. Cheap to clone.
#[derive(Clone)]
struct Listener {
    protocol: Protocol,
    tls: Option<Arc<Server>>,
    limits: Arc<LimitSettings>,
    unsent: Arc<Unsent>,
    stop: watch::Receiver<bool>,
}

/// The protocol of a listener, and what answers there.
#[derive(Clone)]
pub(crate) enum Protocol {
    /// HTTP/2, with callers.
    Calls(Stack),
    /// HTTP/1.1 or HTTP/2, with callers.
    Either(Stack),
    /// HTTP/1.1, with operators, in the clear.
    Plain(Router),
}

/// Serves until `stop` turns true, then lets the calls under way finish within a limit.
pub(crate) async fn serve(
    protocol: Protocol,
    listener: TcpListener,
    tls: Option<Arc<Server>>,
    (shared, limits): (Shared, LimitSettings),
    stop: watch::Receiver<bool>,
) {
    telemetry::expect_callers();
    let mut upkeep = JoinSet::new();
    upkeep.extend(tls.iter().map(|tls| Arc::clone(tls).keep()));
    let Shared { connections, peers, unsent } = shared;
    let served = Listener { protocol, tls, limits: Arc::new(limits), unsent, stop: stop.clone() };
    let mut serving = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = told(stop.clone()) => break,
            accepted = accept(&listener, &peers, &connections) => accepted,
        };
        if let Some((stream, admitted)) = accepted {
            serving.spawn(served.clone().connection(stream, admitted));
        }
        while serving.try_join_next().is_some() {}
    }
    drop(listener);
    let drained = timeout(DRAIN, async { while serving.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(left = serving.len(), "closing connections that would not finish");
    }
}

/// Waits until `signal` turns true: the process is to stop, or a connection is to be closed.
async fn told(mut signal: watch::Receiver<bool>) {
    let _ = signal.wait_for(|told| *told).await;
}

/// Accepts the next connection that its address may open, and waits until there is a permit for it.
async fn accept(
    listener: &TcpListener,
    peers: &Arc<Peers>,
    connections: &Arc<Connections>,
) -> Option<(TcpStream, Admitted)> {
    match listener.accept().await {
        Ok((stream, address)) => {
            let Some(address) = peers.enter(address.ip()) else {
                telemetry::closed(CloseReason::TooMany);
                return None;
            };
            Some((stream, Admitted { address, permit: connections.permit().await }))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection was not accepted");
            // It fails when descriptors run out; asking again at once would only spin.
            sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

impl Listener {
    async fn connection(self, stream: TcpStream, admitted: Admitted) {
        match self.protocol.clone() {
            Protocol::Calls(stack) => self.calls(stack, false, stream, admitted).await,
            Protocol::Either(stack) => self.calls(stack, true, stream, admitted).await,
            Protocol::Plain(router) => {
                plain::converse(stream, router, &admitted.permit.connection, self.limits.timeouts).await;
            }
        }
    }

    /// Answers calls over HTTP/2, and over HTTP/1.1 where `has_one` says so.
    async fn calls(self, stack: Stack, has_one: bool, stream: TcpStream, admitted: Admitted) {
        let _connected = Connected::begin();
        let _ = stream.set_nodelay(true);
        let peer_address = PeerAddress::of(&stream);
        let Some(tls) = &self.tls else {
            if let Some(version) = self.begun(&admitted.permit, begins(&stream, has_one)).await {
                self.converse(stack, version, stream, admitted, peer_address, None).await;
            }
            return;
        };
        let beginning = async {
            let (stream, certified) = tls.greet(stream).await.ok()?;
            if has_one && stream.get_ref().1.alpn_protocol() != Some(TWO) {
                return Some((Spoken::One(stream), certified));
            }
            Some((Spoken::Two(expect(stream, PREFACE).await?), certified))
        };
        match self.begun(&admitted.permit, beginning).await {
            Some((Spoken::One(stream), certified)) => {
                self.converse(stack, Version::One, stream, admitted, peer_address, certified).await;
            }
            Some((Spoken::Two(stream), certified)) => {
                self.converse(stack, Version::Two, stream, admitted, peer_address, certified).await;
            }
            None => {}
        }
    }

    /// Waits for a handshake and the preface in the time that they may take, unless the connection has to make room meanwhile.
    async fn begun<T>(&self, permit: &Permit, beginning: impl Future<Output = Option<T>>) -> Option<T> {
        let (begun, reason) = tokio::select! {
            begun = timeout(self.limits.timeouts.preface, beginning) => (begun.ok().flatten(), CloseReason::Preface),
            () = told(permit.connection.leaves()) => (None, CloseReason::Idle),
        };
        if begun.is_none() {
            telemetry::closed(reason);
        }
        begun
    }

    /// Serves a connection, whose peer may have shown a certificate, until either side ends it.
    async fn converse(
        &self,
        stack: Stack,
        version: Version,
        stream: impl AsyncRead + AsyncWrite + Send + 'static,
        admitted: Admitted,
        peer_address: PeerAddress,
        certified: Option<Certified>,
    ) {
        let timeouts = self.limits.timeouts;
        let monitor = version.monitor(&admitted.address);
        let (watched, connection) = (monitor.clone(), Arc::clone(&admitted.permit.connection));
        let stream = Watched::new(Box::pin(stream), monitor.clone(), Arc::clone(&connection));
        let (tries, unsent) = (Tries::new(&monitor), Arc::clone(&self.unsent));
        let of_request = monitor.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let unread = Unread::default();
            let mut request = match version {
                Version::One => Awaited::of(request, &of_request),
                Version::Two => request.map(|content| Body::new(unread.of(content))),
            };
            request.extensions_mut().insert(peer_address.clone());
            request.extensions_mut().insert(Arc::clone(&connection));
            request.extensions_mut().insert(tries.clone());
            certified.clone().map(|certified| request.extensions_mut().insert(certified));
            let (answer, watched, unsent) = (stack.answer(request), watched.clone(), Arc::clone(&unsent));
            async move {
                let answer = answer.await;
                unread.end().await;
                Ok::<_, Infallible>(answer.map(|body| Answer::new(body, watched, unsent)))
            }
        });
        let stream = TokioIo::new(stream);
        match version {
            Version::One => {
                self.drive(one::protocol(timeouts).serve_connection(stream, service), monitor, admitted)
                    .await;
            }
            Version::Two => {
                self.drive(two::protocol(timeouts).serve_connection(stream, service), monitor, admitted)
                    .await;
            }
        }
    }

    /// Drives a connection to its end.
    async fn drive(
        &self,
        connection: impl GracefulConnection<Error = hyper::Error>,
        monitor: Monitor,
        Admitted { address, permit }: Admitted,
    ) {
        let timeouts = self.limits.timeouts;
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            reason = monitor.tried(timeouts) => return close(&address, reason),
            () = told(permit.connection.leaves()) => {
                telemetry::closed(CloseReason::Idle);
                if permit.connection.is_known() {
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
            let flood = || two::is_flood(&error).then_some(CloseReason::Flood);
            monitor.verdict(timeouts).or_else(flood).into_iter().for_each(|reason| close(&address, reason));
        }
    }
}

/// Counts why a connection was closed, and after a flood accepts none from that address for a while: to recognise a flood costs more
/// than to turn it away.
fn close(address: &AddressPermit, reason: CloseReason) {
    telemetry::closed(reason);
    if reason == CloseReason::Flood {
        address.shut_out();
    }
}

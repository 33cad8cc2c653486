//! Somebody who watches a journal and resumes wherever it can be resumed, as long as they like.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use getmodern::client::Actor;
use host::{PERSON_HEADER, ROLE_HEADER};
use proto::common::v1::{WatchEventsRequest, WatchEventsResponse, watch_events_request::Start};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};
use tonic::{
    Request, Status, Streaming,
    client::Grpc,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;

use crate::tally::Fate;

/// What a watcher saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Each revision with its resource and what happened to it, as it came.
    pub(crate) events: Vec<(i64, String, String)>,
    /// How often the watch ended, by the kind of its last word.
    pub(crate) ends: Vec<Fate>,
}

const OPERATOR: Actor = tests::actor("people/operator", "OPERATOR");

/// Somebody who watches.
pub(crate) struct Watcher {
    enough: Arc<AtomicBool>,
    work: JoinHandle<Seen>,
}

impl Watcher {
    /// Watches `service` from its beginning at one of these addresses after the other.
    pub(crate) fn start(addresses: Vec<SocketAddr>, service: String) -> Self {
        let enough = Arc::<AtomicBool>::default();
        let told = Arc::clone(&enough);
        let work = tokio::spawn(async move {
            let mut seen = Seen::default();
            for address in addresses.iter().cycle() {
                if told.load(SeqCst) {
                    break;
                }
                match follow(*address, &service, &mut seen, &told).await {
                    Ok(()) => break,
                    Err(status) => seen.ends.push(Fate::of::<()>(&Err(status))),
                }
                sleep(Duration::from_millis(20)).await;
            }
            seen
        });
        Self { enough, work }
    }

    /// What was seen, once nothing comes any more.
    pub(crate) async fn stop(self) -> Seen {
        self.enough.store(true, SeqCst);
        self.work.await.expect("it watched")
    }
}

/// Watches at one address until that ends; well when it was enough and nothing more came.
async fn follow(
    address: SocketAddr,
    service: &str,
    seen: &mut Seen,
    enough: &AtomicBool,
) -> Result<(), Status> {
    let after = seen.events.last().map_or(0, |last| last.0);
    let mut stream = watch(address, service, after).await?;
    loop {
        match timeout(Duration::from_millis(500), stream.message()).await {
            Err(_) if enough.load(SeqCst) => return Ok(()),
            Err(_) => {}
            Ok(message) => {
                let message = message?.ok_or_else(|| Status::data_loss("a watch does not end well"))?;
                let event = |event: proto::common::v1::Event| (event.revision, event.resource, event.kind);
                seen.events.extend(message.events.into_iter().map(event));
            }
        }
    }
}

/// Starts a watch of `service` after a revision.
pub(crate) async fn watch(
    address: SocketAddr,
    service: &str,
    after: i64,
) -> Result<Streaming<WatchEventsResponse>, Status> {
    let message = WatchEventsRequest { start: Some(Start::AfterRevision(after)), resource: String::new() };
    watch_as(address, service, OPERATOR, message).await
}

/// Starts the watch that somebody asks for.
pub(crate) async fn watch_as(
    address: SocketAddr,
    service: &str,
    who: Actor,
    message: WatchEventsRequest,
) -> Result<Streaming<WatchEventsResponse>, Status> {
    let path = format!("/{service}/WatchEvents").parse().expect("a path");
    let codec = ProstCodec::<WatchEventsRequest, WatchEventsResponse>::default();
    Ok(dial(address).await?.server_streaming(signed(who, message), path, codec).await?.into_inner())
}

/// A connection for one call.
pub(crate) async fn dial(address: SocketAddr) -> Result<Grpc<Channel>, Status> {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
    let channel = endpoint.connect().await.map_err(|error| Status::from_error(error.into()))?;
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
    Ok(grpc)
}

/// A request of somebody.
pub(crate) fn signed<M>(who: Actor, message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(PERSON_HEADER, who.person.parse().expect("ASCII"));
    request.metadata_mut().insert(ROLE_HEADER, who.role.parse().expect("ASCII"));
    request
}

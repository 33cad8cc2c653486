//! The way to another service: the same gRPC that everybody uses, with the service's own identity.

use std::{error::Error, sync::Arc, time::Duration};

use http::{Uri, uri::Scheme};
use kernel::Time;
use proto::common::v1::{
    ListEventsRequest, ListEventsResponse, WatchEventsRequest, WatchEventsResponse,
    watch_events_request::Start,
};
use tonic::{Request, Status, Streaming, client::Grpc, transport::Endpoint};
use tonic_prost::ProstCodec;

use crate::{causes, identity::Credential, telemetry::Traced, tls::Dial};

/// How long a peer may take to answer a question.
const DEADLINE: Duration = Duration::from_secs(5);
/// How long a connection may be silent before the peer is asked whether it is still there, and may take to say so.
const SILENCE: Duration = Duration::from_secs(5);

/// Another service, called as this one. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Peer {
    channel: Traced,
    credential: Credential,
    /// Where it is, and how it speaks there.
    place: Arc<str>,
}

impl Peer {
    /// The service at `address`, called by whom `credential` shows; it connects when it is first used, and again whenever
    /// it has to.
    pub(crate) fn new(credential: Credential, address: &Uri, dial: &Dial) -> Self {
        let endpoint = Endpoint::from(dialled(address))
            .origin(address.clone())
            .connect_timeout(DEADLINE)
            .tcp_nodelay(true)
            // A peer whose machine is gone says nothing more, not even that it closes.
            .http2_keep_alive_interval(SILENCE)
            .keep_alive_timeout(SILENCE)
            .keep_alive_while_idle(true);
        let place = format!("{address} ({})", dial.words()).into();
        Self { channel: Traced::new(dial.channel(&endpoint), address), credential, place }
    }

    /// Where it is, and how it is spoken to there.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The same status; one that is no answer says where there was none, and what broke.
    fn placed(&self, status: Status) -> Status {
        let Some(cause) = status.source() else { return status };
        let text = format!("nobody answers as expected at {}: {}", self.place, causes(cause));
        let mut placed = Status::new(status.code(), text);
        placed.set_source(Arc::new(status));
        placed
    }

    /// The channel, for a generated client; its calls are traced.
    #[must_use]
    pub fn channel(&self) -> Traced {
        self.channel.clone()
    }

    /// A request in the service's own name, with a deadline.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the service has nothing to show who it is.
    pub fn request<M>(&self, message: M) -> Result<Request<M>, Status> {
        let mut request = self.named(message)?;
        request.set_timeout(DEADLINE);
        Ok(request)
    }

    /// A request in the service's own name, without a deadline.
    fn named<M>(&self, message: M) -> Result<Request<M>, Status> {
        let mut request = Request::new(message);
        self.credential.add(request.metadata_mut())?;
        Ok(request)
    }

    /// The newest revision of the journal of the service called `grpc_name` on the wire.
    pub(crate) async fn head(&self, grpc_name: &str) -> Result<i64, Status> {
        Ok(self.events_after(grpc_name, 0, 1).await?.head_revision)
    }

    /// When the event after this revision happened; none when there is none.
    pub(crate) async fn time_after(&self, grpc_name: &str, revision: i64) -> Result<Option<Time>, Status> {
        let events = self.events_after(grpc_name, revision, 1).await?.events;
        let stamp = events.first().and_then(|event| event.stamp.as_ref());
        Ok(stamp.and_then(|stamp| proto::from_wire(stamp.time?)))
    }

    /// The first events after this revision, `page_size` at most.
    pub(crate) async fn events_after(
        &self,
        grpc_name: &str,
        revision: i64,
        page_size: i32,
    ) -> Result<ListEventsResponse, Status> {
        let path = format!("/{grpc_name}/ListEvents").parse().map_err(|_| Status::internal("path"))?;
        let mut grpc = Grpc::new(self.channel.channel.clone());
        grpc.ready().await.map_err(|error| self.placed(broken(error)))?;
        let message =
            ListEventsRequest { page_size, after_revision: revision, ..ListEventsRequest::default() };
        let codec = ProstCodec::<ListEventsRequest, ListEventsResponse>::default();
        let answer = grpc.unary(self.request(message)?, path, codec).await;
        Ok(answer.map_err(|status| self.placed(status))?.into_inner())
    }

    /// Watches the journal of the service called `grpc_name` on the wire.
    pub(crate) async fn watch(
        &self,
        grpc_name: &str,
        start: Start,
    ) -> Result<Streaming<WatchEventsResponse>, Status> {
        let path = format!("/{grpc_name}/WatchEvents").parse().map_err(|_| Status::internal("path"))?;
        let mut grpc = Grpc::new(self.channel.channel.clone());
        grpc.ready().await.map_err(|error| self.placed(broken(error)))?;
        let message = WatchEventsRequest { start: Some(start), resource: String::new() };
        let codec = ProstCodec::<WatchEventsRequest, WatchEventsResponse>::default();
        let answer = grpc.server_streaming(self.named(message)?, path, codec).await;
        Ok(answer.map_err(|status| self.placed(status))?.into_inner())
    }
}

/// The status of a call that did not get away.
fn broken(error: impl Error + Send + Sync + 'static) -> Status {
    let mut status = Status::unavailable(error.to_string());
    status.set_source(Arc::new(error));
    status
}

/// Where to dial, without the word for TLS: which TLS is `dial`'s to know, and tonic refuses any but its own.
fn dialled(address: &Uri) -> Uri {
    let mut parts = address.clone().into_parts();
    parts.scheme = parts.scheme.map(|_| Scheme::HTTP);
    Uri::from_parts(parts).unwrap_or_else(|_| address.clone())
}

//! The ways to a process: several connections, and messages as bytes, so that callers spend little on what they are answered.

use std::{net::SocketAddr, time::Duration};

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder, Streaming},
    metadata::AsciiMetadataValue,
    transport::{Channel, Endpoint},
};

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) path: PathAndQuery,
    /// Who calls, as the product is shown it.
    pub(crate) bearer: AsciiMetadataValue,
    pub(crate) body: Bytes,
}

/// Several connections to one process, or to several.
#[derive(Debug, Clone)]
pub(crate) struct Lines(Vec<Channel>);

impl Lines {
    /// So many to `address`, which connect when they are used.
    pub(crate) fn to(address: SocketAddr, count: usize) -> Self {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
        let endpoint = endpoint.tcp_nodelay(true).connect_timeout(Duration::from_secs(20));
        Self((0..count).map(|_| endpoint.connect_lazy()).collect())
    }

    /// Those of all of these.
    pub(crate) fn among(all: impl IntoIterator<Item = Self>) -> Self {
        Self(all.into_iter().flat_map(|lines| lines.0).collect())
    }

    /// The line of a caller, by their number: callers share lines evenly.
    pub(crate) fn of(&self, caller: usize) -> Line {
        Line(self.0[caller % self.0.len()].clone())
    }
}

/// One connection.
#[derive(Debug, Clone)]
pub(crate) struct Line(Channel);

impl Line {
    pub(crate) async fn call(&self, ask: Ask) -> Result<Bytes, Status> {
        let (mut grpc, path, request) = self.ready(ask).await?;
        Ok(grpc.unary(request, path, Plain).await?.into_inner())
    }

    pub(crate) async fn watch(&self, ask: Ask) -> Result<Streaming<Bytes>, Status> {
        let (mut grpc, path, request) = self.ready(ask).await?;
        Ok(grpc.server_streaming(request, path, Plain).await?.into_inner())
    }

    async fn ready(&self, ask: Ask) -> Result<(Grpc<Channel>, PathAndQuery, Request<Bytes>), Status> {
        let mut grpc = Grpc::new(self.0.clone());
        let mut request = Request::new(ask.body);
        request.metadata_mut().insert("authorization", ask.bearer);
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        Ok((grpc, ask.path, request))
    }
}

/// Messages as they are on the wire.
#[derive(Debug, Clone, Copy)]
struct Plain;

impl Codec for Plain {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

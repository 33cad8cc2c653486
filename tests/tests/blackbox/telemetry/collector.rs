//! A collector of traces, as the product's spans reach it over OTLP.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::{Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    resource::v1::Resource,
    trace::v1::{Span, span::SpanKind},
};
use prost::Message;
use tokio::net::TcpListener;
use tonic::{
    Request, Response as Reply, Status, async_trait,
    transport::{Server, server::TcpIncoming},
};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// How long spans may take to arrive on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything that was received.
#[derive(Clone, Default)]
pub(crate) struct Collector(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

impl Collector {
    /// One that is spoken to over gRPC, and its address.
    pub(crate) fn over_grpc() -> (Self, String) {
        Self::at(ANY)
    }

    /// One that is spoken to over gRPC at this address.
    pub(super) fn at(address: SocketAddr) -> (Self, String) {
        let collector = Self::default();
        let incoming = TcpIncoming::bind(address).expect("a port");
        let address = incoming.local_addr().expect("an address");
        let service = TraceServiceServer::new(collector.clone());
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(incoming));
        (collector, format!("http://{address}"))
    }

    /// One that is spoken to over HTTP, and its address.
    pub(super) async fn over_http() -> (Self, String) {
        let collector = Self::default();
        let listener = TcpListener::bind(ANY).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let served = collector.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let collector = served.clone();
                let answer = service_fn(move |request| collector.clone().receive(request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        (collector, format!("http://{address}"))
    }

    async fn receive(
        self,
        request: hyper::Request<Incoming>,
    ) -> Result<Response<Full<bytes::Bytes>>, hyper::Error> {
        assert_eq!(request.uri().path(), "/v1/traces");
        let body = request.into_body().collect().await?.to_bytes();
        self.keep(ExportTraceServiceRequest::decode(body).expect("it reads"));
        Ok(Response::new(Full::default()))
    }

    fn keep(&self, request: ExportTraceServiceRequest) {
        self.0.lock().expect("unharmed").push(request);
    }

    /// All of it as text, resources included.
    pub(super) fn text(&self) -> String {
        format!("{:?}", self.0.lock().expect("unharmed"))
    }

    /// The spans received so far.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let requests = self.0.lock().expect("unharmed");
        let resources = requests.iter().flat_map(|request| &request.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| &scope.spans).cloned().collect()
    }

    /// The span that `wanted` is true of, once it has come.
    pub(crate) async fn find(&self, what: &str, wanted: impl Fn(&Span) -> bool) -> Span {
        let begun = Instant::now();
        loop {
            if let Some(span) = self.spans().iter().find(|span| wanted(span)) {
                return span.clone();
            }
            assert!(begun.elapsed() < PATIENCE, "{what}: {:#?}", self.names());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What they were told by.
    pub(crate) fn resources(&self) -> Vec<Resource> {
        let requests = self.0.lock().expect("unharmed");
        let resources = requests.iter().flat_map(|request| &request.resource_spans);
        resources.filter_map(|resource| resource.resource.clone()).collect()
    }

    fn names(&self) -> Vec<(SpanKind, String)> {
        self.spans().into_iter().map(|span| (span.kind(), span.name)).collect()
    }
}

#[async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Reply<ExportTraceServiceResponse>, Status> {
        self.keep(request.into_inner());
        Ok(Reply::new(ExportTraceServiceResponse::default()))
    }
}

/// What a span says of itself under this name; empty when nothing.
pub(crate) fn attribute(span: &Span, name: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|attribute| attribute.value.as_ref()?.value.clone()) {
        None => String::new(),
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
    }
}

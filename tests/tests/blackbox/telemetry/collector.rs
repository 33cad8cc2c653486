//! A collector, as what the product tells reaches it over OTLP.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::{Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::{
            ExportLogsServiceRequest, ExportLogsServiceResponse,
            logs_service_server::{LogsService, LogsServiceServer},
        },
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{KeyValue, any_value::Value},
    logs::v1::LogRecord,
    metrics::v1::Metric,
    resource::v1::Resource,
    trace::v1::{Span, span::SpanKind},
};
use prost::Message;
use serde::de::DeserializeOwned;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tonic::{
    Request, Response as Reply, Status, async_trait,
    transport::{Identity, Server, ServerTlsConfig, server::TcpIncoming},
};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// How long spans may take to arrive on a busy machine.
const PATIENCE: Duration = tests::PATIENCE;

/// Everything that was received.
#[derive(Clone, Default)]
pub(crate) struct Collector(Arc<Mutex<Got>>);

#[derive(Debug, Default)]
struct Got {
    traces: Vec<ExportTraceServiceRequest>,
    metrics: Vec<ExportMetricsServiceRequest>,
    logs: Vec<ExportLogsServiceRequest>,
    refuses: Option<&'static str>,
}

impl Collector {
    /// One that is spoken to over gRPC, and its address.
    pub(crate) fn over_grpc() -> (Self, String) {
        Self::at(ANY)
    }

    /// One that is spoken to over gRPC at this address.
    pub(super) fn at(address: SocketAddr) -> (Self, String) {
        let (collector, address) = Self::within(address, None);
        (collector, format!("http://{address}"))
    }

    /// One at this address that is spoken to over gRPC, as whom `identity` names.
    pub(super) fn within(address: SocketAddr, identity: Option<Identity>) -> (Self, SocketAddr) {
        let collector = Self::default();
        let incoming = TcpIncoming::bind(address).expect("a port");
        let address = incoming.local_addr().expect("an address");
        let mut server = Server::builder();
        if let Some(identity) = identity {
            server = server.tls_config(ServerTlsConfig::new().identity(identity)).expect("an identity");
        }
        let router = server
            .add_service(TraceServiceServer::new(collector.clone()))
            .add_service(MetricsServiceServer::new(collector.clone()))
            .add_service(LogsServiceServer::new(collector.clone()));
        tokio::spawn(router.serve_with_incoming(incoming));
        (collector, address)
    }

    /// One that is spoken to over HTTP, and its address.
    pub(crate) async fn over_http() -> (Self, String) {
        let (collector, address) = Self::over_https(None).await;
        (collector, format!("http://{address}"))
    }

    /// One that is spoken to over HTTP, within TLS if it has some.
    pub(super) async fn over_https(tls: Option<TlsAcceptor>) -> (Self, SocketAddr) {
        let collector = Self::default();
        let listener = TcpListener::bind(ANY).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let served = collector.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(served.clone().serve(stream, tls.clone()));
            }
        });
        (collector, address)
    }

    async fn serve(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let answer = service_fn(move |request| self.clone().receive(request));
        let served = http1::Builder::new();
        match tls {
            None => drop(served.serve_connection(TokioIo::new(stream), answer).await),
            Some(tls) => {
                let Ok(stream) = tls.accept(stream).await else { return };
                drop(served.serve_connection(TokioIo::new(stream), answer).await);
            }
        }
    }

    async fn receive(
        self,
        request: hyper::Request<Incoming>,
    ) -> Result<Response<Full<bytes::Bytes>>, hyper::Error> {
        let path = request.uri().path().to_owned();
        let is_json = request.headers().get("content-type").is_some_and(|kind| kind == "application/json");
        let body = request.into_body().collect().await?.to_bytes();
        let mut got = self.0.lock().expect("unharmed");
        let refused = got.refuses.is_some_and(|name| has(&body, name));
        match &*path {
            "/v1/traces" if refused => {
                return Ok(Response::builder().status(400).body(Full::default()).expect("an answer"));
            }
            "/v1/traces" => got.traces.push(read(&body, is_json)),
            "/v1/metrics" => got.metrics.push(read(&body, is_json)),
            "/v1/logs" => got.logs.push(read(&body, is_json)),
            other => panic!("nothing is sent to {other}"),
        }
        Ok(Response::new(Full::default()))
    }

    /// From here on it refuses, over HTTP, whatever holds a span of this name.
    pub(super) fn refuse(&self, name: &'static str) {
        self.0.lock().expect("unharmed").refuses = Some(name);
    }

    /// All of it as text, resources included.
    pub(crate) fn text(&self) -> String {
        format!("{:?}", self.0.lock().expect("unharmed"))
    }

    /// The spans received so far.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let got = self.0.lock().expect("unharmed");
        let resources = got.traces.iter().flat_map(|request| &request.resource_spans);
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
        let got = self.0.lock().expect("unharmed");
        let spans = got.traces.iter().flat_map(|request| &request.resource_spans).map(|it| &it.resource);
        let metrics = got.metrics.iter().flat_map(|request| &request.resource_metrics).map(|it| &it.resource);
        let logs = got.logs.iter().flat_map(|request| &request.resource_logs).map(|it| &it.resource);
        spans.chain(metrics).chain(logs).flatten().cloned().collect()
    }

    /// The metrics received so far; the same one again with every collection.
    pub(crate) fn metrics(&self) -> Vec<Metric> {
        let got = self.0.lock().expect("unharmed");
        let resources = got.metrics.iter().flat_map(|request| &request.resource_metrics);
        let scopes = resources.flat_map(|resource| &resource.scope_metrics);
        scopes.flat_map(|scope| &scope.metrics).cloned().collect()
    }

    /// The log records received so far.
    pub(crate) fn logs(&self) -> Vec<LogRecord> {
        let got = self.0.lock().expect("unharmed");
        let resources = got.logs.iter().flat_map(|request| &request.resource_logs);
        let scopes = resources.flat_map(|resource| &resource.scope_logs);
        scopes.flat_map(|scope| &scope.log_records).cloned().collect()
    }

    /// What `wanted` finds, once it does.
    pub(crate) async fn await_that<T>(&self, what: &str, wanted: impl Fn(&Self) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = wanted(self) {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "{what}: {}", self.text());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn names(&self) -> Vec<(SpanKind, String)> {
        self.spans().into_iter().map(|span| (span.kind(), span.name)).collect()
    }
}

/// Whether a body holds this text; it is not compressed.
fn has(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|window| window == text.as_bytes())
}

/// What a body says.
fn read<M: Message + Default + DeserializeOwned>(body: &[u8], is_json: bool) -> M {
    if is_json { serde_json::from_slice(body).expect("it reads") } else { M::decode(body).expect("it reads") }
}

macro_rules! received {
    ($($service:ident($request:ty) -> $reply:ty as $kind:ident;)*) => {$(
        #[async_trait]
        impl $service for Collector {
            async fn export(&self, request: Request<$request>) -> Result<Reply<$reply>, Status> {
                self.0.lock().expect("unharmed").$kind.push(request.into_inner());
                Ok(Reply::new(<$reply>::default()))
            }
        }
    )*};
}

received! {
    TraceService(ExportTraceServiceRequest) -> ExportTraceServiceResponse as traces;
    MetricsService(ExportMetricsServiceRequest) -> ExportMetricsServiceResponse as metrics;
    LogsService(ExportLogsServiceRequest) -> ExportLogsServiceResponse as logs;
}

/// What a span says of itself under this name; empty when nothing.
pub(crate) fn attribute(span: &Span, name: &str) -> String {
    told(&span.attributes, name)
}

/// What is told under this name; empty when nothing.
pub(crate) fn told(attributes: &[KeyValue], name: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|attribute| attribute.value.as_ref()?.value.clone()) {
        None => String::new(),
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
    }
}

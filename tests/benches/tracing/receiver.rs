//! A receiver of spans that does nothing with them until all is over, so that it takes next to nothing from the machine.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, trace::v1::span::SpanKind,
};
use prost::Message;
use tokio::net::TcpListener;

/// What came, as it came.
#[derive(Clone)]
pub(crate) struct Receiver {
    bodies: Arc<Mutex<Vec<Bytes>>>,
    address: String,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let receiver = Self { bodies: Arc::default(), address };
        let served = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let receiver = served.clone();
                let answer = service_fn(move |request| receiver.clone().receive(request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        receiver
    }

    async fn receive(self, request: hyper::Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let body = request.into_body().collect().await?.to_bytes();
        self.bodies.lock().expect("unharmed").push(body);
        Ok(Response::new(Full::default()))
    }

    /// What makes a process send its spans here, all of them, and nothing else.
    pub(crate) fn variables(&self) -> Vec<(&str, &str)> {
        vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &self.address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "262144"),
        ]
    }

    /// The figures are about what they say: so many calls were traced as should have been.
    pub(crate) fn check(&self, made @ [_, hundredth, every]: [usize; 3]) {
        let bodies = self.bodies.lock().expect("unharmed");
        let requests =
            bodies.iter().map(|body| ExportTraceServiceRequest::decode(body.clone()).expect("it reads"));
        let spans: Vec<_> = requests
            .flat_map(|request| request.resource_spans)
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
            .collect();
        let calls = spans
            .iter()
            .filter(|span| span.kind() == SpanKind::Server && span.name.ends_with("Case"))
            .count();
        println!("{made:?} calls, {calls} of them received as traced, {} spans in all", spans.len());
        let least = every + hundredth / 200;
        // The demo opened some cases too.
        let most = every + hundredth / 50 + 20;
        assert!((least..=most).contains(&calls), "{calls} traced, not between {least} and {most}");
    }
}

//! Sending spans to a collector, as the standard `OTEL_*` variables say: off unless one of them names an endpoint.
//!
//! Spans wait in a queue of bounded length; a thread of its own takes them away in batches. What does not fit is dropped,
//! so that a collector that is dead or hangs costs nothing.

use std::{env, time::Duration};

use opentelemetry::global;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, hyper::HyperClient};
use opentelemetry_otlp::{
    ExporterBuildError, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, SpanExporter, WithHttpConfig,
};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracerProvider, SpanExporter as _},
};
use tokio::{runtime::Handle, task::spawn_blocking};
use tonic::async_trait;

/// How long the last spans may take to be sent when the process stops.
const FLUSH: Duration = Duration::from_secs(3);
/// How long a collector may take to answer over HTTP, whatever `OTEL_EXPORTER_OTLP_TIMEOUT` says.
const ANSWER: Duration = Duration::from_secs(10);

/// The sending of spans, while it is under way.
#[derive(Debug)]
pub(crate) struct Export(Option<SdkTracerProvider>);

impl Export {
    /// Begins to send the spans of the process called `name`, if there is where to.
    pub(crate) fn begin(name: &str) -> Result<Self, ExporterBuildError> {
        if !is_wanted(|variable| env::var(variable).ok()) {
            return Ok(Self(None));
        }
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter()?).with_resource(resource(name));
        let provider = provider.build();
        global::set_tracer_provider(provider.clone());
        Ok(Self(Some(provider)))
    }

    /// Sends what is left, within a limit. On a thread of its own, because sending needs this one.
    pub(crate) async fn end(self) {
        let Some(provider) = self.0 else { return };
        let ended = spawn_blocking(move || provider.shutdown_with_timeout(FLUSH)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last spans were not sent");
        }
    }
}

/// What sends the spans of the process called `name` without a queue, for who waits for the collector's answer; none
/// where nothing is sent.
pub(crate) fn spans(name: &str) -> Result<Option<SpanExporter>, ExporterBuildError> {
    if !is_wanted(|variable| env::var(variable).ok()) {
        return Ok(None);
    }
    let mut exporter = exporter()?;
    exporter.set_resource(&resource(name));
    Ok(Some(exporter))
}

/// Who sends.
fn resource(name: &str) -> Resource {
    let mut resource = Resource::builder();
    if env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name(name.to_owned());
    }
    resource.build()
}

/// Whether the variables name a collector and nothing switches it off.
fn is_wanted(variable: impl Fn(&str) -> Option<String>) -> bool {
    let given = |name| variable(name).filter(|value| !value.is_empty());
    let is = |name, word| given(name).is_some_and(|value| value.eq_ignore_ascii_case(word));
    let endpoint = given(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT).or_else(|| given(OTEL_EXPORTER_OTLP_ENDPOINT));
    endpoint.is_some() && !is("OTEL_SDK_DISABLED", "true") && !is("OTEL_TRACES_EXPORTER", "none")
}

fn exporter() -> Result<SpanExporter, ExporterBuildError> {
    let protocol =
        env::var(OTEL_EXPORTER_OTLP_TRACES_PROTOCOL).or_else(|_| env::var(OTEL_EXPORTER_OTLP_PROTOCOL));
    if protocol.is_ok_and(|protocol| protocol == "grpc") {
        return SpanExporter::builder().with_tonic().build();
    }
    let client =
        Client { inner: HyperClient::with_default_connector(ANSWER, None), runtime: Handle::current() };
    SpanExporter::builder().with_http().with_http_client(client).build()
}

/// Sends over HTTP from the process's own runtime: the thread that exports has none.
#[derive(Debug)]
struct Client {
    inner: HyperClient,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.inner.clone();
        self.runtime.spawn(async move { client.send_bytes(request).await }).await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_unless_an_endpoint_is_named_and_nothing_switches_it_off() {
        let wanted = |given: &[(&str, &str)]| {
            is_wanted(|name| given.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        let all = (OTEL_EXPORTER_OTLP_ENDPOINT, "http://127.0.0.1:4317");
        assert!(!wanted(&[]) && !wanted(&[(OTEL_EXPORTER_OTLP_ENDPOINT, "")]));
        assert!(wanted(&[all]) && wanted(&[(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, all.1)]));
        assert!(!wanted(&[all, ("OTEL_SDK_DISABLED", "true")]));
        assert!(!wanted(&[all, ("OTEL_TRACES_EXPORTER", "none")]));
        assert!(wanted(&[all, ("OTEL_TRACES_EXPORTER", "otlp")]));
    }
}

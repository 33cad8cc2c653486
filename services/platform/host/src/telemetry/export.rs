//! Sending traces, metrics and logs to a collector, as the standard `OTEL_*` variables say: off unless one of them does.
//!
//! Spans and log records wait in queues of bounded length; threads of their own take them away in batches. What does not
//! fit is dropped and counted, so that a collector that is dead or hangs costs nothing.

use std::{sync::LazyLock, time::Duration};

use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::{
    Resource, logs,
    logs::{BatchLogProcessor, SdkLoggerProvider},
    resource::TelemetryResourceDetector,
    trace,
    trace::{BatchSpanProcessor, SdkTracerProvider, SpanExporter as _},
};
use opentelemetry_semantic_conventions::{
    SCHEMA_URL,
    attribute::{SERVICE_INSTANCE_ID, SERVICE_NAME},
};
use tokio::{join, sync::watch, task::spawn_blocking, time::Instant};

use super::{
    Resident, attributes,
    linked::Linked,
    misread,
    outlet::{Gate, Outlet, Queue},
    pulse::{Pulse, Reader},
    sent,
    signal::{Signal, variable},
    wire,
};
use crate::{StartError, clock};

/// How long the last telemetry may take to be sent when the process stops, all of it together.
const FLUSH: Duration = Duration::from_secs(3);
/// How much of that is left for those who sent to notice that it is over.
const MARGIN: Duration = Duration::from_millis(500);
/// How many spans, and how many log records, may wait unless a variable says otherwise.
const ROOM: usize = 2048;
/// What this process is told apart by from all others, whichever way it tells.
static INSTANCE: LazyLock<String> = LazyLock::new(|| clock::new_id().to_string());

/// The sending of telemetry, while it is under way.
#[derive(Debug)]
pub(crate) struct Export {
    end: watch::Sender<Option<Instant>>,
    traces: Option<SdkTracerProvider>,
    logs: Option<SdkLoggerProvider>,
    numbers: Option<(Reader, Outlet<MetricExporter>)>,
    pulse: Option<Pulse>,
    resource: Resource,
}

impl Export {
    /// Begins to send the telemetry of the process called `name`, if there is where to. Its numbers are kept by whom it
    /// gives a reader to, and sent once there are services to count.
    pub(crate) fn begin(name: &str) -> Result<Self, StartError> {
        let (end, _) = watch::channel(None);
        let mut this =
            Self { end, traces: None, logs: None, numbers: None, pulse: None, resource: resource(name) };
        if Signal::Metrics.is_wanted(variable) {
            this.numbers = Some(this.numbers()?);
        }
        Ok(this)
    }

    /// Begins to send what needs nobody to count it; once numbers are kept.
    pub(crate) fn open(&mut self) -> Result<(), StartError> {
        if Signal::Traces.is_wanted(variable) {
            let provider = self.traces()?;
            global::set_tracer_provider(provider.clone());
            self.traces = Some(provider);
        }
        if Signal::Logs.is_wanted(variable) {
            let provider = self.logs()?;
            sent::begin(&provider);
            self.logs = Some(provider);
        }
        Ok(())
    }

    /// Who tells.
    pub(super) fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Who reads the numbers to be sent, if they are.
    pub(super) fn reader(&self) -> Option<Reader> {
        self.numbers.as_ref().map(|(reader, _)| reader.clone())
    }

    /// Begins to send the numbers of the process that runs these.
    pub(crate) fn count(&mut self, services: &[Resident]) {
        if let Some((reader, outlet)) = self.numbers.take() {
            outlet.gate.open();
            self.pulse = Some(Pulse::begin(reader, outlet, services.to_vec()));
        }
    }

    fn numbers(&self) -> Result<(Reader, Outlet<MetricExporter>), StartError> {
        let exporter = wire::metrics()?;
        let gate = Gate::new(Signal::Metrics, 0, self.end.subscribe());
        Ok((Reader::of(&exporter), Outlet { exporter, gate }))
    }

    fn traces(&self) -> Result<SdkTracerProvider, StartError> {
        let room = room("OTEL_BSP_MAX_QUEUE_SIZE");
        let gate = Gate::new(Signal::Traces, room, self.end.subscribe());
        gate.open();
        let outlet = Outlet { exporter: wire::spans()?, gate: gate.clone() };
        let batches = trace::BatchConfigBuilder::default().with_max_queue_size(room).build();
        let inner = BatchSpanProcessor::builder(outlet).with_batch_config(batches).build();
        let provider = SdkTracerProvider::builder().with_resource(self.resource.clone());
        Ok(provider.with_sampler(Linked::told()).with_span_processor(Queue { inner, gate }).build())
    }

    fn logs(&self) -> Result<SdkLoggerProvider, StartError> {
        let room = room("OTEL_BLRP_MAX_QUEUE_SIZE");
        let gate = Gate::new(Signal::Logs, room, self.end.subscribe());
        gate.open();
        let outlet = Outlet { exporter: wire::logs()?, gate: gate.clone() };
        let batches = logs::BatchConfigBuilder::default().with_max_queue_size(room).build();
        let inner = BatchLogProcessor::builder(outlet).with_batch_config(batches).build();
        let provider = SdkLoggerProvider::builder().with_resource(self.resource.clone());
        Ok(provider.with_log_processor(Queue { inner, gate }).build())
    }

    /// Sends what is left, all of it within one limit. On threads of their own, because sending needs this one.
    pub(crate) async fn end(self) {
        let _ = self.end.send(Some(Instant::now() + FLUSH.saturating_sub(MARGIN)));
        let traces = async {
            let Some(provider) = self.traces else { return };
            let _ = spawn_blocking(move || provider.shutdown_with_timeout(FLUSH)).await;
        };
        let logs = async {
            let Some(provider) = self.logs else { return };
            let _ = spawn_blocking(move || provider.shutdown_with_timeout(FLUSH)).await;
        };
        let numbers = async {
            if let Some(pulse) = self.pulse {
                pulse.end().await;
            }
        };
        join!(traces, logs, numbers);
    }
}

/// Refuses variables by which nothing could be sent, and warns of those that are passed over.
pub(crate) fn check() -> Result<(), StartError> {
    misread::warn();
    if Signal::Traces.is_wanted(variable) {
        wire::spans()?;
    }
    if Signal::Metrics.is_wanted(variable) {
        wire::metrics()?;
    }
    if Signal::Logs.is_wanted(variable) {
        wire::logs()?;
    }
    Ok(())
}

/// What sends the spans of the process called `name` without a queue, for who waits for the collector's answer; none
/// where nothing is sent.
pub(crate) fn spans(name: &str) -> Result<Option<SpanExporter>, StartError> {
    if !Signal::Traces.is_wanted(variable) {
        return Ok(None);
    }
    let mut exporter = wire::spans()?;
    exporter.set_resource(&resource(name));
    Ok(Some(exporter))
}

/// Who tells: what the variables say; the binary and an identity of its own where they do not.
fn resource(name: &str) -> Resource {
    let own =
        [KeyValue::new(SERVICE_NAME, name.to_owned()), KeyValue::new(SERVICE_INSTANCE_ID, INSTANCE.clone())];
    // Of two attributes of one name the later counts.
    let resource = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(own)
        .with_attributes(attributes::told(variable));
    resource.with_schema_url([], SCHEMA_URL).build()
}

fn room(name: &str) -> usize {
    variable(name).and_then(|text| text.parse().ok()).filter(|room| *room > 0).unwrap_or(ROOM)
}

//! Sending the numbers at intervals, each time counted anew before.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use opentelemetry_otlp::MetricExporter;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        InstrumentKind, ManualReader, Pipeline, Temporality, data::ResourceMetrics,
        exporter::PushMetricExporter, reader::MetricReader,
    },
};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use super::{Resident, census, outlet::Outlet, signal::variable};

/// How often they are sent, unless `OTEL_METRIC_EXPORT_INTERVAL` says otherwise.
const INTERVAL: Duration = Duration::from_mins(1);

/// Reads the numbers when it is told to.
#[derive(Debug, Clone)]
pub(super) struct Reader(Arc<ManualReader>);

impl Reader {
    /// One that reads for `exporter`.
    pub(super) fn of(exporter: &MetricExporter) -> Self {
        Self(Arc::new(ManualReader::builder().with_temporality(exporter.temporality()).build()))
    }
}

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, all: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(all)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

/// The sending of numbers, until it is ended.
#[derive(Debug)]
pub(super) struct Pulse {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Pulse {
    /// Begins to send what `reader` reads of the process that runs these.
    pub(super) fn begin(reader: Reader, outlet: Outlet<MetricExporter>, services: Vec<Resident>) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let told = variable("OTEL_METRIC_EXPORT_INTERVAL").and_then(|text| text.parse().ok());
        let interval = told.filter(|told| *told > 0).map_or(INTERVAL, Duration::from_millis);
        let task = async move {
            while timeout(interval, &mut stopped).await.is_err() {
                census::take(&services).await;
                send(&reader, &outlet).await;
            }
            send(&reader, &outlet).await;
        };
        Self { stop, task: tokio::spawn(task) }
    }

    /// Sends the last numbers.
    pub(super) async fn end(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

async fn send(reader: &Reader, outlet: &Outlet<MetricExporter>) {
    let mut all = ResourceMetrics::default();
    if reader.collect(&mut all).is_ok() {
        // The outlet says what is to be said of trouble.
        let _ = outlet.send(&all).await;
    }
}

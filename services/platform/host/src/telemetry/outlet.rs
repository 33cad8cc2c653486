//! What keeps sending out of everybody's way: a queue with so much room, a limit of time, and few words about trouble.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context as Task, Poll},
    time::Duration,
};

use opentelemetry::{Context, InstrumentationScope, KeyValue, trace::Span as _};
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    logs::{LogBatch, LogProcessor, SdkLogRecord},
    metrics::{data::ResourceMetrics, exporter::PushMetricExporter as _},
    trace::{Span, SpanData, SpanProcessor},
};
use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, sleep_until, timeout},
};

use super::{RequestId, metrics, names, signal::Signal};

/// The end of all sending, once it is set.
pub(super) type End = watch::Receiver<Option<Instant>>;

/// What all that one signal goes through has in common.
#[derive(Debug)]
pub(super) struct Gate {
    signal: Signal,
    limit: Duration,
    end: End,
    runtime: Handle,
    /// How many items may wait, and how many do.
    room: usize,
    waiting: AtomicUsize,
    failing: AtomicBool,
}

impl Gate {
    pub(super) fn new(signal: Signal, room: usize, end: End) -> Arc<Self> {
        let (waiting, failing) = (AtomicUsize::new(0), AtomicBool::new(false));
        Arc::new(Self {
            signal,
            limit: signal.limit(),
            end,
            runtime: Handle::current(),
            room,
            waiting,
            failing,
        })
    }

    /// Tells that nothing was dropped yet, so that somebody can see when it begins.
    pub(super) fn open(&self) {
        metrics::dropped(self.signal.word(), 0);
    }

    /// Lets an item wait, if there is room.
    fn admit(&self) -> bool {
        let more = |waiting: usize| (waiting < self.room).then_some(waiting + 1);
        let admitted = self.waiting.fetch_update(Relaxed, Relaxed, more).is_ok();
        if !admitted {
            metrics::dropped(self.signal.word(), 1);
        }
        admitted
    }

    /// Sends items that wait no more.
    async fn send(&self, items: usize, sending: impl Future<Output = OTelSdkResult> + Send) -> OTelSdkResult {
        let ended = async {
            let mut end = self.end.clone();
            match end.wait_for(Option::is_some).await.map(|at| *at) {
                Ok(Some(at)) => sleep_until(at).await,
                _ => std::future::pending().await,
            }
        };
        let sending = async {
            tokio::select! {
                sent = timeout(self.limit, sending) => sent.unwrap_or(Err(OTelSdkError::Timeout(self.limit))),
                () = ended => Err(OTelSdkError::Timeout(self.limit)),
            }
        };
        let outcome = Within { runtime: self.runtime.clone(), work: Box::pin(sending) }.await;
        self.note(items, &outcome);
        outcome
    }

    /// Says once that it begins to fail, and once that it is over.
    fn note(&self, items: usize, outcome: &OTelSdkResult) {
        let (signal, failed) = (self.signal.word(), outcome.is_err());
        if failed {
            metrics::dropped(signal, items);
        }
        match (self.failing.swap(failed, Relaxed), outcome) {
            (false, Err(error)) => tracing::warn!(%error, "{signal} are not sent until this is over"),
            (true, Ok(())) => tracing::warn!("{signal} are sent again"),
            _ => {}
        }
    }
}

/// Work that needs the runtime, wherever it is carried out: the threads of the SDK have none.
struct Within<'a> {
    runtime: Handle,
    work: Pin<Box<dyn Future<Output = OTelSdkResult> + Send + 'a>>,
}

impl Future for Within<'_> {
    type Output = OTelSdkResult;

    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<OTelSdkResult> {
        let runtime = self.runtime.clone();
        let _within = runtime.enter();
        self.work.as_mut().poll(task)
    }
}

/// What takes away what has waited.
#[derive(Debug)]
pub(super) struct Outlet<E> {
    pub(super) exporter: E,
    pub(super) gate: Arc<Gate>,
}

impl<E> Outlet<E> {
    fn taken(&self, items: usize) -> usize {
        self.gate.waiting.fetch_sub(items, Relaxed);
        items
    }
}

impl opentelemetry_sdk::trace::SpanExporter for Outlet<SpanExporter> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let items = self.taken(batch.len());
        self.gate.send(items, self.exporter.export(batch)).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl opentelemetry_sdk::logs::LogExporter for Outlet<LogExporter> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let items = self.taken(batch.iter().count());
        self.gate.send(items, self.exporter.export(batch)).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl Outlet<MetricExporter> {
    /// Sends what was collected; what is not sent is told by the next collection, as far as totals go.
    pub(super) async fn send(&self, all: &ResourceMetrics) -> OTelSdkResult {
        let items = all.scope_metrics().map(|scope| scope.metrics().count()).sum();
        self.gate.send(items, self.exporter.export(all)).await
    }
}

/// Where items wait. The SDK's own queue has as much room, so that it never drops any itself.
#[derive(Debug)]
pub(super) struct Queue<P> {
    pub(super) inner: P,
    pub(super) gate: Arc<Gate>,
}

impl<P: SpanProcessor> SpanProcessor for Queue<P> {
    /// What is done for a request has its id, as the span of the request itself does.
    fn on_start(&self, span: &mut Span, context: &Context) {
        if let Some(id) = context.get::<RequestId>() {
            span.set_attribute(KeyValue::new(names::REQUEST_ID, id.0.clone()));
        }
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.gate.admit() {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl<P: LogProcessor> LogProcessor for Queue<P> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        if self.gate.admit() {
            self.inner.emit(record, scope);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

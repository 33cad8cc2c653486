//! The numbers that the process keeps of itself, for whoever collects them.

use std::{sync::LazyLock, time::Duration};

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Gauge, Histogram, UpDownCounter},
};
use opentelemetry_sdk::{Resource, error::OTelSdkError, metrics::SdkMeterProvider};
use opentelemetry_semantic_conventions::{
    attribute::{RPC_METHOD, RPC_RESPONSE_STATUS_CODE, RPC_SYSTEM_NAME},
    metric::RPC_SERVER_CALL_DURATION,
};
use prometheus::{Registry, TextEncoder};

use super::{SCOPE, names};

/// Where OpenTelemetry divides the durations of calls, in seconds.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// What is counted; nothing is kept of it unless [`Metrics`] were begun before.
static INSTRUMENTS: LazyLock<Instruments> = LazyLock::new(Instruments::new);

struct Instruments {
    calls: Histogram<f64>,
    sheds: Counter<u64>,
    replays: Counter<u64>,
    watchers: UpDownCounter<i64>,
    head: Gauge<i64>,
    lag: Gauge<i64>,
    parked: Gauge<i64>,
    duties: Gauge<i64>,
    overdue: Gauge<i64>,
}

impl Instruments {
    fn new() -> Self {
        let meter = global::meter(SCOPE);
        let counter = |name, what| meter.u64_counter(name).with_description(what).build();
        let gauge = |name, what| meter.i64_gauge(name).with_description(what).build();
        Self {
            calls: meter
                .f64_histogram(RPC_SERVER_CALL_DURATION)
                .with_description("How long calls took, to the end of their streams.")
                .with_unit("s")
                .with_boundaries(SECONDS.to_vec())
                .build(),
            sheds: counter("getmodern.sheds", "Mutations refused because too many were under way."),
            replays: counter("getmodern.replays", "Mutations answered with the reply of an earlier call."),
            watchers: meter
                .i64_up_down_counter("getmodern.watchers")
                .with_description("Watches of the journal that are open.")
                .build(),
            head: gauge("getmodern.journal.head", "The newest revision of the journal."),
            lag: gauge("getmodern.follower.lag", "Events of a followed journal not looked at yet."),
            parked: gauge("getmodern.follower.parked", "Events of a followed journal that are parked."),
            duties: gauge("getmodern.duties", "Duties that are open."),
            overdue: gauge("getmodern.duties.overdue", "Duties that are open for longer than their target."),
        }
    }
}

/// The process's numbers, kept from here on.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    _provider: SdkMeterProvider,
}

impl Metrics {
    /// Begins to keep them; before anything is counted.
    pub(crate) fn begin() -> Result<Self, OTelSdkError> {
        let registry = Registry::new();
        let reader = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .without_target_info()
            .scope_info_enabled(false)
            .build()?;
        let resource = Resource::builder().build();
        let provider = SdkMeterProvider::builder().with_reader(reader).with_resource(resource).build();
        global::set_meter_provider(provider.clone());
        Ok(Self { registry, _provider: provider })
    }

    /// All of them, as Prometheus reads them.
    pub(crate) fn text(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// A call of `method` has ended with the status called `code`.
pub(super) fn called(method: &str, code: &'static str, took: Duration) {
    let attributes = [
        KeyValue::new(RPC_SYSTEM_NAME, "grpc"),
        KeyValue::new(RPC_METHOD, method.to_owned()),
        KeyValue::new(RPC_RESPONSE_STATUS_CODE, code),
    ];
    INSTRUMENTS.calls.record(took.as_secs_f64(), &attributes);
}

/// A mutation was refused because too many were under way in `service`.
pub(crate) fn shed(service: &'static str) {
    INSTRUMENTS.sheds.add(1, &of(service));
}

/// A mutation was answered with the reply of an earlier call.
pub(crate) fn replayed(service: &'static str) {
    INSTRUMENTS.replays.add(1, &of(service));
}

/// A watch of a service's journal, for as long as it is not dropped.
#[derive(Debug)]
pub(crate) struct Watching(&'static str);

impl Watching {
    pub(crate) fn begin(service: &'static str) -> Self {
        INSTRUMENTS.watchers.add(1, &of(service));
        Self(service)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        INSTRUMENTS.watchers.add(-1, &of(self.0));
    }
}

/// The newest revision of a service's journal.
pub(super) fn head(service: &'static str, revision: i64) {
    INSTRUMENTS.head.record(revision, &of(service));
}

/// How many events of `source` a service has not looked at.
pub(super) fn lag(service: &'static str, source: &'static str, events: i64) {
    INSTRUMENTS.lag.record(events, &between(service, source));
}

/// How many events of `source` are parked in a service.
pub(super) fn parked(service: &'static str, source: &'static str, events: i64) {
    INSTRUMENTS.parked.record(events, &between(service, source));
}

/// How many duties wait on a role in a service, and how many of those for too long.
pub(super) fn duties(service: &'static str, role: kernel::Role, open: i64, overdue: i64) {
    let attributes = [KeyValue::new(names::SERVICE, service), KeyValue::new(names::DUTY_ROLE, role.as_str())];
    INSTRUMENTS.duties.record(open, &attributes);
    INSTRUMENTS.overdue.record(overdue, &attributes);
}

fn of(service: &'static str) -> [KeyValue; 1] {
    [KeyValue::new(names::SERVICE, service)]
}

fn between(service: &'static str, source: &'static str) -> [KeyValue; 2] {
    [KeyValue::new(names::SERVICE, service), KeyValue::new(names::SOURCE, source)]
}

//! The numbers that the process keeps of itself, for whoever collects them.

use std::{sync::LazyLock, time::Duration};

use ledger::Ledger;
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Gauge, Histogram, UpDownCounter},
};
use opentelemetry_sdk::{error::OTelSdkError, metrics::SdkMeterProvider};
use opentelemetry_semantic_conventions::{
    attribute::{
        DB_CLIENT_CONNECTION_POOL_NAME, DB_CLIENT_CONNECTION_STATE, ERROR_TYPE, RPC_METHOD,
        RPC_RESPONSE_STATUS_CODE, RPC_SYSTEM_NAME,
    },
    metric::{DB_CLIENT_CONNECTION_COUNT, DB_CLIENT_CONNECTION_MAX, RPC_SERVER_CALL_DURATION},
};
use prometheus::{Registry, TextEncoder};

use super::{Export, SCOPE, count, names};
use crate::{callers, listen::CloseReason};

/// Where OpenTelemetry divides the durations of calls, in seconds.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
/// Where the stays in a stage are divided, in seconds: minutes in a trial, months in the field.
const STAYS: [f64; 12] = [
    MINUTE,
    10.0 * MINUTE,
    HOUR,
    4.0 * HOUR,
    12.0 * HOUR,
    DAY,
    3.0 * DAY,
    7.0 * DAY,
    14.0 * DAY,
    30.0 * DAY,
    60.0 * DAY,
    90.0 * DAY,
];

/// What is counted; nothing is kept of it unless [`Metrics`] were begun before.
static INSTRUMENTS: LazyLock<Instruments> = LazyLock::new(Instruments::new);

struct Instruments {
    calls: Histogram<f64>,
    sheds: Counter<u64>,
    throttles: Counter<u64>,
    connections: UpDownCounter<i64>,
    cuts: Counter<u64>,
    replays: Counter<u64>,
    transitions: Counter<u64>,
    refusals: Counter<u64>,
    not_kept: Counter<u64>,
    dropped: Counter<u64>,
    stays: Histogram<f64>,
    watchers: UpDownCounter<i64>,
    head: Gauge<i64>,
    lag: Gauge<i64>,
    delay: Gauge<f64>,
    parked: Gauge<i64>,
    untold: Gauge<i64>,
    telling: Gauge<f64>,
    standing: Gauge<i64>,
    missing: Gauge<i64>,
    duties: Gauge<i64>,
    overdue: Gauge<i64>,
    stages: Gauge<i64>,
    engagements: Gauge<i64>,
    verdicts: Gauge<i64>,
    blockers: Gauge<i64>,
    devices: Gauge<i64>,
}

impl Instruments {
    #[rustfmt::skip]
    fn new() -> Self {
        let meter = global::meter(SCOPE);
        let counter = |name, unit, what| meter.u64_counter(name).with_unit(unit).with_description(what).build();
        let gauge = |name, unit, what| meter.i64_gauge(name).with_unit(unit).with_description(what).build();
        let age = |name, what| meter.f64_gauge(name).with_unit("s").with_description(what).build();
        let times = |name, bounds: &[f64], what| {
            let times = meter.f64_histogram(name).with_unit("s").with_description(what);
            times.with_boundaries(bounds.to_vec()).build()
        };
        Self {
            calls: times(RPC_SERVER_CALL_DURATION, &SECONDS, "How long calls took, to the end of their streams."),
            sheds: counter("getmodern.sheds", "{call}", "Calls refused because too much was under way."),
            throttles: counter("getmodern.throttles", "{call}", "Calls refused because their caller had or asked too much."),
            connections: meter.i64_up_down_counter("getmodern.connections").with_unit("{connection}")
                .with_description("Connections of callers that are open.").build(),
            cuts: counter("getmodern.connections.cut", "{connection}", "Connections that were cut for how the peer behaved."),
            replays: counter("getmodern.replays", "{mutation}", "Mutations answered with the reply of an earlier call."),
            transitions: counter("getmodern.transitions", "{transition}", "Events that this process committed."),
            refusals: counter("getmodern.refusals", "{refusal}", "Mutations that the playbook, or the form of a request, refused."),
            not_kept: counter("getmodern.audit.not_kept", "{refusal}", "Refusals for want of a right or of an identity that are only counted."),
            dropped: counter("getmodern.export.dropped", "{item}", "Spans, log records and metrics that were not sent."),
            stays: times("getmodern.stage.duration", &STAYS, "How long resources stayed in a stage that they have left."),
            watchers: meter.i64_up_down_counter("getmodern.watchers").with_unit("{watch}")
                .with_description("Watches of the journal that are open.").build(),
            head: gauge("getmodern.journal.head", "{event}", "The newest revision of the journal."),
            lag: gauge("getmodern.follower.lag", "{event}", "Events of a followed journal not looked at yet."),
            delay: age("getmodern.follower.delay", "The age of the oldest event not looked at yet; 0 when there is none."),
            parked: gauge("getmodern.follower.parked", "{event}", "Events of a followed journal that are parked."),
            untold: gauge("getmodern.story.lag", "{entry}", "Journal entries whose stories were not told to the collector yet."),
            telling: age("getmodern.story.delay", "The age of the oldest entry not told yet; 0 when there is none."),
            standing: gauge("getmodern.follower.standing", "{follower}", "1 while following stands still, 0 while it goes on."),
            missing: gauge("getmodern.census.missing", "{part}", "Parts that could not be counted; they are told as they were."),
            duties: gauge("getmodern.duties", "{duty}", "Duties that are open."),
            overdue: gauge("getmodern.duties.overdue", "{duty}", "Duties that are open for longer than their target."),
            stages: gauge("getmodern.stage.current", "{resource}", "Resources that stand in a stage."),
            engagements: gauge("getmodern.engagements", "{engagement}", "Engagements by stage, way in and delivery channel."),
            verdicts: gauge("getmodern.verdicts", "{subject}", "Cases and proactive engagements by their latest verdict."),
            blockers: gauge("getmodern.blockers.open", "{blocker}", "Blockers that are open."),
            devices: gauge("getmodern.devices", "{device}", "Devices by what the latest reports found of them."),
        }
    }
}

/// The process's numbers, kept from here on.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
}

impl Metrics {
    /// Begins to keep them if somebody is to collect them, operators or a collector; before anything is counted.
    pub(crate) fn begin(scraped: bool, export: &Export) -> Result<Self, OTelSdkError> {
        let (registry, reader) = (Registry::new(), export.reader());
        if !scraped && reader.is_none() {
            return Ok(Self { registry });
        }
        let mut provider = SdkMeterProvider::builder().with_resource(export.resource().clone());
        if scraped {
            let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone());
            let exporter = exporter.without_target_info().scope_info_enabled(false);
            provider = provider.with_reader(exporter.build()?);
        }
        if let Some(reader) = reader {
            provider = provider.with_reader(reader);
        }
        global::set_meter_provider(provider.build());
        Ok(Self { registry })
    }

    /// All of them, as Prometheus reads them.
    pub(crate) fn text(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// A call of `method` has ended with the status called `code`, which may be an error of ours.
pub(super) fn called(method: &str, code: &'static str, is_error: bool, took: Duration) {
    let mut attributes = vec![
        KeyValue::new(RPC_SYSTEM_NAME, "grpc"),
        KeyValue::new(RPC_METHOD, method.to_owned()),
        KeyValue::new(RPC_RESPONSE_STATUS_CODE, code),
    ];
    attributes.extend(is_error.then(|| KeyValue::new(ERROR_TYPE, code)));
    INSTRUMENTS.calls.record(took.as_secs_f64(), &attributes);
}

/// A call was refused because too much was under way in `service`, or in all of the process.
pub(crate) fn shed(service: &str) {
    INSTRUMENTS.sheds.add(1, &[KeyValue::new(names::SERVICE, service.to_owned())]);
}

/// A call was refused because its caller had or asked too much.
pub(crate) fn throttled(reason: &'static str) {
    INSTRUMENTS.throttles.add(1, &[KeyValue::new(names::REASON, reason)]);
}

/// Counts a connection that was closed for what its peer did.
pub(crate) fn closed(reason: CloseReason) {
    INSTRUMENTS.cuts.add(1, &[KeyValue::new(names::REASON, reason.word())]);
}

/// A caller's connection, for as long as it is not dropped.
#[derive(Debug)]
pub(crate) struct Connected;

impl Connected {
    pub(crate) fn begin() -> Self {
        INSTRUMENTS.connections.add(1, &[]);
        Self
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        INSTRUMENTS.connections.add(-1, &[]);
    }
}

/// A mutation was answered with the reply of an earlier call.
pub(crate) fn replayed(service: &'static str) {
    INSTRUMENTS.replays.add(1, &of(service));
}

/// Counts from nothing on what may happen to `service`: what appears with its first event is not seen to grow by it.
pub(crate) fn expect(service: &'static str) {
    INSTRUMENTS.sheds.add(0, &of(service));
    INSTRUMENTS.replays.add(0, &of(service));
    not_kept(service, 0);
}

/// Counts from nothing on what callers and their connections may be refused for.
pub(crate) fn expect_callers() {
    for reason in callers::REASONS {
        INSTRUMENTS.throttles.add(0, &[KeyValue::new(names::REASON, reason)]);
    }
    for reason in CloseReason::ALL {
        INSTRUMENTS.cuts.add(0, &[KeyValue::new(names::REASON, reason.word())]);
    }
}

/// An event of this kind was committed.
pub(super) fn transition(service: &'static str, resource: &'static str, kind: &str) {
    let kind = KeyValue::new(names::EVENT, kind.to_owned());
    INSTRUMENTS
        .transitions
        .add(1, &[service_is(service), KeyValue::new(names::RESOURCE_TYPE, resource), kind]);
}

/// A mutation was refused for this reason.
pub(crate) fn refused(service: &'static str, resource: &'static str, reason: &'static str) {
    let reason = KeyValue::new(names::REASON, reason);
    INSTRUMENTS
        .refusals
        .add(1, &[service_is(service), KeyValue::new(names::RESOURCE_TYPE, resource), reason]);
}

/// So many refusals are not kept for auditors but as a number.
pub(crate) fn not_kept(service: &'static str, refusals: i64) {
    INSTRUMENTS.not_kept.add(u64::try_from(refusals).unwrap_or_default(), &[service_is(service)]);
}

/// So many items of a signal were not sent.
pub(crate) fn dropped(signal: &'static str, items: usize) {
    let items = u64::try_from(items).unwrap_or(u64::MAX);
    INSTRUMENTS.dropped.add(items, &[KeyValue::new(names::SIGNAL, signal)]);
}

/// A resource has left a stage after so many seconds.
pub(super) fn left(service: &'static str, resource: &'static str, stage: &'static str, seconds: f64) {
    let stage = KeyValue::new(names::STAGE, stage);
    INSTRUMENTS
        .stays
        .record(seconds, &[service_is(service), KeyValue::new(names::RESOURCE_TYPE, resource), stage]);
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

/// How many events of `source` a service has not looked at, and the age of the oldest in seconds.
pub(super) fn lag(service: &'static str, source: &'static str, events: i64, seconds: f64) {
    INSTRUMENTS.lag.record(events, &between(service, source));
    INSTRUMENTS.delay.record(seconds, &between(service, source));
}

/// How many events of `source` are parked in a service.
pub(super) fn parked(service: &'static str, source: &'static str, events: i64) {
    INSTRUMENTS.parked.record(events, &between(service, source));
}

/// How many entries of a service's journal were not told as stories yet, and the age of the oldest in seconds.
pub(super) fn untold(service: &'static str, entries: i64, seconds: f64) {
    INSTRUMENTS.untold.record(entries, &of(service));
    INSTRUMENTS.telling.record(seconds, &of(service));
}

/// Whether following `source` stands still in a service, whatever for.
pub(crate) fn standing(service: &'static str, source: &'static str, still: bool) {
    INSTRUMENTS.standing.record(still.into(), &between(service, source));
}

/// How many parts of a service could not be counted just now.
pub(super) fn missing(service: &'static str, parts: usize) {
    INSTRUMENTS.missing.record(i64::try_from(parts).unwrap_or(i64::MAX), &of(service));
}

/// How many duties wait on a role in a service, and how many of those for too long.
pub(super) fn duties(service: &'static str, role: kernel::Role, open: i64, overdue: i64) {
    let attributes = [service_is(service), KeyValue::new(names::DUTY_ROLE, role.as_str())];
    INSTRUMENTS.duties.record(open, &attributes);
    INSTRUMENTS.overdue.record(overdue, &attributes);
}

/// What a service has counted of its own.
pub(super) fn counted(what: count::Gauge, number: i64, attributes: &[KeyValue]) {
    let gauge = match what {
        count::Gauge::Stage => &INSTRUMENTS.stages,
        count::Gauge::Engagements => &INSTRUMENTS.engagements,
        count::Gauge::Verdicts => &INSTRUMENTS.verdicts,
        count::Gauge::Blockers => &INSTRUMENTS.blockers,
        count::Gauge::Devices => &INSTRUMENTS.devices,
    };
    gauge.record(number, attributes);
}

/// Tells from here on how a service's connections are used, whenever somebody asks.
pub(crate) fn pool(service: &'static str, ledger: Ledger) {
    ledger.keep_waits(service);
    let meter = global::meter(SCOPE);
    let name = KeyValue::new(DB_CLIENT_CONNECTION_POOL_NAME, service);
    let (busy, most) = (ledger.clone(), [name.clone()]);
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    meter
        .i64_observable_up_down_counter(DB_CLIENT_CONNECTION_COUNT)
        .with_unit("{connection}")
        .with_description("Connections to the database that are open.")
        .with_callback(move |count| {
            let pool = busy.pool();
            for (state, open) in [("used", pool.used), ("idle", pool.idle)] {
                let state = KeyValue::new(DB_CLIENT_CONNECTION_STATE, state);
                count.observe(number(open), &[name.clone(), state]);
            }
        })
        .build();
    meter
        .i64_observable_up_down_counter(DB_CLIENT_CONNECTION_MAX)
        .with_unit("{connection}")
        .with_description("Connections to the database that there may be at most.")
        .with_callback(move |max| max.observe(number(ledger.pool().max), &most))
        .build();
}

/// Tells from here on how old an issuer's keys are, whenever somebody asks.
pub(crate) fn keys(age: impl Fn() -> Duration + Send + Sync + 'static) {
    global::meter(SCOPE)
        .f64_observable_gauge("getmodern.issuer.keys.age")
        .with_unit("s")
        .with_description(
            "The time since the issuer's keys were read, or since the start when they never were.",
        )
        .with_callback(move |seconds| seconds.observe(age().as_secs_f64(), &[]))
        .build();
}

fn service_is(service: &'static str) -> KeyValue {
    KeyValue::new(names::SERVICE, service)
}

fn of(service: &'static str) -> [KeyValue; 1] {
    [service_is(service)]
}

fn between(service: &'static str, source: &'static str) -> [KeyValue; 2] {
    [service_is(service), KeyValue::new(names::SOURCE, source)]
}

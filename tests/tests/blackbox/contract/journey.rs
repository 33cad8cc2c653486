//! Everything that can be told is brought about: the playbook from both ways in to its ends, and what goes wrong with it.

use std::{collections::BTreeSet, process::Stdio, time::Duration};

use getmodern::{
    client::{Actor, Client},
    demo::{self, Stage},
};
use kernel::Role;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use proto::{
    common::v1::{Intent, ListEventsRequest, ListEventsResponse},
    engagement::v1::{
        CancelEngagementRequest, Engagement, GetEngagementRequest, RejectReengagementRequest,
        RequestReengagementRequest, cancellation::Disposition,
    },
    intake::v1::{Case, OpenCaseRequest},
};
use tests::{Process, State, actor, command, free_address};
use tokio::task::spawn_blocking;

use super::{
    families::{families, series},
    judge::complaints,
    points::points,
    registry::Registry,
    seen::{Seen, log, resource, span},
};
use crate::{
    cast::{FE, GATEWAY, GET_MODERN_SME, GMFTA, LEADERSHIP, PROGRAM, Play, ask, key},
    faults::gateway::{self, eventually},
    identity::trial::Trial,
    prefix::sync,
    telemetry::{
        admin,
        collector::{self, Collector, attribute},
    },
    world::{ENGAGEMENT, INTAKE},
};

/// Why a call failed.
const REASON: &str = "getmodern.reason";
/// The flush of the last telemetry has three seconds, the stop of everything else no more than it takes.
const STOP: Duration = tests::PATIENCE;

/// A product that sends all it has to tell to `collector`, and flags everybody who keeps others waiting.
fn product(state: &State, collector: &str, admin: &str) -> Process {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "65536"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
        ("GETMODERN_ADMIN", admin),
        ("GETMODERN_CALLS_PER_PERSON", "2000"),
        ("GETMODERN_RATE_PER_PERSON", "100000"),
        ("GETMODERN_TARGETS", "ANSWER_ARCHITECT=1ms,APPROVE_REENGAGEMENT=1ms"),
    ];
    Process::start(state, "127.0.0.1:0".parse().expect("an address"), &variables).expect("it serves")
}

/// Whether a process is told apart by one name, whatever it tells.
fn one_a_process(collector: &Collector, processes: usize) {
    let resources = collector.resources();
    let instances = resources.iter().map(|one| collector::told(&one.attributes, "service.instance.id"));
    let instances: BTreeSet<_> = instances.collect();
    assert_eq!(instances.len(), processes, "{instances:?}");
}

/// Plays it all, with a restart in the middle; what was told in the course of it, over OTLP and at `/metrics`.
async fn told() -> Vec<Seen> {
    let (collector, address) = Collector::over_grpc();
    let (kept, admin) = (State::new(), free_address());
    let mut first = product(&kept, &address, &admin.to_string());
    let mut stage = Stage::at(first.address, false).expect("an address");
    demo::play(&mut stage).await.expect("all goes as the playbook says");
    let play = Play::at(first.address);
    refuse(&play).await;
    cancel(&play).await;
    let waiting = park(&play.client).await;
    let mut text = admin::get(admin, "/metrics").await;
    retell(&kept, &address, &waiting).await;
    assert!(first.stop(STOP), "it stops");

    let mut second = product(&kept, &address, &admin.to_string());
    let play = Play::at(second.address);
    release(&play, &waiting).await;
    every_role(&play.client).await;
    shed(second.address).await;
    text += &admin::settled(admin).await;
    let shed = |collector: &Collector| {
        collector.metrics().iter().any(|one| one.name == "getmodern.sheds").then_some(())
    };
    collector.await_that("what was shed", shed).await;
    collector.find("what is overdue", |span| span.name.starts_with("overdue ")).await;
    break_down(&kept, &play).await;
    let failed = |span: &Span| span.kind() == SpanKind::Client && !attribute(span, REASON).is_empty();
    collector.find("a question that fails", failed).await;
    assert!(second.stop(STOP), "it stops");
    text += &proven(&collector, &address).await;
    one_a_process(&collector, 4);
    let mut told = series(&text);
    told.extend(collector.spans().iter().flat_map(span));
    told.extend(collector.metrics().iter().flat_map(points));
    told.extend(collector.logs().iter().map(log));
    told.extend(collector.resources().iter().map(resource));
    told
}

/// A product that asks callers for tokens; what it tells at `/metrics`.
async fn proven(collector: &Collector, address: &str) -> String {
    let (kept, admin, trial) = (State::new(), free_address(), Trial::new());
    let mut serve = command(&kept, &["--listen", "127.0.0.1:0", "--admin", &admin.to_string()]);
    serve.args(trial.trust()).env("OTEL_EXPORTER_OTLP_ENDPOINT", address);
    serve
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "500")
        .stderr(Stdio::null());
    let mut product = Process::run(serve).expect("it serves");
    let told = |collector: &Collector| {
        collector.metrics().iter().any(|one| one.name == "getmodern.issuer.keys.age").then_some(())
    };
    collector.await_that("how old the keys are", told).await;
    let text = admin::get(admin, "/metrics").await;
    assert!(product.stop(STOP), "it stops");
    text
}

/// E-5.1: an escalation that is refused, and calls that go nowhere.
async fn refuse(play: &Play) {
    let name = play.standing_by("adatum").await;
    let request = ask!(RequestReengagementRequest { name: name.clone(), escalation: "it stopped" });
    let etag = play.step(FE, request).await.etag;
    let reject = ask!(RejectReengagementRequest { name: name, etag: etag, cause: "the FE can do it" });
    play.step(GET_MODERN_SME, reject).await;
    let path = format!("/{ENGAGEMENT}/Nothing");
    let nowhere = play.client.call_at::<_, ()>(LEADERSHIP, &path, GetEngagementRequest::default()).await;
    nowhere.expect_err("there is no such method");
}

/// P-3: an assignment that comes back, and goes to intake.
async fn cancel(play: &Play) {
    let name = play.assigned("treyresearch").await;
    play.step(GMFTA, sync(&name, "treyresearch", 149, Intent::Yes)).await;
    let disposition = Disposition::SentToIntake;
    let cancel = ask!(CancelEngagementRequest { name: name, disposition: disposition, cause: "too small" });
    play.step(PROGRAM, cancel).await;
}

/// A handover that cannot begin, because the customer has an engagement already; that one's name.
async fn park(client: &Client) -> String {
    let case = gateway::prepare(client, "wingtip.example").await;
    let proactive = gateway::assign(client, "wingtip.example").await;
    let engagement = gateway::exit(client, &case).await;
    eventually("it is parked", async || {
        let parked = crate::faults::parking::parked(client, &engagement).await;
        (!parked.is_empty()).then_some(())
    })
    .await;
    proactive.name
}

/// An operator has a story told once more.
async fn retell(kept: &State, collector: &str, name: &str) {
    let mut tell = command(kept, &["trace", name]);
    tell.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector).env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let told = spawn_blocking(move || tell.output()).await.expect("it runs").expect("it runs");
    assert!(told.status.success(), "{told:?}");
}

/// It begins once the other is out of its way.
async fn release(play: &Play, other: &str) {
    let disposition = Disposition::Closed;
    let cancel = ask!(CancelEngagementRequest { name: other, disposition: disposition, cause: "came twice" });
    let cancelled: Engagement =
        eventually("it is ready", async || play.client.call(PROGRAM, cancel.clone()).await.ok()).await;
    eventually("nothing is parked", async || {
        let parked = crate::faults::parking::parked(&play.client, "").await;
        parked.is_empty().then_some(())
    })
    .await;
    assert_eq!(cancelled.name, other);
}

/// Everybody asks for something.
async fn every_role(client: &Client) {
    for role in Role::ALL {
        let who = actor("people/somebody", role.as_str());
        let path = format!("/{INTAKE}/ListEvents");
        let _: Result<ListEventsResponse, _> = client.call_at(who, &path, ListEventsRequest::default()).await;
    }
}

/// More at once than a service takes.
async fn shed(address: std::net::SocketAddr) {
    let one = async |who: Actor, client: Client| {
        let open = ask!(OpenCaseRequest { customer: "Many", tenant: key() });
        client.call::<_, Case>(who, open).await.err().map(|status| crate::wire::reason(&status))
    };
    for _ in 0..20 {
        let clients = (0..10).map(|_| Client::at(address, Duration::ZERO).expect("an address"));
        let calls = clients.flat_map(|client| (0..100).map(move |_| one(GATEWAY, client.clone())));
        let reasons: BTreeSet<_> = futures::future::join_all(calls).await.into_iter().flatten().collect();
        if reasons.contains("BUSY") {
            return;
        }
        assert!(reasons.is_empty(), "{reasons:?}");
    }
    panic!("nothing was too much");
}

/// A database that has lost a table, so that nobody can say who qualifies.
async fn break_down(kept: &State, play: &Play) {
    let name = play.assigned("lamna").await;
    kept.execute("intake", "ALTER TABLE policies RENAME TO gone");
    let sync = sync(&name, "lamna", 700, Intent::Yes);
    let unanswered = play.client.call::<_, Engagement>(GMFTA, sync).await;
    unanswered.expect_err("nobody can say");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_is_what_the_registry_says_no_more_and_no_less() {
    let registry = Registry::read();
    let families = families(&registry);
    let registry = registry.and(families);
    let told = Box::pin(told()).await;
    assert_eq!(complaints(&registry, &told), BTreeSet::new());
    super::spoilt::is_noticed(&registry, &told);
}

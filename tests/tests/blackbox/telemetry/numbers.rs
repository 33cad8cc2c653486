//! Each number moves when what it counts happens, and says nothing once there is nothing any more.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use getmodern::{
    client::Client,
    demo::{
        self, Stage,
        cast::{GATEWAY, GMFTA, LEADERSHIP, PROGRAM},
    },
};
use opentelemetry_proto::tonic::trace::v1::{Span, status::StatusCode};
use proto::{
    engagement::v1::{
        AssignEngagementRequest, CancelEngagementRequest, Engagement, GetInsightsRequest, Insights,
        cancellation::Disposition,
    },
    intake::v1::{Case, OpenCaseRequest},
};
use tests::{Engine, Process, State, free_address};
use tonic::Code;

use super::{
    admin::{get, number, settled},
    collector::{Collector, attribute},
    story,
};
use crate::{
    faults::gateway::eventually,
    plain::{Plain, framed, operator_with},
};

/// A product that tells its numbers, and where.
fn product(state: &State) -> (Process, SocketAddr, Client) {
    let admin = free_address();
    let variables = [("GETMODERN_ADMIN", &*admin.to_string())];
    let any = "127.0.0.1:0".parse().expect("an address");
    let product = Process::start(state, any, &variables).expect("it serves");
    let client = Client::at(product.address, Duration::ZERO).expect("an address");
    (product, admin, client)
}

/// The sum of all series called `name` that have all of `labels`.
fn sum(text: &str, name: &str, labels: &[&str]) -> f64 {
    let lines = text.lines().filter(|line| line.starts_with(&format!("{name}{{")));
    let lines = lines.filter(|line| labels.iter().all(|label| line.contains(label)));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

fn same(left: f64, right: impl Into<i64>) -> bool {
    left.to_string() == right.into().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_counted_once_and_every_stage_when_it_is_left() {
    let kept = State::new();
    let (product, admin, client) = product(&kept);
    let begun = Instant::now();
    let mut stage = Stage::at(product.address, false).expect("an address");
    demo::play(&mut stage).await.expect("the playbook");
    let text = settled(admin).await;
    let took = begun.elapsed().as_secs_f64();
    for service in ["intake", "engagement", "tasks"] {
        let label = format!("getmodern_service=\"{service}\"");
        let head = number(&text, "getmodern_journal_head", &[&label]).expect(&text);
        let told = sum(&text, "getmodern_transitions_total", &[&label]);
        assert!(head > 0.0 && told.to_string() == head.to_string(), "{service}: {text}");
    }
    let seen: Insights = client.call(LEADERSHIP, GetInsightsRequest::default()).await.expect("insights");
    let left: i64 = seen.stage_times.iter().map(|time| time.completed_visits).sum();
    let of = "getmodern_resource_type=\"engagement\"";
    assert!(left > 0 && same(sum(&text, "getmodern_stage_duration_seconds_count", &[of]), left), "{text}");
    let stays = sum(&text, "getmodern_stage_duration_seconds_sum", &[of]);
    let engagements: i32 = seen.engagements.iter().map(|one| i32::try_from(one.count).expect("a few")).sum();
    assert!(stays > 0.0 && stays <= f64::from(engagements) * took, "no stay is longer than the demo: {text}");
    let calls = sum(&text, "rpc_server_call_duration_seconds_sum", &["IntakeService/OpenCase\""]);
    assert!(calls > 0.0 && calls <= took, "one follows the other: {text}");
    let refused = ["getmodern_reason=\"WRONG_STATE\"", of];
    assert!(sum(&text, "getmodern_refusals_total", &refused) >= 1.0, "{text}");
    assert!(!text.contains("people/") && !text.to_lowercase().contains("northwind"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_is_counted_as_the_insights_count_it() {
    let kept = State::new();
    let (product, admin, client) = product(&kept);
    let mut stage = Stage::at(product.address, false).expect("an address");
    demo::play(&mut stage).await.expect("the playbook");
    let text = settled(admin).await;
    let seen: Insights = client.call(LEADERSHIP, GetInsightsRequest::default()).await.expect("insights");
    for count in &seen.engagements {
        let stage = count.stage().as_str_name().trim_start_matches("STAGE_");
        let method = count.method().as_str_name().trim_start_matches("METHOD_");
        let channel = count.channel().as_str_name().trim_start_matches("KIND_");
        let words = [("stage", stage), ("method", method), ("channel", channel)];
        let labels = words.map(|(name, word)| format!("getmodern_{name}=\"{word}\""));
        let told = number(&text, "getmodern_engagements", &labels.each_ref().map(String::as_str));
        assert!(told.is_some_and(|told| same(told, count.count)), "{labels:?} {told:?}");
        let there = ["getmodern_resource_type=\"engagement\"", &labels[0]];
        assert!(number(&text, "getmodern_stage_current", &there) >= told, "{text}");
    }
    for count in &seen.verdicts {
        let verdict = count.verdict().as_str_name().trim_start_matches("VERDICT_");
        let told = number(&text, "getmodern_verdicts", &[&format!("verdict=\"{verdict}\"")]);
        assert!(told.is_some_and(|told| same(told, count.count)), "{verdict} {told:?}");
    }
    let open: i64 = seen
        .open_blockers
        .iter()
        .map(|kind| kind.under_7_days + kind.under_30_days + kind.over_30_days)
        .sum();
    assert!(same(sum(&text, "getmodern_blockers_open", &[]), open), "{text}");
    let ready = number(&text, "getmodern_devices", &["readiness=\"ready\""]).expect(&text);
    assert!(ready > 0.0 && same(ready, seen.readiness.unwrap_or_default().ready), "{ready}");
    assert!(number(&text, "getmodern_stage_current", &["type=\"task\"", "COMPLETED"]) >= Some(2.0), "{text}");
    let pool = ["pool_name=\"tasks\""];
    assert!(number(&text, "db_client_connection_max", &pool) >= Some(1.0), "{text}");
    assert!(number(&text, "db_client_connection_wait_time_seconds_count", &pool) >= Some(1.0), "{text}");
    assert!(number(&text, "db_client_connection_count", &pool).is_some(), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_happened_yet_is_told_as_nothing() {
    let kept = State::new();
    let (_product, admin, _) = product(&kept);
    let text = settled(admin).await;
    for service in ["intake", "engagement", "tasks"] {
        for name in ["getmodern_sheds_total", "getmodern_replays_total"] {
            let label = format!("getmodern_service=\"{service}\"");
            assert_eq!(number(&text, name, &[&label]), Some(0.0), "{name} {text}");
        }
    }
    for (name, reason) in [
        ("getmodern_throttles_total", "CALLER_TOO_FAST"),
        ("getmodern_throttles_total", "CALLER_TOO_BUSY"),
        ("getmodern_throttles_total", "IDENTITY_TOO_FAST"),
        ("getmodern_connections_cut_total", "PEER_FLOODS"),
    ] {
        let label = format!("getmodern_reason=\"{reason}\"");
        assert_eq!(number(&text, name, &[&label]), Some(0.0), "{name} {reason} {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_grpc_is_no_call() {
    let kept = State::new();
    let (product, admin, _) = product(&kept);
    let mut plain = Plain::to(product.address).await;
    let calls =
        |text: &str| number(text, "rpc_server_call_duration_seconds_count", &["rpc_method=\"_OTHER\""]);
    let headers = operator_with(&[("content-type", "text/plain")]);
    for path in ["/", "/getmodern.intake.v1.IntakeService/OpenCase"] {
        assert_eq!(plain.call(path, &headers, framed(0, &[])).await.http, 415, "{path}");
    }
    let text = get(admin, "/metrics").await;
    assert!(calls(&text).is_none() && !text.contains("IntakeService/OpenCase\""), "{text}");
    let nowhere = plain.call("/nowhere", &operator_with(&[]), framed(0, &[])).await.status();
    assert_eq!(nowhere.code(), Code::Unimplemented);
    let text = get(admin, "/metrics").await;
    assert_eq!(calls(&text), Some(1.0), "{text}");
}

fn assignment(tenant: &str) -> AssignEngagementRequest {
    AssignEngagementRequest {
        request_id: tenant.to_owned(),
        customer: "Northwind".to_owned(),
        tenant: tenant.to_owned(),
        aim: "off Windows 7 before its support ends".to_owned(),
        gmfta: GMFTA.person.to_owned(),
        ..AssignEngagementRequest::default()
    }
}

/// The numbers, once `good` is true of them: one count of what there is answers whoever asks within a second.
async fn once(admin: SocketAddr, good: impl Fn(&str) -> bool) -> String {
    let ask = async || Some(get(admin, "/metrics").await).filter(|text| good(text));
    eventually("the numbers are so", ask).await
}

/// Assigns an engagement, and sends the customer back to intake.
async fn send_back(client: &Client, tenant: &str) {
    let assigned: Engagement = client.call(PROGRAM, assignment(tenant)).await.expect("it is assigned");
    let cancel = CancelEngagementRequest {
        name: assigned.name,
        request_id: format!("cancel-{tenant}"),
        disposition: Disposition::SentToIntake.into(),
        cause: "not yet".to_owned(),
        ..CancelEngagementRequest::default()
    };
    let _: Engagement = client.call(PROGRAM, cancel).await.expect("it is cancelled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_there_no_more_is_told_as_nothing() {
    let kept = State::new();
    let (_product, admin, client) = product(&kept);
    let there = ["stage=\"ASSIGNED\"", "method=\"PROACTIVE\"", "channel=\"NONE\""];
    let told = |text: &str| number(text, "getmodern_engagements", &there);
    assert_eq!(told(&get(admin, "/metrics").await), None);
    let assigned: Engagement =
        client.call(PROGRAM, assignment("northwind.example")).await.expect("it is assigned");
    let text = once(admin, |text| told(text) == Some(1.0)).await;
    assert_eq!(number(&text, "getmodern_stage_current", &["type=\"engagement\"", "ASSIGNED"]), Some(1.0));
    let cancel = CancelEngagementRequest {
        name: assigned.name,
        request_id: "cancel".to_owned(),
        disposition: Disposition::Closed.into(),
        cause: "not yet".to_owned(),
        ..CancelEngagementRequest::default()
    };
    let _: Engagement = client.call(PROGRAM, cancel).await.expect("it is cancelled");
    let text = once(admin, |text| told(text) == Some(0.0)).await;
    assert_eq!(number(&text, "getmodern_stage_current", &["type=\"engagement\"", "ASSIGNED"]), Some(0.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_mutation_is_counted_by_its_reason() {
    let kept = State::new();
    let (_product, admin, client) = product(&kept);
    let open = |key: &str| OpenCaseRequest {
        request_id: key.to_owned(),
        customer: "Contoso".to_owned(),
        tenant: "contoso.example".to_owned(),
        ..OpenCaseRequest::default()
    };
    let _: Case = client.call(GATEWAY, open("one")).await.expect("it is opened");
    client.call::<_, Case>(GATEWAY, open("two")).await.expect_err("there is one already");
    let text = get(admin, "/metrics").await;
    let labels = ["getmodern_reason=\"CASE_ALREADY_OPEN\"", "getmodern_resource_type=\"case\""];
    assert_eq!(number(&text, "getmodern_refusals_total", &labels), Some(1.0), "{text}");
    assert!(same(sum(&text, "getmodern_refusals_total", &[]), 1), "{text}");
}

/// Lets nobody move the cursors of intake, or lets them again.
fn hold(kept: &State, hold: bool) {
    let refuse = match (Engine::here(), hold) {
        (Engine::Sqlite, true) => {
            "CREATE TRIGGER held BEFORE INSERT ON cursor BEGIN SELECT raise(ABORT, 'held up'); END"
        }
        (Engine::Postgres, true) => {
            "CREATE TRIGGER held BEFORE INSERT ON cursor FOR EACH ROW EXECUTE FUNCTION refuse('held up')"
        }
        (Engine::Sqlite, false) => "DROP TRIGGER held",
        (Engine::Postgres, false) => "DROP TRIGGER held ON cursor",
    };
    kept.execute("intake", refuse);
}

/// Lag and delay of intake behind engagement, once `good` is true of them.
async fn behind(admin: SocketAddr, good: impl Fn(f64, f64) -> bool) -> (f64, f64) {
    let labels = ["source=\"engagement\"", "service=\"intake\""];
    let ask = async || {
        let text = get(admin, "/metrics").await;
        let told = |name| number(&text, name, &labels);
        let (lag, delay) = (told("getmodern_follower_lag")?, told("getmodern_follower_delay_seconds")?);
        good(lag, delay).then_some((lag, delay))
    };
    eventually("lag and delay are so", ask).await
}

/// Waits until intake tells that it stands still behind engagement, or that it goes on.
async fn stands(admin: SocketAddr, still: f64) {
    let labels = ["source=\"engagement\"", "service=\"intake\""];
    once(admin, |text| number(text, "getmodern_follower_standing", &labels) == Some(still)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lag_and_delay_grow_while_a_follower_is_held_up_and_are_nothing_after() {
    let kept = State::new();
    let (_product, admin, client) = product(&kept);
    hold(&kept, true);
    send_back(&client, "northwind.example").await;
    let (lag, delay) = behind(admin, |lag, delay| lag >= 1.0 && delay > 0.0).await;
    send_back(&client, "fabrikam.example").await;
    behind(admin, |more, older| more > lag && older > delay + 0.5).await;
    stands(admin, 1.0).await;
    hold(&kept, false);
    behind(admin, |lag, delay| lag + delay == 0.0).await;
    stands(admin, 0.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_follower_cannot_settle_ends_as_an_error() {
    let ((collector, address), kept) = (Collector::over_grpc(), State::new());
    let product = story::product(&kept, &address, "grpc");
    let client = Client::at(product.address, Duration::ZERO).expect("an address");
    hold(&kept, true);
    send_back(&client, "northwind.example").await;
    let failed = |span: &Span| span.name == "follow engagement" && !attribute(span, "error.type").is_empty();
    let failed = collector.find("the failure", failed).await;
    let told = ["error.type", "getmodern.event.outcome"].map(|name| attribute(&failed, name));
    assert_eq!(told, ["storage", ""], "{failed:?}");
    assert_eq!(failed.status.unwrap_or_default().code(), StatusCode::Error);
}

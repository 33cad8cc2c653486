//! What a story tells while it goes on: what waits for too long, and what was refused.

use std::time::Duration;

use getmodern::demo::{self, Stage, cast};
use opentelemetry_proto::tonic::trace::v1::span::Link;
use proto::{
    common::v1::{ListDutiesRequest, ListDutiesResponse},
    intake::v1::{AskArchitectRequest, Case, OpenCaseRequest},
};
use tests::{Process, State};

use super::{
    collector::{Collector, attribute},
    stages::{client, contoso_is_told, trace, variables},
    story::product,
    told::is_of_a_story,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_too_long_is_marked_while_it_waits() {
    let (collector, address) = Collector::over_grpc();
    let disk = State::new();
    let mut variables = variables(&address).to_vec();
    variables.push(("GETMODERN_TARGETS", "ANSWER_ARCHITECT=1500ms"));
    let any = "127.0.0.1:0".parse().expect("an address");
    let product = Process::start(&disk, any, &variables).expect("it serves");
    let client = client(product.address);
    let open = OpenCaseRequest {
        request_id: "late-1".to_owned(),
        customer: "Fabrikam".to_owned(),
        tenant: "fabrikam.example".to_owned(),
        ..OpenCaseRequest::default()
    };
    let case: Case = client.call(cast::GATEWAY, open).await.expect("it is opened");
    let ask = AskArchitectRequest {
        name: case.name.clone(),
        request_id: "late-2".to_owned(),
        architect: cast::GMFTA.person.to_owned(),
        question: "where do they stand?".to_owned(),
        ..AskArchitectRequest::default()
    };
    let _: Case = client.call(cast::GATEWAY, ask).await.expect("it is asked");
    let marker = collector.find("the marker", |span| span.name == "overdue ANSWER_ARCHITECT").await;
    let question = ListDutiesRequest { resource: case.name.clone(), ..ListDutiesRequest::default() };
    let path = "/getmodern.intake.v1.IntakeService/ListDuties";
    let duties: ListDutiesResponse = client.call_at(cast::LEADERSHIP, path, question).await.expect("duties");
    let duty = duties.duties.iter().find(|duty| duty.action == "ANSWER_ARCHITECT").expect("it waits");
    let due = duty.due_time.expect("it has a target");
    let due = Duration::new(due.seconds.unsigned_abs(), due.nanos.unsigned_abs());
    let at = [marker.start_time_unix_nano, marker.end_time_unix_nano].map(Duration::from_nanos);
    assert_eq!(at, [due; 2]);
    assert_eq!(
        (attribute(&marker, "getmodern.resource"), marker.trace_id.clone()),
        (case.name.clone(), trace(&case.name))
    );
    let told =
        ["getmodern.duty.role", "getmodern.stage", "getmodern.cycle"].map(|name| attribute(&marker, name));
    assert_eq!(told, ["GMFTA", "RESEARCH", "0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_playbook_refuses_shows_in_the_story_with_its_rule() {
    let (collector, address) = Collector::over_grpc();
    let disk = State::new();
    let product = product(&disk, &address, "grpc");
    let mut stage = Stage::at(product.address, false).expect("an address");
    let engagement = demo::contoso(&mut stage).await.expect("the playbook");
    let own = |span: &opentelemetry_proto::tonic::trace::v1::Span| {
        span.name == "refusal"
            && attribute(span, "getmodern.caller.role") == "GET_MODERN_SME"
            && span.trace_id == trace(&engagement)
    };
    let refusal = collector.find("the approval of one's own request", own).await;
    let told = ["getmodern.reason", "getmodern.rule", "getmodern.resource.type"]
        .map(|name| attribute(&refusal, name));
    assert_eq!(told, ["OWN_REQUEST", "I-16", "engagement"]);
    assert_eq!(refusal.start_time_unix_nano, refusal.end_time_unix_nano);
    let root = collector.find("the root", |span| span.span_id == refusal.parent_span_id).await;
    assert_eq!((&*root.name, attribute(&root, "getmodern.resource")), ("engagement", engagement));
    let call = collector.find("the call", |span| span.span_id == refusal.links[0].span_id).await;
    assert!(call.name.ends_with("/ApproveReengagement"), "{call:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_calls_are_not_sampled_neither_is_what_was_refused_or_follows_and_stories_lead_nowhere_else() {
    let (collector, address) = Collector::over_grpc();
    let disk = State::new();
    let mut variables = variables(&address).to_vec();
    variables.retain(|(name, _)| *name != "OTEL_TRACES_SAMPLER");
    let sampler = [("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0")];
    variables.extend(sampler);
    let any = "127.0.0.1:0".parse().expect("an address");
    let mut product = Process::start(&disk, any, &variables).expect("it serves");
    let mut stage = Stage::at(product.address, false).expect("an address");
    demo::contoso(&mut stage).await.expect("the playbook, refusals included");
    contoso_is_told(&collector).await;
    assert!(product.stop(tests::PATIENCE), "it stops, and sends what still waits");
    let spans = collector.spans();
    let others: Vec<_> = spans.iter().filter(|span| !is_of_a_story(span)).map(|span| &span.name).collect();
    assert_eq!(others, [""; 0]);
    let is_there = |link: &Link| spans.iter().any(|span| span.span_id == link.span_id);
    let lost: Vec<_> = spans.iter().flat_map(|span| &span.links).filter(|link| !is_there(link)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

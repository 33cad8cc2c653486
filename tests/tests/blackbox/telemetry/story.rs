//! A journey of the playbook as a collector sees it.

use std::net::{Ipv4Addr, SocketAddr};

use getmodern::demo::{self, Stage, cast};
use host::{PERSON_HEADER, ROLE_HEADER};
use opentelemetry_proto::tonic::trace::v1::{
    Span,
    span::{Link, SpanKind},
    status::StatusCode,
};
use proto::intake::v1::{
    AskArchitectRequest, Case, OpenCaseRequest, intake_service_client::IntakeServiceClient,
};
use tests::{Process, State};
use tonic::{Code, Request, Status, metadata::MetadataValue, transport::Endpoint};

use super::collector::{Collector, attribute};
use crate::{digests::digest_of, wire::reason};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const METHOD: &str = "rpc.method";
const STATUS: &str = "rpc.response.status_code";

/// A product that sends what it does to `collector` at once.
pub(super) fn product(state: &State, collector: &str, protocol: &str) -> Process {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "65536"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "50"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
    ];
    Process::start(state, ANY, &variables).expect("it serves")
}

/// A case opened by somebody with words that may show nowhere, as part of a trace.
async fn open(address: SocketAddr, trace: &str, key: &str) -> Result<Case, Status> {
    let channel = Endpoint::from_shared(format!("http://{address}")).expect("an address").connect_lazy();
    let message = OpenCaseRequest {
        request_id: key.to_owned(),
        customer: "canary-customer".to_owned(),
        tenant: "canary-tenant.example".to_owned(),
        ..OpenCaseRequest::default()
    };
    let mut request = Request::new(message);
    for (name, value) in [
        (PERSON_HEADER, "people/canary-person"),
        (ROLE_HEADER, "REENGAGEMENT_MANAGER"),
        ("authorization", "Bearer canary-token"),
        ("user-agent", "canary-agent"),
        ("traceparent", trace),
        ("tracestate", "fabrikam=1"),
    ] {
        request.metadata_mut().insert(name, MetadataValue::try_from(value).expect("a value"));
    }
    let mut client = IntakeServiceClient::new(channel);
    client.open_case(request).await.map(tonic::Response::into_inner)
}

fn is_of(span: &Span, method: &str) -> bool {
    span.kind() == SpanKind::Server && attribute(span, METHOD).ends_with(method)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_a_span_of_its_callers_trace_with_what_it_did_within() {
    let (collector, address) = Collector::over_http().await;
    let (kept, trace) = (State::new(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    let product = product(&kept, &address, "http/protobuf");
    open(product.address, trace, "key-1").await.expect("it is opened");
    let call = collector.find("the call", |span| is_of(span, "IntakeService/OpenCase")).await;
    assert_eq!(call.name, "getmodern.intake.v1.IntakeService/OpenCase");
    assert_eq!(
        format!("{:02x?}", call.trace_id),
        format!("{:02x?}", hex("0af7651916cd43dd8448eb211c80319c"))
    );
    assert_eq!((call.parent_span_id.clone(), &*call.trace_state), (hex("b7ad6b7169203331"), ""));
    let key = digest_of(&kept, "intake", "people/canary-person", "key-1");
    let told = [METHOD, STATUS, "rpc.system.name", "getmodern.caller.role", "getmodern.request_id"];
    assert_eq!(
        told.map(|name| attribute(&call, name)),
        ["getmodern.intake.v1.IntakeService/OpenCase", "OK", "grpc", "REENGAGEMENT_MANAGER", &*key]
    );
    for operation in ["read", "commit"] {
        let done = |span: &Span| span.name == operation && span.parent_span_id == call.span_id;
        let done = collector.find(operation, done).await;
        assert_eq!(
            (done.kind(), attribute(&done, "db.operation.name")),
            (SpanKind::Client, operation.to_owned())
        );
        assert_eq!(attribute(&done, "getmodern.request_id"), key, "{done:?}");
        assert!(["sqlite", "postgresql"].contains(&&*attribute(&done, "db.system.name")), "{done:?}");
        assert!(call.start_time_unix_nano <= done.start_time_unix_nano);
        assert!(done.end_time_unix_nano <= call.end_time_unix_nano);
    }
}

/// Whether `span` is what the follower of `source` did about something written within `origin`.
fn follows(span: &Span, source: &str, origin: &Span) -> bool {
    let linked = |link: &Link| (&link.trace_id, &link.span_id) == (&origin.trace_id, &origin.span_id);
    span.name == format!("follow {source}") && span.links.iter().any(linked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handoff_is_one_story_from_the_gateways_exit_to_the_tasks() {
    let (collector, address) = Collector::over_grpc();
    let kept = State::new();
    let product = product(&kept, &address, "grpc");
    let mut stage = Stage::at(product.address, false).expect("an address");
    let engagement = demo::contoso(&mut stage).await.expect("the playbook");
    let left = |span: &Span| is_of(span, "IntakeService/ExitGateway") && attribute(span, STATUS) == "OK";
    let left = collector.find("the exit", left).await;
    let begun = collector.find("the engagement", |span| follows(span, "intake", &left)).await;
    assert_eq!(
        (begun.kind(), &*attribute(&begun, "getmodern.event.outcome")),
        (SpanKind::Consumer, "applied")
    );
    assert_eq!(attribute(&begun, "getmodern.resource"), engagement.replace("engagements/", "cases/"));
    assert!(begun.parent_span_id.is_empty() && begun.trace_id != left.trace_id, "a trace of its own");
    let tasks = collector.find("the tasks", |span| follows(span, "engagement", &begun)).await;
    assert_eq!(attribute(&tasks, "getmodern.resource"), engagement);
    let commit = |span: &Span| span.name == "commit" && span.parent_span_id == tasks.span_id;
    collector.find("their commit", commit).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_to_another_service_is_a_part_of_the_call_that_asks() {
    let (collector, address) = Collector::over_grpc();
    let kept = State::new();
    let product = product(&kept, &address, "grpc");
    let mut stage = Stage::at(product.address, false).expect("an address");
    demo::northwind(&mut stage).await.expect("the playbook");
    let answered = collector.find("the answer", |span| is_of(span, "IntakeService/EvaluatePolicy")).await;
    let asked = collector.find("the question", |span| span.span_id == answered.parent_span_id).await;
    assert_eq!((asked.kind(), &asked.name), (SpanKind::Client, &answered.name));
    assert_eq!((attribute(&asked, STATUS), &asked.trace_id), ("OK".to_owned(), &answered.trace_id));
    let call = collector.find("the call", |span| span.span_id == asked.parent_span_id).await;
    assert!(is_of(&call, "EngagementService/HoldInternalSync"), "{call:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_call_tells_its_code_and_its_reason() {
    let (collector, address) = Collector::over_grpc();
    let kept = State::new();
    let product = product(&kept, &address, "grpc");
    let client =
        getmodern::client::Client::at(product.address, std::time::Duration::ZERO).expect("an address");
    let ask = AskArchitectRequest { name: "cases/0".to_owned(), ..AskArchitectRequest::default() };
    let refused = client.call::<_, Case>(cast::GATEWAY, ask.clone()).await.expect_err("it is malformed");
    let call = collector.find("the refusal", |span| attribute(span, STATUS) == "INVALID_ARGUMENT").await;
    assert_eq!(
        (refused.code(), attribute(&call, "getmodern.reason")),
        (Code::InvalidArgument, reason(&refused))
    );
    assert_eq!(call.status.unwrap_or_default().code(), StatusCode::Unset, "it is the caller's fault");
    let refused = client.call::<_, Case>(cast::FE, ask.clone()).await.expect_err("it is not for them");
    let call = collector.find("the door", |span| attribute(span, STATUS) == "PERMISSION_DENIED").await;
    assert_eq!(
        (attribute(&call, "getmodern.caller.role"), reason(&refused)),
        ("FE".to_owned(), "WRONG_ROLE".to_owned())
    );
    let nowhere = client.call_at::<_, Case>(cast::FE, "/getmodern.intake.v1.IntakeService/Canary", ask).await;
    nowhere.expect_err("there is no such method");
    let call = collector.find("the unknown", |span| attribute(span, STATUS) == "UNIMPLEMENTED").await;
    assert_eq!((&*call.name, attribute(&call, METHOD)), ("_OTHER", "_OTHER".to_owned()));
    assert_eq!(call.status.clone().unwrap_or_default().code(), StatusCode::Error, "{call:?}");
    assert!(!collector.text().contains("Canary"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_personal_and_nothing_said_reaches_the_collector() {
    let (collector, address) = Collector::over_grpc();
    let kept = State::new();
    let product = product(&kept, &address, "grpc");
    open(product.address, "nonsense", "key-1").await.expect("it is opened");
    let mut stage = Stage::at(product.address, false).expect("an address");
    demo::contoso(&mut stage).await.expect("the playbook");
    demo::northwind(&mut stage).await.expect("the playbook");
    collector.find("the last call", |span| is_of(span, "EngagementService/RequestReengagement")).await;
    let text = collector.text().to_lowercase();
    let key = digest_of(&kept, "intake", "people/canary-person", "key-1");
    assert!(text.contains(&key) && text.contains("reengagement_manager"), "it tells what it may");
    for canary in ["canary", "bearer", "contoso", "northwind", "people/", "account manager", "vpn", "agreed"]
    {
        assert!(!text.contains(canary), "{canary}: {}", around(&text, canary));
    }
}

fn around<'a>(text: &'a str, word: &str) -> &'a str {
    let at = text.find(word).unwrap_or_default();
    text.get(at.saturating_sub(200)..at + 100).unwrap_or_default()
}

pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("digits");
    (0..text.len()).step_by(2).map(digits).collect()
}

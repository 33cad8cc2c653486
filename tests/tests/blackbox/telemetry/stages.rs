//! The story of an engagement as its trace tells it: every stage at its real length, as the journal has it.

use std::time::Duration;

use getmodern::{
    client::Client,
    demo::{self, Stage},
};
use opentelemetry_proto::tonic::trace::v1::{Span, span::Link};
use tests::{Process, State};

use super::{
    collector::{Collector, attribute},
    told::{about, journals, judge_all, kept, until, visits},
};
/// A product that tells stories and nothing else: no call is sampled.
pub(super) fn teller(state: &State, collector: &str) -> Process {
    let any = "127.0.0.1:0".parse().expect("an address");
    Process::start(state, any, &variables(collector)).expect("it serves")
}

pub(super) fn variables(collector: &str) -> [(&str, &str); 3] {
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER", "always_off"),
    ]
}

pub(super) fn client(address: std::net::SocketAddr) -> Client {
    Client::at(address, Duration::ZERO).expect("an address")
}

/// Waits until as many resources of each kind were told to their rest as contoso's journey has.
pub(super) async fn contoso_is_told(collector: &Collector) {
    until("contoso's story is told", || {
        let all = kept(collector);
        let count = |name: &str| all.values().filter(|span| span.name == name).count();
        [count("whole case"), count("whole engagement"), count("whole task")] == [1, 2, 3]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_to_standby_and_back_is_told_stage_by_stage_as_the_journal_has_it() {
    let (collector, address) = Collector::over_grpc();
    let disk = State::new();
    let product = teller(&disk, &address);
    let mut stage = Stage::at(product.address, false).expect("an address");
    let engagement = demo::contoso(&mut stage).await.expect("the playbook");
    contoso_is_told(&collector).await;
    let (all, journals) = (kept(&collector), journals(&client(product.address)).await);
    assert_eq!(judge_all(&all, &journals), 5, "a case, an engagement and three tasks");
    let told = about(&all, &engagement, "stage ").into_iter().map(|stay| {
        (attribute(&stay, "getmodern.stage"), stay.start_time_unix_nano, stay.end_time_unix_nano)
    });
    let mut visits = visits(&disk, &engagement);
    assert_eq!(visits.pop().map(|(stage, _, left)| (stage, left)), Some(("STANDBY".to_owned(), 0)));
    assert_eq!(told.collect::<Vec<_>>(), visits);
    let cycles =
        about(&all, &engagement, "stage ").into_iter().map(|stay| attribute(&stay, "getmodern.cycle"));
    assert_eq!(
        cycles.collect::<Vec<_>>().concat(),
        "000001",
        "the last stay before the end is the re-engagement"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_hangs_from_a_root_whose_identity_follows_from_the_name() {
    let (collector, address) = Collector::over_http().await;
    let disk = State::new();
    let mut variables = variables(&address).to_vec();
    variables[1].1 = "http/protobuf";
    let any = "127.0.0.1:0".parse().expect("an address");
    let product = Process::start(&disk, any, &variables).expect("it serves");
    let mut stage = Stage::at(product.address, false).expect("an address");
    let engagement = demo::contoso(&mut stage).await.expect("the playbook");
    contoso_is_told(&collector).await;
    let (all, case) = (kept(&collector), engagement.replace("engagements/", "cases/"));
    let root = about(&all, &engagement, "engagement").remove(0);
    assert_eq!((root.trace_id.clone(), root.span_id.clone()), (trace(&engagement), identity(&engagement)));
    assert_eq!(root.parent_span_id, Vec::<u8>::new());
    let to_case = |link: &Link| (&link.trace_id, &link.span_id) == (&trace(&case), &identity(&case));
    assert!(root.links.iter().any(to_case), "{root:?}");
    for span in all.values() {
        let resource = attribute(span, "getmodern.resource");
        let is_root = span.span_id == identity(&resource);
        let own = if resource.starts_with("cases/") { &case } else { &engagement };
        assert_eq!(span.trace_id, trace(own), "{span:?}");
        let parent = match (is_root, resource.starts_with("tasks/")) {
            (false, _) => identity(&resource),
            (true, true) => identity(&engagement),
            (true, false) => Vec::new(),
        };
        assert_eq!(span.parent_span_id, parent, "{span:?}");
    }
    assert_eq!(all.values().filter(|span| is_root(span)).count(), 5);
}

fn is_root(span: &Span) -> bool {
    span.span_id == identity(&attribute(span, "getmodern.resource"))
}

/// The rule of `deploy/otel/README.md`.
pub(super) fn trace(name: &str) -> Vec<u8> {
    sha256(&format!("getmodern/trace/{name}"))[..16].to_vec()
}

fn identity(name: &str) -> Vec<u8> {
    sha256(&format!("getmodern/span/{name}"))[..8].to_vec()
}

/// As the system's own program has it.
fn sha256(text: &str) -> Vec<u8> {
    use std::io::Write;
    let mut command = std::process::Command::new("sha256sum");
    let command = command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    child.stdin.take().expect("ours").write_all(text.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("it ends").stdout;
    super::story::hex(std::str::from_utf8(&output[..64]).expect("text"))
}

//! Traces, metrics and logs reach a collector over every protocol, in the clear and over TLS.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use getmodern::{
    client::Client,
    demo::cast::{GATEWAY, LEADERSHIP},
};
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric::Data};
use proto::{
    engagement::v1::{GetInsightsRequest, Insights},
    intake::v1::{Case, OpenCaseRequest},
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tests::{Process, State, command};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};
use tonic::transport::Identity;

use super::{
    collector::{Collector, told},
    story::product,
};
use crate::digests::digest_of;

fn client(product: &Process) -> Client {
    Client::at(product.address, Duration::ZERO).expect("an address")
}

fn open(key: &str) -> OpenCaseRequest {
    OpenCaseRequest {
        request_id: key.to_owned(),
        customer: "canary-customer".to_owned(),
        tenant: format!("canary-{key}.example"),
        ..OpenCaseRequest::default()
    }
}

/// Whether `metric` tells of a transition.
fn counts(metric: &Metric) -> bool {
    let Some(Data::Sum(sum)) = &metric.data else { return false };
    let is = |kind: &str| sum.data_points.iter().any(|point| told(&point.attributes, EVENT) == kind);
    metric.name == "getmodern.transitions" && metric.unit == "{transition}" && is("CaseOpened")
}

const EVENT: &str = "getmodern.event.kind";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_and_log_reach_the_collector_over_every_protocol() {
    for protocol in ["grpc", "http/protobuf", "http/json"] {
        let (collector, address) =
            if protocol == "grpc" { Collector::over_grpc() } else { Collector::over_http().await };
        let kept = State::new();
        let mut product = product(&kept, &address, protocol);
        let client = client(&product);
        let _: Case = client.call(GATEWAY, open("one")).await.expect("it is opened");
        let seen = |collector: &Collector| collector.metrics().iter().any(counts).then_some(());
        collector.await_that("the transition", seen).await;
        let stands = |metric: &Metric| metric.name == "getmodern.stage.current";
        let seen = |collector: &Collector| collector.metrics().iter().any(stands).then_some(());
        collector.await_that("the census", seen).await;
        kept.execute("intake", "ALTER TABLE cases RENAME TO gone");
        client.call::<_, Case>(GATEWAY, open("two")).await.expect_err("there is no table");
        let key = digest_of(&kept, "intake", GATEWAY.person, "two");
        let record = |collector: &Collector| {
            let logs = collector.logs();
            logs.into_iter().find(|record| told(&record.attributes, "getmodern.request_id") == key)
        };
        let record = collector.await_that("the record", record).await;
        assert_eq!((&*record.severity_text, record.trace_id.len(), record.span_id.len()), ("ERROR", 16, 8));
        assert!(!told(&record.attributes, "getmodern.log.cause").is_empty(), "{record:?}");
        let call = collector.find("the call", |span| span.span_id == record.span_id).await;
        assert_eq!(
            (call.trace_id, &*call.name),
            (record.trace_id, "getmodern.intake.v1.IntakeService/OpenCase")
        );
        assert!(product.stop(tests::PATIENCE), "{protocol}: it stops");
        let dropped = collector.metrics().into_iter().filter(|one| one.name == "getmodern.export.dropped");
        assert!(dropped.clone().count() > 0, "{protocol}: what is dropped is told");
        assert!(
            dropped.clone().all(|one| !format!("{one:?}").contains("AsInt(1)")),
            "{protocol}: nothing was"
        );
    }
}

/// Who vouches for the collector.
struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("signed").pem();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// A certificate for `localhost`, and its key.
    fn vouch(&self) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["localhost".to_owned()]).expect("parameters");
        (params.signed_by(&key, &self.issuer).expect("signed").pem(), key.serialize_pem())
    }
}

fn acceptor((certificate, key): (String, String)) -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions");
    TlsAcceptor::from(Arc::new(
        config.with_no_client_auth().with_single_cert(chain, key).expect("an identity"),
    ))
}

/// A product that trusts `authority` alone to vouch for the collector at this port.
fn trusting(kept: &State, port: u16, protocol: &str, authority: &Authority) -> Process {
    let file = kept.folder().join("authority.pem");
    fs::write(&file, &authority.certificate).expect("written");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*format!("https://localhost:{port}")),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*file.display().to_string()),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "200"),
    ];
    let any = "127.0.0.1:0".parse().expect("an address");
    Process::start(kept, any, &variables).expect("it serves")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_is_spoken_to_over_tls_only_if_the_right_one_vouches_for_it() {
    for protocol in ["grpc", "http/protobuf"] {
        let (right, wrong) = (Authority::new("contoso"), Authority::new("fabrikam"));
        let (certificate, key) = right.vouch();
        let any = "127.0.0.1:0".parse().expect("an address");
        let (collector, address) = if protocol == "grpc" {
            Collector::within(any, Some(Identity::from_pem(certificate, key)))
        } else {
            Collector::over_https(Some(acceptor((certificate, key)))).await
        };
        let kept = State::new();
        let mut deceived = trusting(&kept, address.port(), protocol, &wrong);
        let _: Case = client(&deceived).call(GATEWAY, open("one")).await.expect("no request is hurt");
        assert!(deceived.stop(tests::PATIENCE), "{protocol}: it stops");
        assert!(
            collector.spans().is_empty() && collector.metrics().is_empty(),
            "{protocol}: {}",
            collector.text()
        );
        let product = trusting(&kept, address.port(), protocol, &right);
        let _: Insights =
            client(&product).call(LEADERSHIP, GetInsightsRequest::default()).await.expect("an answer");
        collector.find("the call", |span| span.name.ends_with("/GetInsights")).await;
        let seen = |collector: &Collector| (!collector.metrics().is_empty()).then_some(());
        collector.await_that("the numbers", seen).await;
    }
}

/// The resource that each process sends, and its warnings of variables that it passes over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attributes_are_decoded_and_what_does_not_read_is_told_once() {
    let (collector, address) = Collector::over_grpc();
    let kept = State::new();
    let mut serve = command(&kept, &["--listen", "127.0.0.1:0", "--log-format", "json"]);
    serve.env("OTEL_EXPORTER_OTLP_ENDPOINT", address).env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    serve.env("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod%20eu,a%2Cb=c%3Dd");
    let spoilt = ["OTEL_TRACES_SAMPLER", "OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT"];
    serve.envs(spoilt.map(|name| (name, "spoilt"))).env("OTEL_METRIC_EXPORT_INTERVAL", "200");
    serve.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = serve.spawn().expect("it runs");
    let log = BufReader::new(process.stdout.take().expect("its log"));
    let mut told = Vec::new();
    for line in log.lines().map_while(Result::ok) {
        told.push(line);
        if told.last().is_some_and(|line| line.contains("getmodern serves")) {
            break;
        }
    }
    let attribute = |name: &str, collector: &Collector| {
        let resources = collector.resources();
        resources.iter().map(|one| self::told(&one.attributes, name)).find(|value| !value.is_empty())
    };
    let place =
        collector.await_that("where it runs", |all| attribute("deployment.environment.name", all)).await;
    let other = attribute("a,b", &collector);
    process.kill().expect("it is killed");
    process.wait().expect("it ends");
    assert_eq!((place.as_str(), other.as_deref()), ("prod eu", Some("c=d")));
    for name in spoilt {
        let of = |line: &&String| line.contains(name) && line.contains("passed over");
        assert_eq!(told.iter().filter(of).count(), 1, "{name} in {told:#?}");
    }
}

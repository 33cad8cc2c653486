//! A collector that is away, or there and silent, costs nothing and delays nothing.

use std::{
    fs::{File, read_to_string},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use getmodern::demo::{self, Stage};
use tests::{Process, State, command, free_address};
use tokio::{net::TcpListener, time::sleep};

use super::{
    admin::{get, number},
    collector::Collector,
    story::product,
};

/// How long a line may take to be written on a busy machine.
const PATIENCE: Duration = tests::PATIENCE;
/// The flush has three seconds; a process that waited for the collector would never end.
const STOP: Duration = tests::PATIENCE;

/// Somebody who takes every connection and never says a word; how many they have taken, and where.
async fn silent() -> (Arc<AtomicUsize>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, SeqCst);
            held.push(stream);
        }
    });
    (taken, address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_hangs_changes_no_call_and_does_not_keep_the_process() {
    for protocol in ["grpc", "http/protobuf"] {
        let (taken, address) = silent().await;
        let kept = State::new();
        let mut product = product(&kept, &address, protocol);
        let mut stage = Stage::at(product.address, false).expect("an address");
        demo::contoso(&mut stage).await.expect("the playbook goes on");
        assert!(taken.load(SeqCst) > 0, "{protocol}: the collector was asked");
        let begun = Instant::now();
        assert!(product.stop(STOP), "{protocol}: it stops");
        assert!(begun.elapsed() < STOP, "{protocol}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_asked_unless_an_endpoint_is_named_and_not_switched_off() {
    let (taken, address) = silent().await;
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*address),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("OTEL_BSP_SCHEDULE_DELAY", "10"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "10"),
    ];
    let kept = State::new();
    let mut product =
        Process::start(&kept, "127.0.0.1:0".parse().expect("an address"), &variables).expect("it serves");
    let mut stage = Stage::at(product.address, false).expect("an address");
    demo::contoso(&mut stage).await.expect("the playbook");
    assert!(product.stop(STOP), "it stops");
    assert_eq!(taken.load(SeqCst), 0);
}

/// Waits until `wanted` is true of what is written at `path`.
async fn written(path: &std::path::Path, what: &str, wanted: impl Fn(&str) -> bool) -> String {
    let begun = Instant::now();
    loop {
        let text = read_to_string(path).expect("a log");
        if wanted(&text) {
            return text;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: {text}");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_is_worth_one_line_and_one_more_when_it_is_back() {
    let (kept, away) = (State::new(), free_address());
    let log = kept.folder().join("log");
    let mut process = command(&kept, &["--listen", "127.0.0.1:0"]);
    process.stderr(File::create(&log).expect("a log")).envs([
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*format!("http://{away}")),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_BSP_SCHEDULE_DELAY", "20"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "50"),
    ]);
    let mut product = Process::run(process).expect("it serves");
    let mut stage = Stage::at(product.address, false).expect("an address");
    let engagement = demo::contoso(&mut stage).await.expect("the playbook goes on");
    let failing = |text: &str| text.contains("traces are not sent") && text.contains("metrics are not sent");
    written(&log, "it is said", failing).await;
    sleep(Duration::from_secs(1)).await;
    let (collector, _) = Collector::at(away);
    let back = |text: &str| text.contains("traces are sent again") && text.contains("metrics are sent again");
    demo::northwind(&mut stage).await.expect("the playbook goes on");
    let text = written(&log, "it is back", back).await;
    for line in ["traces are not sent", "metrics are not sent", "traces are sent again"] {
        assert_eq!(text.matches(line).count(), 1, "{line}: {text}");
    }
    assert!(!text.contains("opentelemetry") && !text.contains("BatchSpanProcessor"), "{text}");
    assert!(product.stop(STOP), "it stops");
    let told = |record: &_| format!("{record:?}").contains("are not sent");
    assert!(!collector.logs().iter().any(told), "what sending brings about is not sent");
    assert!(!text.contains(&engagement), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_while_a_collector_hangs_is_counted() {
    let ((taken, address), kept, admin) = (silent().await, State::new(), free_address());
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*address),
        ("OTEL_BSP_SCHEDULE_DELAY", "10"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "8"),
        ("GETMODERN_ADMIN", &*admin.to_string()),
    ];
    let any = "127.0.0.1:0".parse().expect("an address");
    let mut product = Process::start(&kept, any, &variables).expect("it serves");
    let lost = async || {
        let text = get(admin, "/metrics").await;
        number(&text, "getmodern_export_dropped_total", &["signal=\"traces\""]).expect(&text)
    };
    let mut stage = Stage::at(product.address, false).expect("an address");
    demo::contoso(&mut stage).await.expect("the playbook goes on");
    assert!(taken.load(SeqCst) > 0 && lost().await > 50.0, "{}", lost().await);
    assert!(product.stop(STOP), "it stops");
}

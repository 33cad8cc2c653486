//! A collector that is away, or there and silent, costs nothing and delays nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use getmodern::demo::{self, Stage};
use tests::{Process, State};
use tokio::net::TcpListener;

use super::story::product;

/// The flush has three seconds, the stop of everything else no more than it takes.
const STOP: Duration = Duration::from_secs(8);

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
        ("OTEL_BSP_SCHEDULE_DELAY", "10"),
    ];
    let kept = State::new();
    let mut product =
        Process::start(&kept, "127.0.0.1:0".parse().expect("an address"), &variables).expect("it serves");
    let mut stage = Stage::at(product.address, false).expect("an address");
    demo::contoso(&mut stage).await.expect("the playbook");
    assert!(product.stop(STOP), "it stops");
    assert_eq!(taken.load(SeqCst), 0);
}

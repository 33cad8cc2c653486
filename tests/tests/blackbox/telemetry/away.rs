//! A collector that is away for a while gets every story afterwards, even from another process.

use std::time::{Duration, Instant};

use getmodern::demo::{self, Stage};
use tests::{Process, State, free_address};
use tokio::time::sleep;

use super::{
    admin::{PATIENCE, get, number},
    collector::Collector,
    stages::{client, contoso_is_told, teller, variables},
    told::{journals, judge_all, kept, until},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_comes_late_gets_everything() {
    let (disk, there) = (State::new(), free_address());
    let product = teller(&disk, &format!("http://{there}"));
    let mut stage = Stage::at(product.address, false).expect("an address");
    demo::contoso(&mut stage).await.expect("the playbook goes on");
    let (collector, _) = Collector::at(there);
    contoso_is_told(&collector).await;
    assert_eq!(judge_all(&kept(&collector), &journals(&client(product.address)).await), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_begins_to_tell_tells_the_whole_past() {
    let (disk, any) = (State::new(), "127.0.0.1:0".parse().expect("an address"));
    let silent = tests::Process::start(&disk, any, &[]).expect("it serves");
    let mut stage = Stage::at(silent.address, false).expect("an address");
    demo::contoso(&mut stage).await.expect("the playbook");
    drop(silent);
    let (collector, address) = Collector::over_grpc();
    let product = teller(&disk, &address);
    contoso_is_told(&collector).await;
    assert_eq!(judge_all(&kept(&collector), &journals(&client(product.address)).await), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_collector_refuses_is_given_up_alone_and_counted() {
    let ((collector, address), disk, admin) = (Collector::over_http().await, State::new(), free_address());
    collector.refuse("whole case");
    let (any, port) = ("127.0.0.1:0".parse().expect("an address"), admin.to_string());
    let mut all = variables(&address).to_vec();
    all[1].1 = "http/protobuf";
    all.push(("GETMODERN_ADMIN", &port));
    let product = Process::start(&disk, any, &all).expect("it serves");
    let mut stage = Stage::at(product.address, false).expect("an address");
    demo::contoso(&mut stage).await.expect("the playbook goes on");
    until("all else is told", || {
        let all = kept(&collector);
        let count = |name: &str| all.values().filter(|span| span.name == name).count();
        [count("whole engagement"), count("whole task"), count("case")] == [2, 3, 1]
    })
    .await;
    let begun = Instant::now();
    loop {
        let text = get(admin, "/metrics").await;
        let lost = number(&text, "getmodern_export_dropped_total", &["signal=\"traces\""]);
        if lost >= Some(1.0) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{lost:?}");
        sleep(Duration::from_millis(50)).await;
    }
    assert!(kept(&collector).values().all(|span| span.name != "whole case"));
}

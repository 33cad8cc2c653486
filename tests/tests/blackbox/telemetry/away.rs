//! A collector that is away for a while gets every story afterwards, even from another process.

use getmodern::demo::{self, Stage};
use tests::{State, free_address};

use super::{
    collector::Collector,
    stages::{client, contoso_is_told, teller},
    told::{journals, judge_all, kept},
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

//! Of several replicas one tells; when it goes, another goes on.

use getmodern::demo::{self, Stage, Surprise};
use tests::{Engine, State};
use tokio::time::timeout;

use super::{
    collector::Collector,
    stages::{client, teller},
    told::{is_of_a_story, journals, judge_all, kept, until},
};

/// Waits for a play of the demo, which would ask a process that is gone for ever.
async fn played(play: impl Future<Output = Result<String, Surprise>>) {
    timeout(tests::PATIENCE, play).await.expect("in time").expect("the playbook");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_tell_each_story_once_whichever_of_them_dies() {
    if Engine::here() == Engine::Sqlite {
        return;
    }
    let (collector, address) = Collector::over_grpc();
    let disk = State::new();
    let mut first = teller(&disk, &address);
    let second = teller(&disk, &address);
    let mut stage = Stage::at(second.address, false).expect("an address");
    played(Box::pin(demo::northwind(&mut stage))).await;
    until("the first story begins", || kept(&collector).values().any(|span| span.name == "whole engagement"))
        .await;
    first.kill();
    played(Box::pin(demo::contoso(&mut stage))).await;
    until("both stories are told", || {
        let all = kept(&collector);
        let count = |name: &str| all.values().filter(|span| span.name == name).count();
        [count("whole case"), count("whole engagement"), count("whole task")] == [1, 3, 5]
    })
    .await;
    let all = kept(&collector);
    judge_all(&all, &journals(&client(second.address)).await);
    let sent = collector.spans().iter().filter(|span| is_of_a_story(span)).count();
    println!("{} spans, {sent} with those sent twice", all.len());
}

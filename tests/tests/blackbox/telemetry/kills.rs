//! A kill between a transition and its telling loses no stage and makes none twice.

use std::{sync::Arc, time::Duration};

use getmodern::demo::{self, Stage};
use tests::{Life, PATIENCE, State, Supervisor};

use super::{
    collector::Collector,
    stages::{client, contoso_is_told, teller, variables},
    told::{about, is_of_a_story, journals, judge_all, kept, visits},
};
use crate::faults::crash::{random, seed};

/// Plays contoso while the process is killed over and over, and judges what was told in all its lives.
async fn survives(mut life: impl FnMut(&mut u64, u64) -> Life + Send + 'static) {
    let _ = tests::binary();
    let (collector, address) = Collector::over_grpc();
    let (mut seed, mut lives, disk) = (seed(), 0, Arc::new(State::new()));
    let supervisor = Supervisor::with(&disk, &variables(&address), move || {
        lives += 1;
        life(&mut seed, lives)
    });
    let mut stage = Stage::at(supervisor.address, false).expect("an address").patient(PATIENCE);
    let played = demo::contoso(&mut stage).await;
    let tally = supervisor.stop();
    let engagement = played.unwrap_or_else(|surprise| panic!("{surprise} after {tally:?}"));
    let before = kept(&collector).len();
    let disk = Arc::into_inner(disk).expect("nobody else uses it");
    let product = teller(&disk, &address);
    contoso_is_told(&collector).await;
    let all = kept(&collector);
    assert_eq!(judge_all(&all, &journals(&client(product.address)).await), 5);
    assert_eq!(about(&all, &engagement, "stage ").len(), visits(&disk, &engagement).len() - 1);
    let sent = collector.spans().iter().filter(|span| is_of_a_story(span)).count();
    println!(
        "{tally:?}; {before} spans before the last life, {} in all, {sent} with those sent twice",
        all.len()
    );
    assert!(tally.kills >= 2 && before > 0, "{tally:?} and {before}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_around_any_commit_loses_no_stage_and_makes_none_twice() {
    survives(|seed, _| Life::UntilPoint(1 + random(seed) % 12)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_moment_loses_no_stage_and_makes_none_twice() {
    survives(|seed, lives| {
        Life::ForTime(Duration::from_millis(100 + random(seed) % (200 + 20 * lives + lives * lives)))
    })
    .await;
}

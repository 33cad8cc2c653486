//! Every replica of every service restarted under load, one after the other: no call fails for those who follow the
//! published policy.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    caller::Caller,
    campaign,
    evidence::Evidence,
    fleet::{Fleet, full_name},
    load::Load,
    policy::Policy,
    server::Server,
    tally::Fate,
    turn,
    watcher::Watcher,
};

const CLIENTS: usize = 32;
const PATIENCE: Duration = tests::PATIENCE;

/// The calls that failed, by how, while all replicas were restarted `rounds` times.
async fn roll(policy: Policy, rounds: usize) -> Option<BTreeMap<Fate, usize>> {
    let server = Server::start().await?;
    let mut fleet = Fleet::start(server.urls(), 2).await;
    let caller = Caller::following(policy, fleet.all());
    let watchers = [0, 1, 2].map(|service| Watcher::start(fleet.addresses(service), full_name(service)));
    let load = Load::start(CLIENTS, "rolling", |_| caller.clone());
    caller.tally.flow(20, PATIENCE).await;
    for number in (0..fleet.replicas.len()).cycle().take(fleet.replicas.len() * rounds) {
        fleet.terminate(number).await;
        fleet.begin(number);
        fleet.ready().await;
        caller.tally.flow(5, PATIENCE).await;
    }
    let done = load.stop().await;
    println!("{} acknowledged; {}", done.len(), caller.tally.line());
    let evidence = Evidence::gather(&server.urls()).await;
    evidence.assert_sound(&done);
    for (watcher, book) in watchers.into_iter().zip(&evidence.books) {
        let seen = watcher.stop().await;
        println!("{} watched {} events, resumed after {:?}", book.package, seen.events.len(), seen.ends);
        assert_eq!(seen.events, book.told(), "{}: everything, once, in order", book.package);
        assert!(seen.ends.contains(&Fate::Away), "no watch ended with leave to resume: {:?}", seen.ends);
    }
    let mut failed = caller.tally.counts();
    failed.retain(|fate, _| fate.passes() && *fate != Fate::Early);
    println!("told first: {:?}", caller.tally.strange());
    Some(failed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_while_every_replica_is_restarted_for_those_who_follow_the_published_policy() {
    let _turn = turn().await;
    let Some(failed) = roll(Policy::published(), if campaign() { 5 } else { 1 }).await else { return };
    assert!(failed.is_empty(), "calls failed: {failed:?}");
}

/// The proof that failures would be noticed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_fail_while_replicas_are_restarted_for_those_who_do_not_repeat_them() {
    if !campaign() {
        return;
    }
    let _turn = turn().await;
    let Some(failed) = roll(Policy::published().without_retry(), 3).await else { return };
    println!("without repeating: {failed:?}");
    assert!(!failed.is_empty(), "the policy is not needed");
}

//! Attacks, one after the other, on one process: each strikes and is shown out, friends are answered meanwhile, and the
//! process is as large afterwards as it was.

use std::time::Duration;

use tests::{Process, State, attacks::Attack};
use tokio::time::Instant;
use tonic::transport::Endpoint;

use crate::{
    bounds::violations::peak,
    hostile::{LIST, OPERATOR},
    wire::Wire,
};

/// How long each goes on.
const TURN: Duration = Duration::from_secs(3);
/// MiB that a process may grow by: the buffers of as many connections as an attacker has, in a build that is not optimised.
const GROWTH: usize = 200;

/// A friend's calls until then, each of which is answered; how many, and how long the slowest took.
async fn friends(wire: &Wire, until: Instant) -> (usize, Duration) {
    let (mut calls, mut slowest) = (0, Duration::ZERO);
    while Instant::now() < until {
        let begun = Instant::now();
        wire.send_as(OPERATOR, LIST, Vec::new())
            .await
            .unwrap_or_else(|status| panic!("call {calls}: {status:?}"));
        (calls, slowest) = (calls + 1, slowest.max(begun.elapsed()));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (calls, slowest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_attack_is_shown_out_while_friends_are_answered_and_nothing_grows() {
    let state = State::new();
    let process = Process::start(&state, ([127, 0, 0, 1], 0).into(), &[]).expect("it serves");
    let endpoint = Endpoint::from_shared(format!("http://{}", process.address)).expect("an address");
    let wire = Wire::on(endpoint.connect_lazy());
    friends(&wire, Instant::now() + TURN).await;
    let before = peak(state.folder());
    for attack in Attack::ALL {
        let until = Instant::now() + TURN;
        let attacker = tokio::spawn(attack.run(process.address, until));
        let (calls, slowest) = friends(&wire, until).await;
        let struck = attacker.await.expect("it is over");
        println!("{attack:?}: {struck:?}; {calls} calls of friends, {slowest:?} at most");
        assert!(struck.times > 50, "{attack:?} did not strike: {struck:?}");
        assert!(calls > 20, "{attack:?}: {calls} calls of friends");
        let stays = [Attack::HalfOpen, Attack::SlowHeaders, Attack::SlowBodies, Attack::NeverDraining];
        // Those who wait are shown out by patience, which is longer than this: `patience.rs` has less of it.
        let is_shown_out = struck.cut > 0 || stays.contains(&attack);
        assert!(is_shown_out || attack == Attack::Reconnects, "{attack:?} is let go on: {struck:?}");
    }
    let (Some(before), Some(after)) = (before, peak(state.folder())) else { return };
    println!("at most {before} KiB before, {after} KiB after");
    assert!(after - before < GROWTH * 1024, "it grew from {before} KiB to {after} KiB");
}

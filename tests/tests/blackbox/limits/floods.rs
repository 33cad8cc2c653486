//! Attacks, one after the other, on one process: each strikes and is shown out, friends are answered meanwhile, and the
//! process is as large afterwards as it was.

use std::{net::SocketAddr, time::Duration};

use tests::{
    Process, State,
    attacks::{Attack, Struck},
    free_address,
};
use tokio::time::Instant;
use tonic::transport::Endpoint;

use crate::{
    bounds::violations::peak,
    hostile::{LIST, OPERATOR},
    wire::Wire,
};

/// How long a turn of each takes; it has as many as it needs to strike and to be shown out, and friends to be answered.
const TURN: Duration = Duration::from_secs(1);
/// Far more turns than any machine needs.
const TURNS: usize = 30;
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

/// Has an attack go on until it has struck often, it was shown out, and friends were answered meanwhile.
async fn strikes(attack: Attack, address: SocketAddr, wire: &Wire) {
    // Timeouts close the connections of those who wait, later than this. `timeouts.rs` has shorter ones.
    let waits = [Attack::HalfOpen, Attack::SlowHeaders, Attack::SlowBodies, Attack::NeverDraining];
    let stays = [&waits[..], &Attack::HOLDING, &Attack::ON_HTTP].concat();
    let is_let_go_on = stays.contains(&attack) || attack == Attack::Reconnects;
    let (mut struck, mut calls, mut slowest) = (Struck::default(), 0, Duration::ZERO);
    for _ in 0..TURNS {
        let until = Instant::now() + TURN;
        let attacker = tokio::spawn(attack.run(address, until));
        let (answered, longest) = friends(wire, until).await;
        let strikes = attacker.await.expect("it is over");
        (struck.times, struck.cut) = (struck.times + strikes.times, struck.cut + strikes.cut);
        (calls, slowest) = (calls + answered, slowest.max(longest));
        if struck.times > 50 && calls > 20 && (struck.cut > 0 || is_let_go_on) {
            break;
        }
    }
    println!("{attack:?}: {struck:?}; {calls} calls of friends, {slowest:?} at most");
    assert!(struck.times > 50, "{attack:?} did not strike: {struck:?}");
    assert!(calls > 20, "{attack:?}: {calls} calls of friends");
    assert!(struck.cut > 0 || is_let_go_on, "{attack:?} is let go on: {struck:?}");
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
        strikes(attack, process.address, &wire).await;
    }
    let (Some(before), Some(after)) = (before, peak(state.folder())) else { return };
    println!("at most {before} KiB before, {after} KiB after");
    assert!(after - before < GROWTH * 1024, "it grew from {before} KiB to {after} KiB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn friends_are_answered_whatever_is_sent_over_http() {
    let (state, http) = (State::new(), free_address());
    let variables = [("GETMODERN_HTTP", &*http.to_string())];
    let process = Process::start(&state, ([127, 0, 0, 1], 0).into(), &variables).expect("it serves");
    let endpoint = Endpoint::from_shared(format!("http://{}", process.address)).expect("an address");
    let wire = Wire::on(endpoint.connect_lazy());
    friends(&wire, Instant::now() + TURN).await;
    let before = process.resident();
    for attack in Attack::ON_HTTP {
        strikes(attack, http, &wire).await;
    }
    let grown = process.resident().saturating_sub(before) / 1024 / 1024;
    println!("it grew by {grown} MiB");
    assert!(grown < GROWTH, "it grew by {grown} MiB");
}

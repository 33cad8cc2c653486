//! Connections: in all, from one address, and what they need of the system.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use host::bounds;
use tests::{
    Process, Product, State,
    attacks::ELSEWHERE,
    binary,
    raw::{END_HEADERS, HEADERS, PING, RESET, Raw, call, frame},
};

use super::{LONG, ask, greeted, says};
use crate::{
    faults::gateway::eventually,
    hostile::{LIST, serves},
};

/// A call that stays under way and answers as soon as it is.
const WATCH: &str = "/getmodern.tasks.v1.TaskService/WatchEvents";
/// Long enough to see that somebody is not let in. On a machine that is slower than this, the test shows less.
const NOT_LET_IN: Duration = Duration::from_secs(2);

#[tokio::test]
async fn an_address_has_so_many_connections_and_one_more_is_closed_at_once() {
    let product = Product::with(|settings| settings.limits.connections_per_peer = 12).await;
    let mut held = Vec::new();
    for number in 0..12 {
        held.push(greeted(product.address(), LONG).await.unwrap_or_else(|| panic!("{number} are let in")));
    }
    for _ in 0..3 {
        let mut more = Raw::from(ELSEWHERE, product.address()).await.expect("connected");
        assert!(more.closes(LONG).await, "one too many");
    }
    for raw in &mut held {
        assert!(raw.drain(), "those who are there stay");
    }
    serves(&product).await;
    held.pop();
    eventually("where one left, one may come", async || greeted(product.address(), LONG).await).await;
    drop(held);
    product.stop().await;
}

#[tokio::test]
async fn where_a_flood_came_from_nobody_is_let_in_for_a_second_and_friends_are() {
    let product = Product::start().await;
    let mut stays = greeted(product.address(), LONG).await.expect("let in");
    let takes_back = |stream: u32| {
        let asks = frame(HEADERS, END_HEADERS, stream, &call(LIST, &says("people/mallory")));
        [asks, frame(RESET, 0, stream, &[0, 0, 0, 8])].concat()
    };
    let floods: [Vec<u8>; 2] = [
        (0..20_000).flat_map(|_| frame(PING, 0, 0, &[7; 8])).collect(),
        (0..20_000).flat_map(|number| takes_back(1 + 2 * number)).collect(),
    ];
    for flood in floods {
        let mut raw = greeted(product.address(), LONG).await.expect("let in");
        let _ = raw.send(&flood).await;
        assert!(raw.closes(LONG).await, "it is a flood");
        assert!(greeted(product.address(), LONG).await.is_none(), "right after it");
        assert!(stays.drain(), "who is in stays");
        serves(&product).await;
        tokio::time::sleep(bounds::SHUT_OUT).await;
    }
    drop(stays);
    product.stop().await;
}

#[tokio::test]
async fn where_addresses_tell_nothing_they_are_not_counted() {
    let product = Product::with(|settings| settings.limits.connections_per_peer = 0).await;
    let mut held = Vec::new();
    for number in 0..150 {
        held.push(greeted(product.address(), LONG).await.unwrap_or_else(|| panic!("{number} are let in")));
    }
    drop(held);
    product.stop().await;
}

#[tokio::test]
async fn past_all_connections_one_leaves_who_never_showed_who_they_are_and_nobody_who_works() {
    let product = Product::with(|settings| settings.limits.connections = 20).await;
    let mut worker = greeted(product.address(), LONG).await.expect("let in");
    ask(&mut worker, 1, WATCH, &says("people/ada"), &[]).await;
    assert!(works(&mut worker, LONG).await, "it is under way");
    let mut held = Vec::new();
    for _ in 0..40 {
        held.push(greeted(product.address(), LONG).await.expect("the next is let in"));
    }
    assert!(held[0].closes(LONG).await, "who came first and did nothing has left");
    assert!(held[39].drain(), "who came last is there");
    serves(&product).await;
    assert!(worker.drain(), "who works stays");
    drop((worker, held));
    product.stop().await;
}

#[tokio::test]
async fn past_all_connections_the_next_waits_while_everybody_works() {
    let product = Product::with(|settings| settings.limits.connections = 20).await;
    let mut held = Vec::new();
    let mut next = loop {
        let mut raw = Raw::from(ELSEWHERE, product.address()).await.expect("connected");
        raw.greet(&[]).await.expect("sent");
        ask(&mut raw, 1, WATCH, &says("people/ada"), &[]).await;
        if !works(&mut raw, NOT_LET_IN).await {
            break raw;
        }
        held.push(raw);
        assert!(held.len() <= 20, "more than all");
    };
    assert!(next.drain(), "it is not sent away");
    for raw in &mut held {
        assert!(raw.drain(), "who works stays");
    }
    held.clear();
    assert!(works(&mut next, LONG).await, "now it is let in");
    serves(&product).await;
    drop(next);
    product.stop().await;
}

/// Whether the watch that somebody asked for is under way in time.
async fn works(raw: &mut Raw, within: Duration) -> bool {
    raw.find(within, |frame| frame.kind == HEADERS && frame.stream == 1).await.is_some()
}

/// The binary, where the system gives so many descriptors at first and so many when asked.
fn with_descriptors(state: &State, soft: usize, hard: usize) -> Command {
    let script = format!("ulimit -Sn {soft} && ulimit -Hn {hard} && exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(binary()).args(["--listen", "127.0.0.1:0", "--data"]);
    command.arg(state.folder()).envs(state.variables()).stdin(Stdio::null());
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_fit_into_the_descriptors_there_are_or_nothing_begins() {
    let state = State::new();
    let refused = with_descriptors(&state, 300, 799).output().expect("it runs");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("--connections") && said.contains("ulimit"), "{said}");
    for (soft, hard, connections) in [(300, 800, "512"), (300, 300, "12")] {
        let mut command = with_descriptors(&state, soft, hard);
        command.args(["--connections", connections]).stderr(Stdio::null());
        assert!(Process::run(command).is_some(), "{connections} fit into {hard}");
    }
}

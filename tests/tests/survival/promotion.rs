//! The leader of two servers killed under load, and replaced on purpose: what was acknowledged is where callers are led.

use std::time::{Duration, Instant};

use crate::{
    caller::Caller,
    campaign,
    evidence::Evidence,
    fleet::Fleet,
    load::Load,
    patroni::{ASYNCHRONOUS, Patroni, SYNCHRONOUS, eventually},
    story::play::staffed,
    tally::Fate,
    turn,
    world::World,
};

const CLIENTS: usize = 32;
const PATIENCE: Duration = tests::PATIENCE;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_promoted_under_load_has_all_that_was_acknowledged() {
    let _turn = turn().await;
    let Some(mut servers) = Patroni::start(SYNCHRONOUS).await else { return };
    let mut fleet = Fleet::start(servers.urls(), 2).await;
    let caller = Caller::new(fleet.all());
    let hasty = caller.clone().with_deadline(Duration::from_secs(4));
    let load = Load::start(CLIENTS, "promoted", |number| [&caller, &hasty][number % 2].clone());
    for _ in 0..if campaign() { 5 } else { 1 } {
        caller.tally.flow(20, PATIENCE).await;
        let leader = servers.leader().await;
        let from = Instant::now();
        servers.kill(leader);
        eventually("the other one leads", async || servers.leads(1 - leader).await).await;
        let promoted = from.elapsed();
        caller.tally.flow(20, PATIENCE).await;
        println!("killed: another leads after {promoted:?}; nothing done for {:?}", caller.tally.gaps(from));
        servers.begin(leader);
        servers.whole().await;
        caller.tally.flow(20, PATIENCE).await;
        let from = Instant::now();
        servers.switch(leader);
        eventually("the first one leads again", async || servers.leads(leader).await).await;
        caller.tally.flow(20, PATIENCE).await;
        println!("switched: nothing done for {:?}", caller.tally.gaps(from));
        servers.whole().await;
    }
    let done = load.stop().await;
    println!("{} acknowledged; {}", done.len(), caller.tally.line());
    assert!(caller.tally.count(Fate::Away) > 0, "nobody noticed");
    caller.tally.assert_only(&[Fate::Away, Fate::Late]);
    fleet.assert_running();
    Evidence::gather(&servers.urls()).await.assert_sound(&done);
}

/// The proof that it would be noticed: without synchronous replication, a server that was behind leads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_promoted_server_never_received_is_missed() {
    if !campaign() {
        return;
    }
    let _turn = turn().await;
    let Some(mut servers) = Patroni::start(ASYNCHRONOUS).await else { return };
    let fleet = Fleet::start(servers.urls(), 1).await;
    let caller = Caller::new(fleet.all());
    let mut world = World::new(caller, "lost".to_owned());
    staffed(&mut world, "received").await;
    let leader = servers.leader().await;
    servers.hold_back(1 - leader).await;
    staffed(&mut world, "not-received").await;
    servers.kill(leader);
    eventually("the other one leads", async || servers.leads(1 - leader).await).await;
    servers.reachable().await;
    let lost = Evidence::gather(&servers.urls()).await.lost(&world.done);
    println!("{} of {} acknowledged are missed", lost.len(), world.done.len());
    assert!(!lost.is_empty() && lost.len() < world.done.len(), "{lost:?}");
}

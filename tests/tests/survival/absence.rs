//! One service away while the others go on: what it misses it catches up with, once.

use std::time::{Duration, Instant};

use tonic_health::pb::health_check_response::ServingStatus;

use crate::{
    caller::Caller,
    campaign,
    evidence::Evidence,
    fleet::{FOLLOWED, Fleet, full_name, health},
    load::Load,
    server::{SERVICES, Server},
    story::play::{staffed, undetermined},
    turn,
    world::World,
};

const PATIENCE: Duration = tests::PATIENCE;
const REPLICAS: usize = 2;
/// How long a service stays away at least, in the long form.
const LEAST: Duration = Duration::from_mins(3);

/// How a service goes away and comes back.
#[derive(Debug, Clone, Copy)]
enum Away {
    /// `SIGSTOP`: its connections stay, and nothing comes over them.
    Frozen,
    /// `kill -9`.
    Killed,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_was_away_catches_up_with_what_the_others_did_meanwhile() {
    let _turn = turn().await;
    let Some(server) = Server::start().await else { return };
    let mut fleet = Fleet::start(server.urls(), REPLICAS).await;
    let caller = Caller::new(fleet.all());
    let load = Load::start(12, "away", |_| caller.clone());
    let mut done = Vec::new();
    let times = [(1, Away::Frozen), (2, Away::Killed), (1, Away::Killed), (2, Away::Frozen)];
    for (service, away) in times.into_iter().take(if campaign() { 4 } else { 2 }) {
        caller.tally.flow(10, PATIENCE).await;
        done.extend(while_away(&mut fleet, &caller, service, away).await);
        caller.tally.flow(10, PATIENCE).await;
        assert_following(&fleet).await;
    }
    done.extend(load.stop().await);
    println!("{} acknowledged; {}", done.len(), caller.tally.line());
    Evidence::gather(&server.urls()).await.assert_sound(&done);
}

/// Takes a service away, shows that it is, that the others go on and that they say what they miss, and brings it back.
async fn while_away(
    fleet: &mut Fleet,
    caller: &Caller,
    service: usize,
    away: Away,
) -> Vec<crate::world::Done> {
    let its: Vec<_> = (0..fleet.replicas.len()).filter(|number| number % 3 == service).collect();
    match away {
        Away::Frozen => fleet.signal(service, "-STOP"),
        Away::Killed => its.iter().for_each(|number| fleet.kill(*number)),
    }
    let from = Instant::now();
    for address in fleet.addresses(service) {
        assert_eq!(health(address, &full_name(service)).await, None, "{} is away", SERVICES[service]);
    }
    let mut others = World::new(caller.clone(), format!("meanwhile-{service}-{away:?}"));
    // The follower of its journal says, sooner or later, that it cannot follow.
    let follower = format!("{}/{}", full_name(1 + service % 2), SERVICES[service]);
    let asked = fleet.addresses(1 + service % 2)[0];
    let says_so = async || health(asked, &follower).await == Some(ServingStatus::NotServing);
    let mut stories = 0;
    while from.elapsed() < LEAST * u32::from(campaign()) || stories < 4 || !says_so().await {
        assert!(from.elapsed() < LEAST + PATIENCE, "{follower} says nothing while {away:?}");
        let customer = format!("{}-{stories}", others.name.to_lowercase());
        staffed(&mut others, &format!("s-{customer}")).await;
        undetermined(&mut others, &format!("u-{customer}")).await;
        stories += 2;
    }
    let back = Instant::now();
    match away {
        Away::Frozen => fleet.signal(service, "-CONT"),
        Away::Killed => its.iter().for_each(|number| fleet.begin(*number)),
    }
    fleet.ready().await;
    println!(
        "{} {away:?} for {:.1} s, {stories} stories meanwhile, serving {:.1} s after",
        SERVICES[service],
        (back - from).as_secs_f32(),
        back.elapsed().as_secs_f32()
    );
    others.done
}

/// Waits until every follower of every replica follows.
async fn assert_following(fleet: &Fleet) {
    let follows = |service: usize| FOLLOWED[service].iter().map(move |source| (service, *source));
    for (service, source) in (0..3).flat_map(follows) {
        let follower = format!("{}/{}", full_name(service), SERVICES[source]);
        for address in fleet.addresses(service) {
            let begun = Instant::now();
            while health(address, &follower).await != Some(ServingStatus::Serving) {
                assert!(begun.elapsed() < PATIENCE, "{follower} at {address} does not follow");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

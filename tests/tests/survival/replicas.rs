//! Several replicas of each service on one PostgreSQL: one order, told to all, and everything once.

use std::time::{Duration, Instant};

use getmodern::client::Actor;
use prost::{Message, Name};
use proto::{
    engagement::v1::{AssignEngagementRequest, Engagement},
    intake::v1::{Case, OpenCaseRequest},
    tasks::v1::{Note, WriteNoteRequest, note},
};

use crate::{
    caller::Caller,
    campaign,
    evidence::Evidence,
    fleet::{Fleet, full_name},
    load::Load,
    server::Server,
    tally::Fate,
    turn,
    watcher::{Watcher, watch},
    world::{GATEWAY, GMFTA, PROGRAM, World, keyed},
};

const CLIENTS: usize = 32;
const PATIENCE: Duration = tests::PATIENCE;
/// How long an attempt may take: a replica that stands still answers nobody.
const DEADLINE: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_are_killed_in_turn_tell_one_order_and_do_everything_once() {
    let _turn = turn().await;
    let Some(server) = Server::start().await else { return };
    let mut fleet = Fleet::start(server.urls(), 3).await;
    wake(&fleet).await;
    let caller = Caller::new(fleet.all()).with_deadline(DEADLINE);
    let watchers: Vec<_> = fleet
        .replicas
        .iter()
        .map(|replica| (replica.service, Watcher::start(vec![replica.address], full_name(replica.service))))
        .collect();
    let load = Load::start(CLIENTS, "killed", |_| caller.clone());
    caller.tally.flow(20, PATIENCE).await;
    Box::pin(twice_at_once(&fleet, World::new(caller.clone(), "twins".to_owned()))).await;
    for round in 0..if campaign() { 45 } else { 3 } {
        // Of another service each time, and of each replica in the end.
        let number = (round * 4) % fleet.replicas.len();
        // Another of the same service stands still in the midst of what it does.
        let frozen = (number + 3) % fleet.replicas.len();
        fleet.freeze(frozen);
        fleet.kill(number);
        caller.tally.flow(10, PATIENCE).await;
        fleet.thaw(frozen);
        fleet.begin(number);
        fleet.ready().await;
        caller.tally.flow(10, PATIENCE).await;
    }
    let done = load.stop().await;
    println!("{} acknowledged; {}", done.len(), caller.tally.line());
    assert!(caller.tally.count(Fate::Broken) > 0, "nobody noticed the kills");
    let evidence = Evidence::gather(&server.urls()).await;
    evidence.assert_sound(&done);
    let mut ends = 0;
    for (service, watcher) in watchers {
        let seen = watcher.stop().await;
        ends += seen.ends.len();
        let book = &evidence.books[service];
        assert_eq!(seen.events, book.told(), "{}: the same to every watcher", book.package);
    }
    assert!(ends > 0, "no watch was cut by a kill");
}

/// How soon a watcher at one replica is told of what was done at another, when nothing else goes on.
async fn wake(fleet: &Fleet) {
    let addresses = fleet.addresses(0);
    let here = Caller::new(vec![("getmodern.intake.v1", vec![addresses[0]])]);
    let mut there = watch(addresses[1], &full_name(0), 0).await.expect("watched");
    let mut times = Vec::new();
    for number in 0..21 {
        let open = keyed(&open(&format!("wake-{number}")), &format!("wake-{number}"));
        let case: Case = here.once(GATEWAY, open).await.expect("opened");
        let since = Instant::now();
        loop {
            let batch = tokio::time::timeout(PATIENCE, there.message()).await.expect("woken");
            let batch = batch.expect("it goes on").expect("it does not end");
            if batch.events.iter().any(|event| event.resource == case.name) {
                break;
            }
        }
        times.push(since.elapsed());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    times.sort_unstable();
    println!(
        "another replica's watcher is told after {:?} at the median, {:?} at most",
        times[10], times[20]
    );
}

/// The same request at two replicas at the same time, of each service: one effect, and the same reply to both.
async fn twice_at_once(fleet: &Fleet, mut world: World) {
    let engagement = world.reactive("twins").await;
    for number in 0..10 {
        let customer = format!("twins-{number}");
        both::<_, Case>(fleet, GATEWAY, keyed(&open(&customer), &customer)).await;
        let assign = AssignEngagementRequest {
            request_id: customer.clone(),
            customer: customer.clone(),
            tenant: format!("assigned-{customer}.onmicrosoft.com"),
            aim: "off Windows 7".to_owned(),
            gmfta: GMFTA.person.to_owned(),
            ..AssignEngagementRequest::default()
        };
        Box::pin(both::<_, Engagement>(fleet, PROGRAM, assign)).await;
        let write = WriteNoteRequest {
            request_id: customer,
            engagement: engagement.clone(),
            kind: note::Kind::EnterpriseNotes.into(),
            text: "as agreed".to_owned(),
            ..WriteNoteRequest::default()
        };
        both::<_, Note>(fleet, GMFTA, write).await;
    }
}

async fn both<M, R>(fleet: &Fleet, who: Actor, message: M)
where
    M: Message + Name + Clone + 'static,
    R: Message + Default + PartialEq + std::fmt::Debug + 'static,
{
    let all = fleet.all();
    let (package, addresses) =
        all.into_iter().find(|(package, _)| *package == M::PACKAGE).expect("a service");
    let [one, two] = [0, 1].map(|number| Caller::new(vec![(package, vec![addresses[number]])]));
    let (one, two) = tokio::join!(one.call::<M, R>(who, message.clone()), two.call::<M, R>(who, message));
    assert_eq!(one.expect("carried out"), two.expect("carried out"), "{}: the same reply", M::NAME);
}

fn open(customer: &str) -> OpenCaseRequest {
    let tenant = format!("{customer}.onmicrosoft.com");
    OpenCaseRequest { customer: customer.to_owned(), tenant, ..OpenCaseRequest::default() }
}

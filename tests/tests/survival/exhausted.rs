//! Every connection of a service waiting on somebody's lock: its callers are told in bounded time, the others go on.

use std::time::{Duration, Instant};

use futures::future::join_all;
use proto::{
    engagement::v1::{Engagement, RaiseBlockerRequest, blocker},
    intake::v1::{Case, OpenCaseRequest},
    tasks::v1::note,
};
use sqlx::{Connection, PgConnection};

use crate::{
    caller::Caller,
    evidence::Evidence,
    fleet::Fleet,
    server::Server,
    story::about,
    tally::Fate,
    turn,
    world::{FE, GATEWAY, World, keyed},
};

/// Far more callers than a service has connections.
const CALLERS: usize = 64;
/// How often the others go on.
const TURNS: usize = 20;
/// How long anybody may be kept waiting for bad news: 26 seconds, to get a connection and then its answer, twice; and more on a
/// busy machine.
const BOUND: Duration = tests::PATIENCE;

fn open(customer: &str) -> OpenCaseRequest {
    let tenant = format!("{customer}.onmicrosoft.com");
    let request = OpenCaseRequest { customer: customer.to_owned(), tenant, ..OpenCaseRequest::default() };
    keyed(&request, customer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_every_connection_waiting_is_told_in_bounded_time_and_other_services_go_on() {
    let _turn = turn().await;
    let Some(server) = Server::start().await else { return };
    let mut fleet = Fleet::start(server.urls(), 1).await;
    let caller = Caller::new(fleet.all());
    let mut others = World::new(caller.clone(), "others".to_owned());
    let name = others.reactive("others").await;
    others.prepared(&name).await;
    let mut locker = PgConnection::connect(&server.url("intake")).await.expect("connected");
    let mut lock = locker.begin().await.expect("begun");
    sqlx::raw_sql("LOCK TABLE cases IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.expect("locked");
    let waiting = (0..CALLERS).map(|number| {
        let caller = caller.clone();
        tokio::spawn(async move {
            let begun = Instant::now();
            let answer = caller.once::<_, Case>(GATEWAY, open(&format!("waiting-{number}"))).await;
            (Fate::of(&answer), begun.elapsed())
        })
    });
    let waiting: Vec<_> = waiting.collect();
    let before = others.done.len();
    let (slowest, blocked) = go_on(&mut others, &name, &server).await;
    let told = join_all(waiting).await;
    let told: Vec<_> = told.into_iter().map(|told| told.expect("an answer")).collect();
    let longest = told.iter().map(|told| told.1).max().expect("callers");
    println!(
        "{blocked} connections waited; {CALLERS} callers told after {longest:?} at most; \
         {} calls of others meanwhile, {slowest:?} at most",
        others.done.len() - before
    );
    assert!(told.iter().all(|told| told.0 == Fate::Away), "{told:?}");
    assert!(longest < BOUND, "{longest:?}");
    lock.rollback().await.expect("released");
    let mut after = World::new(caller.clone(), "after".to_owned());
    for number in 0..CALLERS {
        let _: Case = after.act(GATEWAY, open(&format!("waiting-{number}"))).await;
    }
    fleet.assert_running();
    caller.tally.assert_only(&[]);
    let done = [others.done, after.done].concat();
    let faults = Evidence::gather(&server.urls()).await.faults(&done);
    assert!(faults.is_empty(), "{faults:?}");
}

/// The others go on meanwhile, some turns long and until nearly all connections of intake wait: how long a turn took at most,
/// and how many connections waited.
async fn go_on(others: &mut World, name: &str, server: &Server) -> (Duration, i64) {
    let (begun, mut slowest, mut blocked) = (Instant::now(), Duration::ZERO, 0);
    for turn in 0.. {
        if turn >= TURNS && blocked >= 14 {
            break;
        }
        assert!(begun.elapsed() < BOUND, "after {turn} turns only {blocked} connections waited");
        let since = Instant::now();
        let raise = about!(RaiseBlockerRequest, name,
            kind: blocker::Kind::Application.into(), description: "the VPN".to_owned());
        let _: Engagement = others.act(FE, raise).await;
        others.note(name, note::Kind::EnterpriseNotes).await;
        slowest = slowest.max(since.elapsed());
        blocked = blocked.max(waiters(server).await);
    }
    (slowest, blocked)
}

/// Connections of intake that wait for a lock.
async fn waiters(server: &Server) -> i64 {
    let mut own = PgConnection::connect(&server.url("intake")).await.expect("connected");
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'intake' AND wait_event_type = 'Lock'";
    sqlx::query_scalar(waiting).fetch_one(&mut own).await.expect("told")
}

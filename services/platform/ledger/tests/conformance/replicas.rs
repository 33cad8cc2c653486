//! Several processes on one PostgreSQL database: one order, told to all, whoever is busy elsewhere.

use std::time::{Duration, Instant};

use ledger::{Commit, Failure, Ledger, Reply, RequestKey, Stop, head, remember};
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use crate::{
    acting::{act, id, open},
    changes::{keep_by_id, key_of},
    counter::{Wish, moment},
    faults::writers_wait,
    following::follow_writers_of,
    house::House,
};

const ENTRY: &str = "INSERT INTO journal (resource, kind, rule, data, person, role, time, request_id, \
                     version_before, version_after) \
                     VALUES ('shelves/a', 'Moved', 'C-3', '{}', 'people/ada', 'GMFTA', now(), '', 0, 1)";

pub(crate) async fn followers_at_three_replicas_see_the_same_of_forty_eight_writers(house: House) {
    let replicas = [house.open().await, house.open().await, house.open().await];
    follow_writers_of(&replicas).await;
}

pub(crate) async fn replicas_that_open_at_once_migrate_once(house: House) {
    let open = || async { house.open().await };
    let (one, two, three) = tokio::join!(open(), open(), open());
    for ledger in [one, two, three] {
        assert_eq!(head(&ledger).await.expect("readable").revision, 0);
    }
}

pub(crate) async fn another_replica_is_woken_sooner_than_it_would_look(house: House) {
    let (here, there) = (house.open().await, house.open().await);
    let mut revisions = there.revisions();
    let mut waits = Vec::new();
    for turn in 1..=21 {
        let wish = if turn == 1 { open(1, "shelves/a") } else { Wish::Add(vec![1]) };
        act(&here, id(1), &wish, &turn.to_string()).await;
        let told = Instant::now();
        let woken = timeout(Duration::from_secs(3), revisions.wait_for(|newest| *newest == turn)).await;
        woken.expect("in time").expect("open");
        waits.push(told.elapsed());
    }
    waits.sort_unstable();
    println!("woken after {:?} at the median, {:?} at most", waits[10], waits[20]);
    assert!(waits[10] < Duration::from_millis(250), "{waits:?}");
}

pub(crate) async fn whoever_writes_to_the_journal_keeps_writers_waiting_and_no_reader(house: House) {
    let ledger = house.open().await;
    let mut other = PgConnection::connect(house.address()).await.expect("connected");
    let mut open_still = other.begin().await.expect("begun");
    sqlx::query(ENTRY).execute(&mut *open_still).await.expect("written");
    let writer = tokio::spawn({
        let ledger = ledger.clone();
        async move { act(&ledger, id(1), &open(1, "shelves/a"), "first").await }
    });
    writers_wait(&mut open_still, 1).await;
    assert_eq!(resources(&ledger).await, Vec::<String>::new(), "whoever reads waits for nobody");
    open_still.commit().await.expect("committed");
    writer.await.expect("no panic");
    assert_eq!(resources(&ledger).await, ["shelves/a".to_owned(), kernel::name::of("counters", id(1))]);
    assert_eq!(head(&ledger).await.expect("readable").revision, 2);
}

/// The resources of the journal's entries, in order.
async fn resources(ledger: &Ledger) -> Vec<String> {
    let all = ledger::JournalQuery {
        after: 0,
        resource: None,
        eyes: &ledger::Eyes::All,
        sieve: ledger::Sieve::ALL,
        limit: 100,
    };
    let entries = ledger::entries(ledger, all).await.expect("readable");
    entries.into_iter().map(|entry| entry.resource).collect()
}

pub(crate) async fn what_one_release_carried_out_the_other_does_not_a_second_time(house: House) {
    let ledger = house.open().await;
    for first_is_newer in [true, false] {
        let id = format!("same-{first_is_newer}");
        let newer = key_of(&ledger, &id).await;
        let reply =
            Reply { resource: "counters/1".to_owned(), message: "Version".to_owned(), bytes: vec![2] };
        let kept = Commit { statements: vec![remember(&newer, reply, moment(0))] };
        let again = if first_is_newer {
            ledger.commit(kept).await.expect("kept");
            keep_by_id(&ledger, &id).await
        } else {
            keep_by_id(&ledger, &id).await.expect("kept");
            ledger.commit(kept).await
        };
        let Err(Failure::Stopped(Stop::Unique(constraint))) = &again else { panic!("{again:?}") };
        assert_eq!(constraint, RequestKey::CONSTRAINT);
    }
    keep_by_id(&ledger, "another").await.expect("that is another one");
}

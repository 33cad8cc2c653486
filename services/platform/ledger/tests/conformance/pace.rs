//! How long a commit takes and how many fit into a second, on each engine in one run:
//! `cargo test -p ledger --test conformance pace -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use ledger::Ledger;
use tokio::task::JoinSet;

use crate::{
    acting::{commit, decide, id, key, open},
    counter::moment,
    house::House,
};

const ALONE: u128 = 300;
const WRITERS: u128 = 32;
const EACH: u128 = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, and asserts nothing"]
async fn pace() {
    for house in [Some(House::sqlite()), House::postgres(), House::pgbouncer()].into_iter().flatten() {
        let ledger = house.open().await;
        let mut alone = create(ledger.clone(), 0..ALONE).await;
        alone.sort_unstable();
        let begun = Instant::now();
        let mut writers = JoinSet::new();
        for writer in 1..=WRITERS {
            writers.spawn(create(ledger.clone(), writer * 1000..writer * 1000 + EACH));
        }
        let mut together = writers.join_all().await.concat();
        let taken = begun.elapsed();
        together.sort_unstable();
        println!(
            "{}: alone {:?} (p99 {:?}); {WRITERS} writers {:?} (p99 {:?}), {} in {taken:?}",
            house.engine,
            alone[alone.len() / 2],
            alone[alone.len() * 99 / 100],
            together[together.len() / 2],
            together[together.len() * 99 / 100],
            together.len(),
        );
    }
}

/// How long each commit that creates a counter took.
async fn create(ledger: Ledger, numbers: std::ops::Range<u128>) -> Vec<Duration> {
    let mut waits = Vec::new();
    for number in numbers {
        let change = decide(id(number), None, &open(number, "shelves/a"), moment(0));
        let commit = commit(&change, &key(&number.to_string()));
        let begun = Instant::now();
        ledger.commit(commit).await.expect("written");
        waits.push(begun.elapsed());
    }
    waits
}

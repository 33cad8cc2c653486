//! Reading the journal as it grows, by no more than the newest revision seen so far.

use std::time::Duration;

use ledger::{Entry, JournalQuery, Ledger, entries};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    acting::{act, id, open},
    counter::Wish,
    house::House,
    oracle::faults,
};

const WRITERS: u128 = 16;
const TURNS: u128 = 30;

pub(crate) async fn a_follower_of_sixteen_writers_misses_nothing(house: House) {
    let ledger = house.open().await;
    follow_writers_of(&[ledger]).await;
}

/// Sixteen writers and one follower at each of `replicas`; every follower has to see the same sound journal.
pub(crate) async fn follow_writers_of(replicas: &[Ledger]) {
    for number in 0..8 {
        act(&replicas[0], id(number), &open(number, "shelves/a"), &format!("open {number}")).await;
    }
    let each = usize::try_from(WRITERS * TURNS).expect("small");
    let (mut followers, mut writers) = (JoinSet::new(), JoinSet::new());
    for (replica, ledger) in replicas.iter().enumerate() {
        followers.spawn(follow(ledger.clone(), 8 + replicas.len() * each));
        for writer in 0..WRITERS {
            writers.spawn(write(ledger.clone(), replica, writer));
        }
    }
    writers.join_all().await;
    let followed = followers.join_all().await;
    for seen in &followed {
        assert_eq!(faults(seen), Vec::<String>::new());
        assert_eq!(seen, &followed[0]);
    }
}

async fn write(ledger: Ledger, replica: usize, writer: u128) {
    for turn in 0..TURNS {
        let request = format!("{replica} {writer} {turn}");
        act(&ledger, id((writer + turn) % 8), &Wish::Add(vec![1]), &request).await;
    }
}

/// What is told until that many entries are seen or nothing more comes.
async fn follow(ledger: Ledger, until: usize) -> Vec<Entry> {
    let mut revisions = ledger.revisions();
    let mut seen: Vec<Entry> = Vec::new();
    let mut quiet = 0;
    while seen.len() < until && quiet < 4 {
        let after = seen.last().map_or(0, |entry| entry.revision);
        let more = entries(
            &ledger,
            JournalQuery {
                after,
                resource: None,
                eyes: &ledger::Eyes::All,
                sieve: ledger::Sieve::ALL,
                limit: 100,
            },
        )
        .await;
        let more = more.expect("readable");
        if more.is_empty() {
            let told = timeout(Duration::from_secs(1), revisions.changed()).await;
            quiet = if told.is_ok() { 0 } else { quiet + 1 };
        }
        seen.extend(more);
    }
    assert_eq!(seen.len(), until, "the follower missed some");
    seen
}

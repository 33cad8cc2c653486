//! Whoever was told that a commit is written finds it, whatever others do.

use std::time::Duration;

use ledger::Ledger;
use tokio::{
    sync::watch,
    task::{JoinSet, yield_now},
    time::timeout,
};

use crate::{
    acting::{act, current, id, open},
    counter::Wish,
    dice::Dice,
    house::{House, mark, marks, write},
};

/// Commits that a caller stops waiting for.
const DROPS: i64 = 500;
/// A writer that writes nothing for so long is blocked.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) async fn reading_sees_every_acknowledged_commit(house: House) {
    let ledger = house.open().await;
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let ledger = ledger.clone();
        writers.spawn(async move {
            act(&ledger, id(writer), &open(writer, "shelves/a"), &format!("open {writer}")).await;
            for turn in 0..100 {
                let told = act(&ledger, id(writer), &Wish::Add(vec![1]), &format!("{writer} {turn}")).await;
                assert_eq!(current(&ledger, id(writer)).await, Some(told));
            }
        });
    }
    writers.join_all().await;
}

pub(crate) async fn callers_that_go_away_lose_nothing_and_block_nobody(house: House) {
    go_away(&house.open().await, |random| yields((random >> 8) % (1 << (random % 14)))).await;
}

/// Callers stop waiting half-way, each after a random `patience`, while others write: each of these has to write between one
/// that leaves and the next, and whatever was acknowledged has to be there.
pub(crate) async fn go_away<P>(ledger: &Ledger, patience: fn(u64) -> P)
where
    P: Future<Output = ()> + Send + 'static,
{
    let mut dice = Dice::new();
    let mut steady = JoinSet::new();
    let others = [1, 2, 3].map(|writer| {
        let (told, written) = watch::channel(0);
        steady.spawn(write_while_watched(ledger.clone(), told, writer * 1_000_000));
        written
    });
    let mut leaving = JoinSet::new();
    for writer in 0..5 {
        let (ledger, others, mut dice) = (ledger.clone(), others.clone(), dice.split());
        leaving.spawn(async move {
            let [begin, middle, end] = [0, 1, 2].map(|half| (2 * writer + half) * DROPS / 10);
            let mut told = leave_half_way(&ledger, &mut dice, patience, begin..middle).await;
            written_again(&others).await;
            told.extend(leave_half_way(&ledger, &mut dice, patience, middle..end).await);
            told
        });
    }
    drop(others);
    let told: Vec<_> = leaving.join_all().await.into_iter().flatten().collect();
    let steady: Vec<_> = steady.join_all().await;

    let kept = marks(ledger).await;
    for number in steady.iter().flatten().chain(&told) {
        assert!(kept.binary_search(number).is_ok(), "{number} was acknowledged and is lost");
    }
    let unfinished = DROPS - i64::try_from(told.len()).expect("few");
    let written_anyway = kept.iter().filter(|number| **number < DROPS).count() - told.len();
    println!(
        "{unfinished} left half-way, {written_anyway} of them written; {} others",
        steady.concat().len()
    );
    assert!(unfinished > DROPS / 10, "hardly anybody left half-way");
    assert!(written_anyway > 0, "nobody left after the commit was handed over");
    write(ledger, [mark(-1)]).await.expect("the writer is usable");
}

/// The numbers acknowledged while somebody looks at how many they are.
async fn write_while_watched(ledger: Ledger, count: watch::Sender<usize>, first: i64) -> Vec<i64> {
    let mut told = Vec::new();
    for number in first.. {
        if count.is_closed() {
            break;
        }
        write(&ledger, [mark(number)]).await.expect("written");
        told.push(number);
        count.send_replace(told.len());
    }
    told
}

/// Waits until each of the writers has written something that it began after now.
async fn written_again(others: &[watch::Receiver<usize>; 3]) {
    for mut written in others.clone() {
        let now = *written.borrow();
        let again = timeout(PATIENCE, written.wait_for(|written| *written > now + 1)).await;
        again.expect("those who stay are not blocked by those who leave").expect("the writer goes on");
    }
}

/// Starts to write each number and stops waiting at a random moment; those acknowledged before it.
async fn leave_half_way<P: Future<Output = ()>>(
    ledger: &Ledger,
    dice: &mut Dice,
    patience: fn(u64) -> P,
    numbers: std::ops::Range<i64>,
) -> Vec<i64> {
    let mut told = Vec::new();
    for number in numbers {
        tokio::select! {
            biased;
            outcome = write(ledger, [mark(number)]) => {
                outcome.expect("written");
                told.push(number);
            }
            () = patience(dice.below(u64::MAX)) => {}
        }
    }
    told
}

async fn yields(times: u64) {
    for _ in 0..times {
        yield_now().await;
    }
}

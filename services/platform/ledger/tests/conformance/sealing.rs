//! The seals: every entry gets one, whoever makes it, and the database itself keeps it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use ledger::{Audit, Ending, Failure, Ledger, Pass, Seal, Sealer, seal_at, sealed};
use tokio::task::JoinSet;

use crate::{
    acting::{act, id, open},
    counter::Wish,
    house::{House, count, sql, write},
};

/// Random enough: no two are alike.
fn chance(bytes: &mut [u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    for chunk in bytes.chunks_mut(8) {
        chunk.copy_from_slice(&NEXT.fetch_add(1, Relaxed).to_be_bytes()[..chunk.len()]);
    }
}

/// A sealer that knows that labels are about people.
pub(crate) fn sealer(ledger: &Ledger) -> Sealer {
    let personal = [("counters", &["label"][..])].into();
    Sealer { ledger: ledger.clone(), personal, chance }
}

/// Seals everything that was written.
pub(crate) async fn seal(ledger: &Ledger) {
    while sealer(ledger).pass().await.expect("it seals") != Pass::Done {}
}

/// Compares all; the seals that fit, and how it ends.
pub(crate) async fn audited(ledger: &Ledger) -> (Vec<Seal>, Ending) {
    let (mut audit, mut seals) = (Audit::new(ledger), Vec::new());
    loop {
        let stretch = audit.next().await.expect("readable");
        seals.extend(stretch.seals);
        if let Some(ending) = stretch.ending {
            return (seals, ending);
        }
    }
}

/// Everything fits, and so many entries wait for their seal.
pub(crate) fn is_whole(ending: &Ending, waiting: i64) -> bool {
    matches!(ending, Ending::Whole { unsealed, since } if *unsealed == waiting && since.is_some() == (waiting > 0))
}

pub(crate) async fn every_entry_is_sealed_once_and_fits(house: House) {
    let ledger = house.open().await;
    let (seals, ending) = audited(&ledger).await;
    assert!(seals.is_empty() && is_whole(&ending, 0), "{ending:?}");
    act(&ledger, id(1), &open(1, "shelves/a"), "open").await;
    assert!(is_whole(&audited(&ledger).await.1, 1));
    // More than one commit and one stretch hold.
    for turn in 0..3 {
        act(&ledger, id(1), &Wish::Add(vec![1; 150]), &format!("add {turn}")).await;
    }
    seal(&ledger).await;
    act(&ledger, id(1), &Wish::Close, "close").await;
    let (seals, ending) = audited(&ledger).await;
    assert!(is_whole(&ending, 1), "{ending:?}");
    assert!(seals.iter().map(|seal| seal.revision).eq(0..=451), "{}", seals.len());
    assert_eq!(sealed(&ledger).await.expect("readable"), seals.last().copied());
    assert_eq!(seal_at(&ledger, 7).await.expect("readable"), Some(seals[7]));
    assert_eq!(count(&ledger, "commitment").await, 1, "one text is about people");
}

pub(crate) async fn of_many_sealers_one_gets_on_and_every_seal_fits(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "open").await;
    let (mut writers, mut sealers) = (JoinSet::new(), JoinSet::new());
    for writer in 0..4_u128 {
        let ledger = ledger.clone();
        writers.spawn(async move {
            for turn in 0..25 {
                act(&ledger, id(2 + writer), &open_or_add(writer, turn), &format!("{writer} {turn}")).await;
            }
        });
    }
    for _ in 0..4 {
        let sealer = sealer(&ledger);
        sealers.spawn(async move {
            let mut lost = 0;
            while sealed(&sealer.ledger).await.expect("readable").is_none_or(|seal| seal.revision < 101) {
                lost += i32::from(sealer.pass().await.expect("it seals") == Pass::Lost);
            }
            lost
        });
    }
    writers.join_all().await;
    let lost: i32 = sealers.join_all().await.into_iter().sum();
    println!("{lost} passes were lost to another");
    let (seals, ending) = audited(&ledger).await;
    assert!(is_whole(&ending, 0) && seals.len() == 102, "{ending:?}");
}

fn open_or_add(writer: u128, turn: i64) -> Wish {
    if turn == 0 { open(2 + writer, "shelves/a") } else { Wish::Add(vec![turn]) }
}

pub(crate) async fn the_database_itself_refuses_to_change_a_seal(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "open").await;
    seal(&ledger).await;
    for attempt in [
        "UPDATE seal SET hash = hash",
        "UPDATE seal SET revision = 9 WHERE revision = 1",
        "DELETE FROM seal WHERE revision = 1",
        "TRUNCATE seal",
        "INSERT OR REPLACE INTO seal SELECT * FROM seal WHERE revision = 1",
        "UPDATE commitment SET salt = NULL",
        "DELETE FROM commitment",
        "TRUNCATE commitment",
    ] {
        let outcome = write(&ledger, [sql(attempt, vec![])]).await;
        assert!(matches!(outcome, Err(Failure::Trouble(_))), "{attempt}: {outcome:?}");
    }
    assert!(is_whole(&audited(&ledger).await.1, 0));
}

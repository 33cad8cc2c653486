//! Lists are read page by page, while others write.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use kernel::Id;
use ledger::{Filter, Key, Ledger, page};

use crate::{
    acting::{Kept, commit, decide, id, key, open},
    counter::{Counters, moment},
    house::{House, count},
};

pub(crate) async fn pages_show_each_resource_once_while_others_write(house: House) {
    let ledger = house.open().await;
    for number in 0..60 {
        create(&ledger, number, number / 7).await;
    }
    let done = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (ledger, done) = (ledger.clone(), done.clone());
        async move {
            let mut number = 60;
            while !done.load(SeqCst) {
                // Some are newer than all, some fall among those that are there.
                create(&ledger, number, number % 11).await;
                number += 1;
            }
        }
    });
    for round in 0..10 {
        // The writer really writes between the pages.
        let mut written = count(&ledger, "counters").await;
        let (mut seen, mut after) = (Vec::new(), None);
        while let Some(last) = turn(&ledger, vec![], &mut after, 7, &mut seen).await {
            while last.create_time > moment(4) && count(&ledger, "counters").await == written {
                tokio::task::yield_now().await;
            }
            written = count(&ledger, "counters").await;
        }
        let at_start: Vec<_> = seen.iter().filter(|seen| **seen < id(60)).collect();
        assert_eq!(at_start.len(), 60, "skipped or repeated in round {round}");
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all, "repeated in round {round}");
    }
    done.store(true, SeqCst);
    writer.await.expect("finished");
}

pub(crate) async fn pages_are_filtered(house: House) {
    let ledger = house.open().await;
    for number in 0..20 {
        create(&ledger, number, number).await;
    }
    let even = || vec![Filter::new("shelf = ?", "shelves/0")];
    assert_eq!(numbers(&ledger, even(), 3).await, [18, 16, 14, 12, 10, 8, 6, 4, 2, 0]);
    let mut two = even();
    two.push(Filter::new("label > ?", "label 4"));
    assert_eq!(numbers(&ledger, two, 100).await, [8, 6]);
    assert_eq!(numbers(&ledger, vec![Filter::new("label = ?", "nothing")], 5).await, [0_u128; 0]);
}

pub(crate) async fn resources_of_the_same_moment_are_told_apart(house: House) {
    let ledger = house.open().await;
    for number in 0..10 {
        create(&ledger, number, 0).await;
    }
    assert_eq!(numbers(&ledger, vec![], 1).await, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    assert_eq!(numbers(&ledger, vec![], 4).await, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
}

/// Reads one page more; the last resource of it.
async fn turn(
    ledger: &Ledger,
    filters: Vec<Filter>,
    after: &mut Option<Key>,
    limit: i64,
    seen: &mut Vec<Id>,
) -> Option<Kept> {
    let page = page::<Counters>(ledger, filters, *after, limit).await.expect("readable");
    seen.extend(page.iter().map(|record| record.id));
    let last = page.into_iter().last()?;
    *after = Some(Key { create_time: last.create_time, id: last.id });
    Some(last)
}

async fn numbers(ledger: &Ledger, filters: Vec<Filter>, limit: i64) -> Vec<u128> {
    let (mut seen, mut after) = (Vec::new(), None);
    while turn(ledger, filters.clone(), &mut after, limit, &mut seen).await.is_some() {}
    seen.iter().map(Id::as_u128).collect()
}

async fn create(ledger: &Ledger, number: u32, time: u32) {
    let number = u128::from(number);
    let wish = open(number, &format!("shelves/{}", number % 2));
    let change = decide(id(number), None, &wish, moment(time.into()));
    ledger.commit(commit(&change, &key(&number.to_string()))).await.expect("written");
}

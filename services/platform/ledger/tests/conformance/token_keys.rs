//! The keys of tokens: one database has one newest, and forgets those that are good no more.

use std::sync::Arc;

use ledger::{Ledger, TokenKey, make_token_key, rotate_token_key, token_keys};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{counter::moment, house::House};

async fn keys(ledger: &Ledger) -> Vec<TokenKey> {
    token_keys(ledger).await.expect("readable")
}

async fn numbers(ledger: &Ledger) -> Vec<(i64, u8)> {
    keys(ledger).await.iter().map(|key| (key.id, key.key[0])).collect()
}

pub(crate) async fn of_several_who_make_the_first_key_one_does(house: House) {
    let ledger = house.open().await;
    assert_eq!(keys(&ledger).await, []);
    let (start, mut work) = (Arc::new(Barrier::new(8)), JoinSet::new());
    for number in 1..=8 {
        let (ledger, start) = (ledger.clone(), Arc::clone(&start));
        work.spawn(async move {
            start.wait().await;
            make_token_key(&ledger, &[number; 32], moment(0)).await.expect("written");
            keys(&ledger).await
        });
    }
    let mut read = work.join_all().await;
    read.dedup();
    assert_eq!(read.len(), 1, "all have read the same: {read:?}");
    assert_eq!((read[0].len(), read[0][0].id, read[0][0].key.len()), (1, 1, 32));
    assert_eq!(read[0][0].until, None);
}

pub(crate) async fn a_key_that_was_replaced_is_good_until_its_time_and_gone_after_it(house: House) {
    let ledger = house.open().await;
    make_token_key(&ledger, &[1; 32], moment(0)).await.expect("written");
    let hour = |number: i64| moment(number * 3_600_000_000);
    let rotate = async |key: u8, now, until| {
        rotate_token_key(&ledger, &[key; 32], "people/ada", hour(now), hour(until)).await.expect("rotated");
    };
    rotate(2, 1, 10).await;
    rotate(3, 2, 20).await;
    assert_eq!(numbers(&ledger).await, [(3, 3), (2, 2), (1, 1)]);
    let until: Vec<_> = keys(&ledger).await.into_iter().map(|key| key.until).collect();
    assert_eq!(until, [None, Some(hour(20)), Some(hour(10))]);
    rotate(4, 10, 30).await;
    assert_eq!(numbers(&ledger).await, [(4, 4), (3, 3), (2, 2)], "the first has ended");
    rotate(5, 11, 11).await;
    assert_eq!(numbers(&ledger).await, [(5, 5)], "all before it end at once");
    make_token_key(&ledger, &[9; 32], moment(0)).await.expect("written");
    assert_eq!(numbers(&ledger).await, [(5, 5)]);
}

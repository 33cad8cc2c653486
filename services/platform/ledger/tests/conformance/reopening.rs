//! What was written is there the next time, for the product that wrote it.

use ledger::{Migration, Migrations, head};

use crate::{
    acting::{act, current, id, open},
    counter::{COUNTERS, Wish},
    house::{House, mark, marks, settled, write},
    oracle::journal,
};

pub(crate) async fn closing_and_reopening_keeps_everything(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "first").await;
    let told = act(&ledger, id(1), &Wish::Add(vec![1, 2]), "second").await;
    let entries = journal(&ledger).await;
    let (late, ()) = tokio::join!(write(&ledger, [mark(1)]), ledger.close());
    late.expect("a commit under way is finished");

    let ledger = house.open().await;
    assert_eq!(current(&ledger, id(1)).await, Some(told));
    assert_eq!(journal(&ledger).await, entries);
    assert_eq!(marks(&ledger).await, [1]);
    assert_eq!(*ledger.revisions().borrow(), head(&ledger).await.expect("readable"));
    act(&ledger, id(1), &Wish::Close, "third").await;
    settled(&ledger).await;
    assert_eq!(head(&ledger).await.expect("readable"), 4);
}

pub(crate) async fn a_database_of_a_newer_product_is_refused(house: House) {
    const TEXT: &str = "CREATE TABLE more (number INTEGER)";
    const MORE: Migration = Migration { version: 101, description: "more", sqlite: TEXT, postgres: TEXT };
    const NEWER: Migrations = Migrations(&[COUNTERS, MORE]);
    house.open().await.close().await;
    house.open_with(&NEWER).await.expect("an older one is migrated").close().await;
    let trouble = house.open_with(&crate::counter::MIGRATIONS).await.expect_err("a newer one is refused");
    assert!(trouble.cause().contains("101"), "{}", trouble.cause());
    house.open_with(&NEWER).await.expect("and left as it was").close().await;
}

pub(crate) async fn a_database_of_a_different_history_is_refused(house: House) {
    const TEXT: &str = "CREATE TABLE other (number INTEGER)";
    const OTHER: Migrations = Migrations(&[Migration { sqlite: TEXT, postgres: TEXT, ..COUNTERS }]);
    house.open().await.close().await;
    assert!(house.open_with(&OTHER).await.is_err());
}

//! What was written is there the next time, for the product that wrote it.

use ledger::{Migration, Migrations, Standing, Statement, head};

use crate::{
    acting::{act, current, id, open},
    counter::{COUNTERS, MIGRATIONS, Wish},
    house::{House, mark, marks, write},
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
    assert_eq!(*ledger.revisions().borrow(), head(&ledger).await.expect("readable").revision);
    act(&ledger, id(1), &Wish::Close, "third").await;
    assert_eq!(head(&ledger).await.expect("readable").revision, 4);
}

const MORE_TEXT: &str = "CREATE TABLE more (number INTEGER)";
const MORE: Migration =
    Migration { version: 101, description: "contract: more", sqlite: MORE_TEXT, postgres: MORE_TEXT };
const NEWER: Migrations = Migrations(&[COUNTERS, MORE]);

pub(crate) async fn a_database_of_a_newer_product_is_refused(house: House) {
    house.open().await.close().await;
    house.open_with(&NEWER).await.expect("an older one is migrated").close().await;
    let trouble = house.open_with(&MIGRATIONS).await.expect_err("a newer one is refused");
    assert!(trouble.cause().contains("101"), "{}", trouble.cause());
    house.open_with(&NEWER).await.expect("and left as it was").close().await;
}

pub(crate) async fn a_database_that_a_newer_product_only_added_to_is_served(house: House) {
    const ADDED: Migrations = Migrations(&[COUNTERS, Migration { description: "expand: more", ..MORE }]);
    house.open_with(&ADDED).await.expect("migrated").close().await;
    let ledger = house.open_with(&MIGRATIONS).await.expect("served");
    act(&ledger, id(1), &open(1, "shelves/a"), "first").await;
    assert_eq!(standings(&house, &MIGRATIONS).await.last(), Some(&(101, Standing::Added)));
}

pub(crate) async fn what_a_schema_lacks_is_told_and_nothing_is_changed(house: House) {
    let missing = standings(&house, &NEWER).await;
    assert!(missing.iter().all(|(_, standing)| *standing == Standing::Missing), "{missing:?}");
    assert_eq!(standings(&house, &NEWER).await, missing);
    house.open().await.close().await;
    let schema = house.place().schema(&NEWER).await.expect("readable");
    assert_eq!(schema.obstacles().iter().map(|step| step.version).collect::<Vec<_>>(), [101]);
    assert!(schema.can_migrate());
}

pub(crate) async fn a_database_of_a_different_history_is_refused(house: House) {
    const OTHER: Migrations = Migrations(&[Migration { sqlite: MORE_TEXT, postgres: MORE_TEXT, ..COUNTERS }]);
    house.open().await.close().await;
    assert!(house.open_with(&OTHER).await.is_err());
    let changed = standings(&house, &OTHER).await;
    assert_eq!(changed.last(), Some(&(COUNTERS.version, Standing::Changed)));
}

pub(crate) async fn a_migration_that_fails_half_way_leaves_nothing(house: House) {
    const HALF: &str = "CREATE TABLE half (number INTEGER); CREATE TABLE half (number INTEGER)";
    const BROKEN: Migrations = Migrations(&[COUNTERS, Migration { sqlite: HALF, postgres: HALF, ..MORE }]);
    assert!(house.open_with(&BROKEN).await.is_err());
    assert_eq!(standings(&house, &BROKEN).await.last(), Some(&(101, Standing::Missing)));
    let ledger = house.open_with(&NEWER).await.expect("the mended one is applied");
    let nothing = ledger.read(Statement::new("SELECT number FROM half", vec![])).await;
    assert!(nothing.is_err(), "the table is gone with the migration");
}

pub(crate) async fn a_migration_that_was_not_finished_is_left_to_people(house: House) {
    let ledger = house.open().await;
    let half = Statement::new("UPDATE _sqlx_migrations SET success = (1 = 0) WHERE version = 2", vec![]);
    write(&ledger, [half]).await.expect("written");
    ledger.close().await;
    assert!(standings(&house, &MIGRATIONS).await.contains(&(2, Standing::Unfinished)));
    assert!(house.place().migrate(&MIGRATIONS).await.is_err());
}

async fn standings(house: &House, migrations: &Migrations) -> Vec<(i64, Standing)> {
    let schema = house.place().schema(migrations).await.expect("readable");
    schema.0.into_iter().map(|step| (step.version, step.standing)).collect()
}

//! What PostgreSQL may do to a commit: stop over another one, or say nothing at all.

use std::{os::unix::net::UnixListener, process::Command, time::Duration};

use ledger::{Failure, Ledger};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    acting::{act, id, open},
    counter::{MIGRATIONS, Wish},
    distance::far,
    house::{House, mark, marks, open_at, place, sql, write},
    visibility::go_away,
};

pub(crate) async fn commits_that_touch_the_same_rows_in_other_orders_are_all_written(house: House) {
    let replicas = [house.open().await, house.open().await];
    write(&replicas[0], [mark(1), mark(2)]).await.expect("written");
    let mut all = JoinSet::new();
    for number in 10..110 {
        let ledger = replicas[number % 2].clone();
        let order = if number % 4 < 2 { [1, 2] } else { [2, 1] };
        let touch = order.map(|number: i64| {
            let again = "UPDATE mark SET number = number WHERE number = $1";
            sql(again, vec![number.into()]).demanding_one("gone")
        });
        let number = i64::try_from(number).expect("small");
        all.spawn(async move { write(&ledger, touch.into_iter().chain([mark(number)])).await });
    }
    assert!(all.join_all().await.iter().all(Result::is_ok), "none waits for another for ever");
    assert_eq!(marks(&replicas[1]).await.len(), 102);
}

/// A text that is too long for its index is a fault of its own commit, which the server tells in no class of faulty values.
pub(crate) async fn a_commit_that_the_server_cannot_write_takes_no_neighbour_with_it(house: House) {
    let ledger = house.open().await;
    let long: String =
        (0..4000).map(|number| char::from_u32(0x4e00 + number * 5 % 20_000).expect("a letter")).collect();
    let bad = sql("INSERT INTO token_index VALUES ($1)", vec![long.as_str().into()]);
    write(&ledger, [sql("CREATE TABLE token_index (text text PRIMARY KEY)", vec![])]).await.expect("written");
    let mut other = PgConnection::connect(house.address()).await.expect("connected");
    let hold = "SELECT pg_advisory_lock(hashtext('ledger'))";
    sqlx::query(hold).execute(&mut other).await.expect("held");
    let mut good = JoinSet::new();
    let mut hand_over = |number: i64| {
        let ledger = ledger.clone();
        good.spawn(async move { write(&ledger, [mark(number)]).await });
    };
    hand_over(1);
    writers_wait(&mut other, 1).await;
    hand_over(2);
    writers_wait(&mut other, 2).await;
    // Both writers wait: whatever comes now is written together.
    (3..6).for_each(&mut hand_over);
    let bad = tokio::spawn({
        let ledger = ledger.clone();
        async move { write(&ledger, [bad]).await }
    });
    (6..9).for_each(&mut hand_over);
    sleep(Duration::from_millis(50)).await;
    drop(other);
    let failure = bad.await.expect("no panic").expect_err("it is too long");
    assert!(
        matches!(&failure, Failure::Trouble(trouble) if trouble.cause().contains("54000")),
        "{failure:?}"
    );
    assert!(good.join_all().await.iter().all(Result::is_ok), "the others are written");
    assert_eq!(marks(&ledger).await, (1..9).collect::<Vec<_>>());
}

/// Waits until so many wait for their turn to write.
pub(crate) async fn writers_wait(own: &mut PgConnection, count: i64) {
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *own).await.expect("told") < count {
        sleep(Duration::from_millis(5)).await;
    }
}

/// A transaction of somebody else's may last: whoever waits for it keeps no commit from being written that does not.
pub(crate) async fn whoever_waits_for_a_lock_keeps_nobody_waiting(house: House) {
    let ledger = house.open().await;
    write(&ledger, (1..=8).map(mark)).await.expect("written");
    let mut own = PgConnection::connect(house.address()).await.expect("connected");
    let mut other = own.begin().await.expect("begun");
    let lock = "UPDATE mark SET number = number WHERE number <= 8";
    sqlx::query(lock).execute(&mut *other).await.expect("locked");
    let mut waiting = JoinSet::new();
    for number in 1..=8 {
        let ledger = ledger.clone();
        let touch = sql("UPDATE mark SET number = number WHERE number = $1", vec![number.into()]);
        waiting.spawn(async move { write(&ledger, [touch.demanding_one("gone"), mark(10 + number)]).await });
    }
    let mut others = JoinSet::new();
    for number in 100..200 {
        let ledger = ledger.clone();
        others.spawn(async move { write(&ledger, [mark(number)]).await });
    }
    assert!(others.join_all().await.iter().all(Result::is_ok), "they wait for nothing");
    assert!(waiting.try_join_next().is_none(), "the others wait");
    other.commit().await.expect("committed");
    assert!(waiting.join_all().await.iter().all(Result::is_ok), "and are written once they need not");
    assert_eq!(marks(&ledger).await.len(), 116);
}

pub(crate) async fn a_server_that_says_nothing_is_given_up_and_its_connection_with_it(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "first").await;
    let frozen = Frozen::new(backends(&house).await);
    let outcome = timeout(Duration::from_secs(12), write(&ledger, [mark(1)])).await.expect("given up");
    assert!(matches!(outcome, Err(Failure::Trouble(_))), "{outcome:?}");
    assert!(marks_soon(&ledger).await.is_empty());
    act(&ledger, id(1), &Wish::Add(vec![1]), "second").await;
    drop(frozen);
}

pub(crate) async fn callers_that_leave_a_distant_server_leave_no_transaction_behind(house: House) {
    let (address, _distance) = far(house.address());
    let ledger = open_at(&address, &MIGRATIONS).await.expect("the database opens");
    go_away(&ledger, |random| sleep(Duration::from_micros(random % 15_000))).await;
    let mut own = PgConnection::connect(house.address()).await.expect("connected");
    let open = "SELECT count(*) FROM pg_stat_activity \
                WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    sleep(Duration::from_millis(100)).await;
    assert_eq!(sqlx::query_scalar::<_, i64>(open).fetch_one(&mut own).await.expect("told"), 0);
}

pub(crate) async fn a_server_that_says_nothing_keeps_nobody_from_closing(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "first").await;
    let frozen = Frozen::new(backends(&house).await);
    timeout(Duration::from_secs(15), ledger.close()).await.expect("it closes");
    drop(frozen);
}

pub(crate) async fn a_server_that_never_answers_is_no_schema(_house: House) {
    let here = TempDir::new().expect("a temporary directory");
    let _silent = UnixListener::bind(here.path().join(".s.PGSQL.5432")).expect("bound");
    let place = place(&format!("postgres://postgres@localhost/any?host={}", here.path().display()));
    let told = timeout(Duration::from_secs(20), place.schema(&MIGRATIONS)).await.expect("in time");
    assert!(told.is_err());
}

pub(crate) async fn another_connection_hears_the_others_when_one_has_gone_silent(house: House) {
    let ledger = house.open().await;
    let first = listener(&house, 0).await;
    let frozen = Frozen::new(vec![first]);
    listener(&house, first).await;
    drop(frozen);
    ledger.close().await;
}

pub(crate) async fn tables_out_of_the_way_are_not_taken_for_none(house: House) {
    let ledger = house.open().await;
    write(&ledger, [sql("CREATE SCHEMA postgres", vec![])]).await.expect("made");
    let told = house.place().schema(&MIGRATIONS).await.expect_err("they are not where new ones would go");
    assert!(told.cause().contains("public") && told.cause().contains("search_path"), "{}", told.cause());
    assert!(house.place().migrate(&MIGRATIONS).await.is_err());
    let twins = "SELECT 1 FROM pg_tables WHERE schemaname = 'postgres'";
    assert!(ledger.read(sql(twins, vec![])).await.expect("readable").is_empty(), "nothing was made");
}

/// The process that hears what other replicas tell, once it is another one than `but`.
async fn listener(house: &House, but: i32) -> i32 {
    let mut own = PgConnection::connect(house.address()).await.expect("connected");
    let pids = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1 \
                AND query LIKE 'LISTEN%'";
    loop {
        let found = sqlx::query_scalar(pids).bind(but).fetch_optional(&mut own).await.expect("told");
        if let Some(found) = found {
            return found;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// The processes that serve this database and have nothing to do: any other may hold what all of them need.
async fn backends(house: &House) -> Vec<i32> {
    let mut own = PgConnection::connect(house.address()).await.expect("connected");
    let pids = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'";
    sqlx::query_scalar(pids).fetch_all(&mut own).await.expect("told")
}

/// What is there once the other frozen connections are given up, too.
async fn marks_soon(ledger: &Ledger) -> Vec<i64> {
    for _ in 0..3 {
        if let Ok(rows) = ledger.read(sql("SELECT number FROM mark", vec![])).await {
            return rows.iter().map(|row| row.get(0).expect("a number")).collect();
        }
    }
    panic!("still frozen")
}

/// Processes that do nothing until this is dropped.
struct Frozen(Vec<i32>);

impl Frozen {
    fn new(processes: Vec<i32>) -> Self {
        let frozen = Self(processes);
        assert!(frozen.signal("-STOP"), "{:?} cannot be frozen", frozen.0);
        frozen
    }

    fn signal(&self, signal: &str) -> bool {
        let status = Command::new("kill").arg(signal).args(self.0.iter().map(i32::to_string)).status();
        !self.0.is_empty() && status.is_ok_and(|status| status.success())
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

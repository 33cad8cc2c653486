//! What PostgreSQL may do to a commit: stop over another one, or say nothing at all.

use std::{process::Command, time::Duration};

use ledger::{Failure, Ledger, Statement};
use sqlx::{Connection, PgConnection};
use tokio::time::{sleep, timeout};

use crate::{
    acting::{act, id, open},
    counter::{MIGRATIONS, Wish},
    distance::far,
    house::{House, mark, marks, open_at, settled, sql, write},
    visibility::go_away,
};

pub(crate) async fn commits_that_lock_each_other_are_both_written(house: House) {
    let ledger = house.open().await;
    write(&ledger, [mark(1), mark(2)]).await.expect("written");
    let move_both = |first: i64, second: i64| {
        let touch = |number: i64| {
            sql("UPDATE mark SET number = number WHERE number = $1", vec![number.into()])
                .demanding_one("gone")
        };
        let meet = Statement::new("SELECT pg_sleep(0.3)", vec![]);
        [touch(first), meet, touch(second), mark(first * 10)]
    };
    let (one, two) = tokio::join!(write(&ledger, move_both(1, 2)), write(&ledger, move_both(2, 1)));
    one.and(two).expect("written");
    assert_eq!(marks(&ledger).await, [1, 2, 10, 20]);
    let mut own = PgConnection::connect(house.address()).await.expect("connected");
    let struck = "SELECT deadlocks > 0 FROM pg_stat_database WHERE datname = current_database()";
    assert!(sqlx::query_scalar::<_, bool>(struck).fetch_one(&mut own).await.expect("told"), "none locked");
}

pub(crate) async fn a_server_that_says_nothing_is_given_up_and_its_connection_with_it(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "first").await;
    settled(&ledger).await;
    let frozen = Frozen::new(backends(&house).await);
    let outcome = timeout(Duration::from_secs(12), write(&ledger, [mark(1)])).await.expect("given up");
    assert!(matches!(outcome, Err(Failure::Trouble(_))), "{outcome:?}");
    assert!(marks_soon(&ledger).await.is_empty());
    act(&ledger, id(1), &Wish::Add(vec![1]), "second").await;
    drop(frozen);
    settled(&ledger).await;
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

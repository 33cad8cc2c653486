//! A place for one test's database, on one engine.

use std::{path::PathBuf, time::Duration};

use ledger::{Commit, Failure, Ledger, Migrations, Statement, Trouble, Value};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::counter::MIGRATIONS;

/// A place for one database. It is gone when the test is.
pub(crate) struct House {
    /// The engine, as the suite is named after it.
    pub(crate) engine: &'static str,
    directory: TempDir,
}

impl House {
    /// One SQLite file.
    pub(crate) fn sqlite() -> Self {
        Self { engine: "sqlite", directory: TempDir::new().expect("a temporary directory") }
    }

    /// Where the database is, for another process.
    pub(crate) fn address(&self) -> PathBuf {
        self.directory.path().join("ledger.sqlite")
    }

    /// Opens it with the schema of the tests.
    pub(crate) async fn open(&self) -> Ledger {
        self.open_with(&MIGRATIONS).await.expect("the database opens")
    }

    /// Opens it with another schema.
    pub(crate) async fn open_with(&self, migrations: &Migrations) -> Result<Ledger, Trouble> {
        Ledger::open_file(&self.address(), migrations).await
    }
}

/// Carries out a test; one that never ends fails.
pub(crate) async fn in_time(test: impl Future<Output = ()>) {
    timeout(Duration::from_secs(30), test).await.expect("it ends within half a minute");
}

/// Opens the database that another process keeps.
pub(crate) async fn open_at(address: &str) -> Ledger {
    Ledger::open_file(address.as_ref(), &MIGRATIONS).await.expect("the database opens")
}

/// A statement that adds `number` to the marks, a table of unique numbers.
pub(crate) fn mark(number: i64) -> Statement {
    Statement::new("INSERT INTO mark (number) VALUES ($1)", vec![number.into()])
}

/// All marks, ascending.
pub(crate) async fn marks(ledger: &Ledger) -> Vec<i64> {
    let rows = ledger.read(Statement::new("SELECT number FROM mark ORDER BY number", vec![])).await;
    rows.expect("readable").iter().map(|row| row.get(0).expect("a number")).collect()
}

/// How many rows `table` has.
pub(crate) async fn count(ledger: &Ledger, table: &str) -> i64 {
    let rows = ledger.read(Statement::new(format!("SELECT count(*) FROM {table}"), vec![])).await;
    rows.expect("readable")[0].get(0).expect("a number")
}

/// Commits `statements`.
pub(crate) async fn write(
    ledger: &Ledger,
    statements: impl IntoIterator<Item = Statement>,
) -> Result<(), Failure> {
    ledger.commit(Commit { statements: statements.into_iter().collect() }).await
}

/// A statement without a demand.
pub(crate) fn sql(text: &'static str, values: impl Into<Vec<Value>>) -> Statement {
    Statement::new(text, values)
}

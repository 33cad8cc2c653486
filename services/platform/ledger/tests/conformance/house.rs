//! A place for one test's database, on one engine.

use std::time::Duration;

use ledger::{Commit, Failure, Ledger, Migrations, Place, Statement, Trouble, Value};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::{
    cluster,
    counter::MIGRATIONS,
    memory,
    pooler::{direct, pooled_database},
    times,
};

/// A place for one database. It is gone when the test is, or with the process.
pub(crate) struct House {
    /// The engine, as the suite is named after it.
    pub(crate) engine: &'static str,
    address: String,
    _directory: Option<TempDir>,
}

impl House {
    /// One SQLite file.
    pub(crate) fn sqlite() -> Self {
        times::begin();
        let directory = tempfile::tempdir_in(memory::folder()).expect("a temporary directory");
        let address = directory.path().join("ledger.sqlite").to_str().expect("text").to_owned();
        Self { engine: "sqlite", address, _directory: Some(directory) }
    }

    /// One database of a PostgreSQL cluster, where it is installed.
    pub(crate) fn postgres() -> Option<Self> {
        times::begin();
        cluster::database().map(|address| Self { engine: "postgres", address, _directory: None })
    }

    /// One database of the cluster by way of pgbouncer, where both are installed.
    pub(crate) fn pgbouncer() -> Option<Self> {
        times::begin();
        pooled_database().map(|address| Self { engine: "pgbouncer", address, _directory: None })
    }

    /// Where the database is, for another process.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Waits until no connection of a process that is gone carries on.
    pub(crate) async fn left_alone(&self) {
        if self.engine == "sqlite" {
            return;
        }
        let mut own = PgConnection::connect(direct(&self.address)).await.expect("connected");
        // A pooler keeps its connections, and carries on with none of them.
        let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                      AND pid <> pg_backend_pid() AND (state <> 'idle' OR application_name <> 'pooled')";
        while sqlx::query_scalar::<_, i64>(others).fetch_one(&mut own).await.expect("a number") > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    }

    /// The place itself.
    pub(crate) fn place(&self) -> Place {
        place(&self.address)
    }

    /// Opens it with the schema of the tests.
    pub(crate) async fn open(&self) -> Ledger {
        self.open_with(&MIGRATIONS).await.expect("the database opens")
    }

    /// Opens it with another schema.
    pub(crate) async fn open_with(&self, migrations: &Migrations) -> Result<Ledger, Trouble> {
        open_at(&self.address, migrations).await
    }
}

/// Carries out a test; one that never ends fails.
pub(crate) async fn in_time(test: impl Future<Output = ()>) {
    timeout(Duration::from_mins(10), test)
        .await
        .expect("it ends within ten minutes, however busy the machine");
}

/// Opens the database at an address, with a schema.
pub(crate) async fn open_at(address: &str, migrations: &Migrations) -> Result<Ledger, Trouble> {
    place(direct(address)).migrate(migrations).await?;
    let ledger = Ledger::open(&place(address), migrations).await?;
    ledger.begin().await?;
    Ok(ledger)
}

/// The place at an address.
pub(crate) fn place(address: &str) -> Place {
    if address.contains("://") {
        Place::Database { url: address.to_owned(), connections: 16 }
    } else {
        Place::File(address.into())
    }
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

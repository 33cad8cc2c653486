//! A service's own database, whichever engine keeps it.

use std::path::Path;

use tokio::sync::watch;

use crate::{Commit, Failure, Migrations, Row, Statement, Trouble, postgres::Postgres, sqlite::Sqlite};

/// A service's own database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    engine: Engine,
}

/// The engines there are.
#[derive(Debug, Clone)]
enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Ledger {
    /// Opens the SQLite file at `path`, creating and migrating it as needed.
    pub async fn open_file(path: &Path, migrations: &Migrations) -> Result<Self, Trouble> {
        let sqlite = Sqlite::open(path, migrations).await?;
        Ok(Self { engine: Engine::Sqlite(sqlite) })
    }

    /// Opens the PostgreSQL database at `url`, `postgres://…`, migrating it as needed.
    pub async fn open_url(url: &str, migrations: &Migrations) -> Result<Self, Trouble> {
        let postgres = Postgres::open(url, migrations).await?;
        Ok(Self { engine: Engine::Postgres(postgres) })
    }

    /// The rows that answer `query`. Sees every commit acknowledged before it.
    pub async fn read(&self, query: Statement) -> Result<Vec<Row>, Trouble> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(query).await,
            Engine::Postgres(postgres) => postgres.read(query).await,
        }
    }

    /// Writes all of `commit`, durably, or none of it.
    ///
    /// Once handed over it runs to its end, even when the caller stops waiting.
    pub async fn commit(&self, commit: Commit) -> Result<(), Failure> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.commit(commit).await,
            Engine::Postgres(postgres) => postgres.commit(commit).await,
        }
    }

    /// The newest revision of the journal, as it grows. A hint to look again, not a promise.
    #[must_use]
    pub fn revisions(&self) -> watch::Receiver<i64> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.revisions(),
            Engine::Postgres(postgres) => postgres.revisions(),
        }
    }

    /// Finishes the commits under way and closes the database.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(postgres) => postgres.close().await,
        }
    }
}

//! A service's own database, whichever engine keeps it.

use std::sync::Arc;

use tokio::sync::{OnceCell, watch};

use crate::{
    Commit, Failure, Migrations, Place, Pool, Row, Statement, Trouble, postgres::Postgres, sqlite::Sqlite,
    trace,
};

/// A service's own database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    engine: Engine,
    /// The salt of request ids, once it was read.
    pub(crate) salt: Arc<OnceCell<Vec<u8>>>,
}

/// The engines there are.
#[derive(Debug, Clone)]
enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Ledger {
    /// Opens what `place` keeps. A file is created and migrated as needed; a database may be away for now.
    pub async fn open(place: &Place, migrations: &Migrations) -> Result<Self, Trouble> {
        let engine = match place {
            Place::File(path) => {
                place.migrate(migrations).await?;
                Engine::Sqlite(Sqlite::open(path).await?)
            }
            Place::Database { url, connections } => Engine::Postgres(Postgres::at(url, *connections)?),
        };
        Ok(Self { engine, salt: Arc::default() })
    }

    /// Begins to work, once the schema is known to be fit.
    pub async fn begin(&self) -> Result<(), Trouble> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(postgres) => postgres.begin().await,
        }
    }

    /// The rows that answer `query`. Sees every commit acknowledged before it.
    pub async fn read(&self, query: Statement) -> Result<Vec<Row>, Trouble> {
        let work = async {
            match &self.engine {
                Engine::Sqlite(sqlite) => sqlite.read(query).await,
                Engine::Postgres(postgres) => postgres.read(query).await,
            }
        };
        trace::operation(self.system(), "read", work).await
    }

    /// Writes all of `commit`, durably, or none of it.
    ///
    /// Once handed over it runs to its end, even when the caller stops waiting.
    pub async fn commit(&self, commit: Commit) -> Result<(), Failure> {
        let work = async {
            match &self.engine {
                Engine::Sqlite(sqlite) => sqlite.commit(commit).await,
                Engine::Postgres(postgres) => postgres.commit(commit).await,
            }
        };
        trace::operation(self.system(), "commit", work).await
    }

    /// Leaves nothing of what was replaced or removed where this process can reach it. What a server keeps is its operators'.
    pub async fn scrub(&self) -> Result<(), Trouble> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.scrub().await,
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// The engine's name, as OpenTelemetry has it.
    fn system(&self) -> &'static str {
        match &self.engine {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgresql",
        }
    }

    /// Its connections for queries and, on PostgreSQL, commits. SQLite's one writer is none of them.
    #[must_use]
    pub fn pool(&self) -> Pool {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.pool(),
            Engine::Postgres(postgres) => postgres.pool(),
        }
    }

    /// Keeps account under this name of how long queries wait for a connection.
    pub fn keep_waits(&self, name: &'static str) {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.waits().keep(name),
            Engine::Postgres(postgres) => postgres.waits().keep(name),
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

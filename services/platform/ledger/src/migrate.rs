//! Schemas: the ledger's own tables, then the service's.

use sqlx::{
    AssertSqlSafe, SqlSafeStr, SqliteConnection,
    migrate::{Migration as Step, MigrationType, Migrator},
};

use crate::Trouble;

/// One step of a schema, named by its file.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number: the ledger's are below 100, a service's from 100 on.
    pub version: i64,
    /// What it does.
    pub description: &'static str,
    /// Its text for SQLite.
    pub sqlite: &'static str,
}

/// A service's schema, in order.
#[derive(Debug, Clone, Copy)]
pub struct Migrations(pub &'static [Migration]);

const LEDGER: &[Migration] = &[Migration {
    version: 1,
    description: "ledger",
    sqlite: include_str!("../migrations/sqlite/0001_ledger.sql"),
}];

impl Migrations {
    /// Applies what the database lacks, and refuses one that another version of the product has changed.
    pub(crate) async fn run(&self, connection: &mut SqliteConnection) -> Result<(), Trouble> {
        let steps = LEDGER.iter().chain(self.0).map(step).collect();
        Migrator::with_migrations(steps).run(connection).await.map_err(Trouble::new)
    }
}

fn step(migration: &Migration) -> Step {
    Step::new(
        migration.version,
        migration.description.into(),
        MigrationType::Simple,
        AssertSqlSafe(migration.sqlite).into_sql_str(),
        false,
    )
}

//! Schemas: the ledger's own tables, then the service's.

use sqlx::{
    AssertSqlSafe, SqlSafeStr,
    migrate::{Migration as Step, MigrationType, Migrator},
};

/// One step of a schema, named by its file.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number: the ledger's are below 100, a service's from 100 on.
    pub version: i64,
    /// What it does.
    pub description: &'static str,
    /// Its text for SQLite.
    pub sqlite: &'static str,
    /// Its text for PostgreSQL.
    pub postgres: &'static str,
}

/// A service's schema, in order.
#[derive(Debug, Clone, Copy)]
pub struct Migrations(pub &'static [Migration]);

const LEDGER: &[Migration] = &[
    Migration {
        version: 1,
        description: "ledger",
        sqlite: include_str!("../migrations/sqlite/0001_ledger.sql"),
        postgres: include_str!("../migrations/postgres/0001_ledger.sql"),
    },
    Migration {
        version: 2,
        description: "expand: resume tokens, interventions",
        sqlite: include_str!("../migrations/sqlite/0002_resume.sql"),
        postgres: include_str!("../migrations/postgres/0002_resume.sql"),
    },
    Migration {
        version: 3,
        description: "expand: the trace of a journal entry",
        sqlite: include_str!("../migrations/sqlite/0003_trace.sql"),
        postgres: include_str!("../migrations/postgres/0003_trace.sql"),
    },
    Migration {
        version: 4,
        description: "expand: leases",
        sqlite: include_str!("../migrations/sqlite/0004_lease.sql"),
        postgres: include_str!("../migrations/postgres/0004_lease.sql"),
    },
    Migration {
        version: 5,
        description: "expand: the seals of the journal",
        sqlite: include_str!("../migrations/sqlite/0005_seal.sql"),
        postgres: include_str!("../migrations/postgres/0005_seal.sql"),
    },
    Migration {
        version: 6,
        description: "expand: whence an entry was asked for, refusals",
        sqlite: include_str!("../migrations/sqlite/0006_refusal.sql"),
        postgres: include_str!("../migrations/postgres/0006_refusal.sql"),
    },
    Migration {
        version: 7,
        description: "expand: the journal by time and by person",
        sqlite: include_str!("../migrations/sqlite/0007_trail.sql"),
        postgres: include_str!("../migrations/postgres/0007_trail.sql"),
    },
    Migration {
        version: 8,
        description: "expand: erasures of texts about people, what a kept reply is about",
        sqlite: include_str!("../migrations/sqlite/0008_erasure.sql"),
        postgres: include_str!("../migrations/postgres/0008_erasure.sql"),
    },
    Migration {
        version: 9,
        description: "expand: who sees a resource",
        sqlite: include_str!("../migrations/sqlite/0009_viewer.sql"),
        postgres: include_str!("../migrations/postgres/0009_viewer.sql"),
    },
    Migration {
        version: 10,
        description: "expand: when the event at a cursor happened, who intervened",
        sqlite: include_str!("../migrations/sqlite/0010_interventions.sql"),
        postgres: include_str!("../migrations/postgres/0010_interventions.sql"),
    },
    Migration {
        version: 11,
        description: "expand: the salt by which an intervention is sealed",
        sqlite: include_str!("../migrations/sqlite/0011_salt.sql"),
        postgres: include_str!("../migrations/postgres/0011_salt.sql"),
    },
    Migration {
        version: 12,
        description: "expand: the keys of tokens",
        sqlite: include_str!("../migrations/sqlite/0012_token_key.sql"),
        postgres: include_str!("../migrations/postgres/0012_token_key.sql"),
    },
    Migration {
        version: 13,
        description: "expand: what request ids are kept by, refusals that were only counted",
        sqlite: include_str!("../migrations/sqlite/0013_request_ids.sql"),
        postgres: include_str!("../migrations/postgres/0013_request_ids.sql"),
    },
    Migration {
        version: 14,
        description: "contract: one writer, which gives each entry its revision in its own commit",
        sqlite: include_str!("../migrations/sqlite/0014_one_writer.sql"),
        postgres: include_str!("../migrations/postgres/0014_one_writer.sql"),
    },
];

impl Migrations {
    /// Applies what the database lacks, by the `text` of its engine, and refuses one that another version of the
    /// product has changed. Only one process does so at a time.
    pub(crate) fn migrator(&self, text: fn(&Migration) -> &'static str) -> Migrator {
        let mut migrator = Migrator::with_migrations(self.steps(text));
        // Those of a newer product are judged by `Schema`.
        migrator.set_ignore_missing(true);
        migrator
    }

    /// Every migration with the `text` of an engine, the ledger's first.
    pub(crate) fn steps(&self, text: fn(&Migration) -> &'static str) -> Vec<Step> {
        LEDGER.iter().chain(self.0).map(|migration| step(migration, text(migration))).collect()
    }
}

fn step(migration: &Migration, text: &'static str) -> Step {
    let text = AssertSqlSafe(text).into_sql_str();
    Step::new(migration.version, migration.description.into(), MigrationType::Simple, text, false)
}

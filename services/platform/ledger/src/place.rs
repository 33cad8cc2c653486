//! Where a service keeps its state, and what can be done there before anybody serves from it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::{Migrations, Schema, Step, Trouble, postgres, sqlite};

/// Where a service keeps its state.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A SQLite file, created when it is first used.
    File(PathBuf),
    /// A PostgreSQL database.
    Database {
        /// `postgres://…`.
        url: String,
        /// How many connections carry statements at most.
        connections: u32,
    },
}

impl fmt::Debug for Place {
    /// Says nothing of the address of a database, which has a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.fmt(f),
            Self::Database { .. } => f.write_str("postgres://…"),
        }
    }
}

impl Place {
    /// The folder that has to be there, if any.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::File(path) => path.parent(),
            Self::Database { .. } => None,
        }
    }

    /// Applies the migrations that are missing, one process at a time, each of them wholly or not at all; how many were
    /// missing.
    ///
    /// Refuses a database with another history than `migrations` know.
    pub async fn migrate(&self, migrations: &Migrations) -> Result<usize, Trouble> {
        let schema = self.schema(migrations).await?;
        let missing = schema.obstacles().len();
        if missing == 0 {
            return Ok(0);
        }
        if !schema.can_migrate() {
            return Err(Trouble::new(format_args!("cannot be migrated: {}", obstacles(&schema))));
        }
        match self {
            Self::File(path) => sqlite::migrate(path, migrations).await?,
            Self::Database { url, .. } => postgres::migrate(url, migrations).await?,
        }
        Ok(missing)
    }

    /// What is there otherwise than `migrations` make it, in words: tables, columns, indices, triggers, functions, owners and
    /// grants. Nothing where other migrations than these were applied, whose doing it may be.
    pub async fn differences(&self, migrations: &Migrations) -> Result<Option<String>, Trouble> {
        if !self.schema(migrations).await?.is_known() {
            return Ok(None);
        }
        let (place, migrations) = (self.clone(), *migrations);
        let shapes = async move {
            match place {
                Self::File(path) => sqlite::shapes(&path, &migrations).await,
                Self::Database { url, .. } => postgres::shapes(&url, &migrations).await,
            }
        };
        let (expected, found) = tokio::spawn(shapes).await.map_err(Trouble::new)??;
        Ok(expected.differences(&found))
    }

    /// How what is there compares with what `migrations` expect; nothing is changed.
    pub async fn schema(&self, migrations: &Migrations) -> Result<Schema, Trouble> {
        let (steps, applied) = match self {
            Self::File(path) => (migrations.steps(|one| one.sqlite), sqlite::applied(path).await?),
            Self::Database { url, .. } => {
                (migrations.steps(|one| one.postgres), postgres::applied(url).await?)
            }
        };
        Ok(Schema::compare(&steps, applied))
    }
}

/// What stands in the way, in a line.
fn obstacles(schema: &Schema) -> String {
    let obstacles = schema.obstacles();
    let line = |step: &&Step| format!("{} {:?} is {}", step.version, step.description, step.standing);
    obstacles.iter().map(line).collect::<Vec<_>>().join("; ")
}

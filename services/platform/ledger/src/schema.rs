//! A database's schema beside the one that is expected: what is missing, what was changed, what is newer.

pub(crate) mod shape;

use std::{collections::BTreeMap, fmt};

use sqlx::migrate::Migration;

use crate::{Row, Trouble};

/// What was applied, as the database remembers it.
pub(crate) const APPLIED: &str = "SELECT version, description, checksum, CASE WHEN success THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END \
     FROM _sqlx_migrations ORDER BY version";

/// A migration that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    version: i64,
    description: String,
    checksum: Vec<u8>,
    /// It was carried out to its end.
    whole: bool,
}

impl Applied {
    pub(crate) fn read(row: &Row) -> Result<Self, Trouble> {
        let whole = row.get::<i64>(3)? == 1;
        Ok(Self { version: row.get(0)?, description: row.get(1)?, checksum: row.get(2)?, whole })
    }
}

/// How one migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Applied as this product knows it.
    Applied,
    /// Not applied yet.
    Missing,
    /// Begun and not finished: somebody has to see what of it is there.
    Unfinished,
    /// Applied with another text: the database has a different history.
    Changed,
    /// Of a newer product; it only adds, so this one can work on.
    Added,
    /// Of a newer product; it takes away what this one may need.
    Removed,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Applied => "applied",
            Self::Missing => "missing",
            Self::Unfinished => "begun and not finished",
            Self::Changed => "applied with another text",
            Self::Added => "applied by a newer product, which only adds",
            Self::Removed => "applied by a newer product, which takes away",
        })
    }
}

/// One migration of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number: the ledger's are below 100, a service's from 100 on.
    pub version: i64,
    /// What it does.
    pub description: String,
    /// How it stands.
    pub standing: Standing,
}

/// What a database has and lacks, by migration, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema(pub Vec<Step>);

impl Schema {
    pub(crate) fn compare(expected: &[Migration], applied: Vec<Applied>) -> Self {
        let mut applied: BTreeMap<_, _> = applied.into_iter().map(|one| (one.version, one)).collect();
        let known = expected.iter().map(|step| Step {
            version: step.version,
            description: step.description.to_string(),
            standing: standing(step, applied.remove(&step.version)),
        });
        let mut steps: Vec<_> = known.collect();
        steps.extend(applied.into_values().map(newer));
        steps.sort_by_key(|step| step.version);
        Self(steps)
    }

    /// The migrations that stand in the way of serving; none when the schema is fit.
    #[must_use]
    pub fn obstacles(&self) -> Vec<&Step> {
        self.0.iter().filter(|step| !step.standing.serves()).collect()
    }

    /// Whether this product's migrations make all of it.
    pub(crate) fn is_known(&self) -> bool {
        self.0.iter().all(|step| step.standing == Standing::Applied)
    }

    /// Whether all that stands in the way is what `migrate up` would apply.
    #[must_use]
    pub fn can_migrate(&self) -> bool {
        self.obstacles().iter().all(|step| step.standing == Standing::Missing)
    }
}

impl Standing {
    fn serves(self) -> bool {
        matches!(self, Self::Applied | Self::Added)
    }
}

fn standing(expected: &Migration, applied: Option<Applied>) -> Standing {
    match applied {
        None => Standing::Missing,
        Some(applied) if !applied.whole => Standing::Unfinished,
        Some(applied) if *applied.checksum == *expected.checksum => Standing::Applied,
        Some(_) => Standing::Changed,
    }
}

/// A migration that only this database knows: one that expands leaves everything that older products use.
fn newer(applied: Applied) -> Step {
    let standing = match applied.description.starts_with("expand") {
        _ if !applied.whole => Standing::Unfinished,
        true => Standing::Added,
        false => Standing::Removed,
    };
    Step { version: applied.version, description: applied.description, standing }
}

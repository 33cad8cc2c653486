//! A commit as a value: what to write, and what must hold for it to be written.

use std::borrow::Cow;

use crate::{Trouble, Value};

/// One statement with its values, numbered `$1`, `$2` and so on.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The text of one statement, the same for every engine.
    pub sql: Cow<'static, str>,
    /// The values.
    pub values: Vec<Value>,
    /// What must hold of it.
    pub demand: Demand,
    /// The row it updates, where it updates one of a resource.
    pub(crate) row: Option<Updated>,
}

/// The row of a resource that a statement updates, for an engine that keeps the plan of such an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Updated {
    pub(crate) table: &'static str,
    /// Its own columns, which follow `id`, `version`, `state` and `update_time` and come before the version it had.
    pub(crate) columns: &'static [&'static str],
}

/// The places of so many values, for a list of them.
pub(crate) fn places(count: usize) -> String {
    let places: Vec<_> = (1..=count).map(|place| format!("${place}")).collect();
    places.join(", ")
}

/// The text, with what `place` makes of each `$n` in its stead, told by its number from 0.
pub(crate) fn with_places(sql: &str, mut place: impl FnMut(usize) -> Option<String>) -> String {
    let mut parts = sql.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        match index.and_then(&mut place) {
            Some(other) => text.push_str(&other),
            None => text.extend(["$", number]),
        }
        text.push_str(rest);
    }
    text
}

/// What a commit demands of one of its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Any number of rows will do.
    Any,
    /// Exactly one row must be touched; else the commit stops with this word.
    One(&'static str),
}

impl Statement {
    /// A statement that may touch any number of rows.
    pub fn new(sql: impl Into<Cow<'static, str>>, values: impl Into<Vec<Value>>) -> Self {
        Self { sql: sql.into(), values: values.into(), demand: Demand::Any, row: None }
    }

    /// The same, demanding that exactly one row is touched.
    #[must_use]
    pub fn demanding_one(self, word: &'static str) -> Self {
        Self { demand: Demand::One(word), ..self }
    }
}

/// Statements that are written together or not at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Commit {
    /// In the order they are carried out.
    pub statements: Vec<Statement>,
}

impl Commit {
    /// Adds a statement.
    pub fn push(&mut self, statement: Statement) {
        self.statements.push(statement);
    }

    /// Adds several.
    pub fn extend(&mut self, statements: impl IntoIterator<Item = Statement>) {
        self.statements.extend(statements);
    }
}

/// What stopped a commit. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// A statement that demanded one row touched none or several; its word.
    Demand(&'static str),
    /// A uniqueness constraint; its columns as `table.column`, several joined by `, `.
    Unique(String),
}

/// Why a commit failed.
#[derive(Debug, Clone)]
pub enum Failure {
    /// Something demanded does not hold; nothing was written.
    Stopped(Stop),
    /// Too many wait to be written; nothing was written.
    Full,
    /// The storage failed; whether it was written is not known.
    Trouble(Trouble),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Trouble(error.into())
    }
}

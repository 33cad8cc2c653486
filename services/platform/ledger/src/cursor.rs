//! How far a followed journal has been taken over, and the events of it that could not be.

use kernel::Time;

use crate::{Ledger, Row, Statement, Trouble, Value};

/// The last revision of `source` that was taken over; 0 when none was.
pub async fn cursor(ledger: &Ledger, source: &str) -> Result<i64, Trouble> {
    ledger.read(cursor_statement(source)).await?.first().map_or(Ok(0), |row| row.get(0))
}

pub(crate) fn cursor_statement(source: &str) -> Statement {
    Statement::new("SELECT revision FROM cursor WHERE source = $1", vec![source.into()])
}

/// Moves the cursor of `source` from one revision to a later one; `word` when somebody else moved it.
#[must_use]
pub fn move_cursor(source: &str, from: i64, to: i64, word: &'static str) -> Statement {
    Statement::new(
        "INSERT INTO cursor (source, revision) \
         SELECT $1, $2 WHERE $3 = 0 OR EXISTS (SELECT 1 FROM cursor WHERE source = $1) \
         ON CONFLICT (source) DO UPDATE SET revision = $2 WHERE cursor.revision = $3",
        vec![source.into(), to.into(), from.into()],
    )
    .demanding_one(word)
}

/// An event that could not be applied, or that waits behind one.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// The journal it came from.
    pub source: String,
    /// Its place there.
    pub revision: i64,
    /// The resource here that it was meant for.
    pub subject: String,
    /// The event, encoded.
    pub event: Vec<u8>,
    /// Why it could not be applied.
    pub cause: String,
    /// When it was parked.
    pub time: Time,
}

/// Parks an event.
#[must_use]
pub fn park(parked: &Parked) -> Statement {
    Statement::new(
        "INSERT INTO parked (source, revision, subject, event, cause, time) VALUES ($1, $2, $3, $4, $5, $6)",
        vec![
            parked.source.as_str().into(),
            parked.revision.into(),
            parked.subject.as_str().into(),
            parked.event.clone().into(),
            parked.cause.as_str().into(),
            parked.time.into(),
        ],
    )
}

/// Releases a parked event; `word` when somebody else did.
#[must_use]
pub fn release(source: &str, revision: i64, word: &'static str) -> Statement {
    let values: Vec<Value> = vec![source.into(), revision.into()];
    Statement::new("DELETE FROM parked WHERE source = $1 AND revision = $2", values).demanding_one(word)
}

/// The events of `source` that are parked, of one subject or of all, oldest first.
pub async fn parked(ledger: &Ledger, source: &str, subject: Option<&str>) -> Result<Vec<Parked>, Trouble> {
    ledger.read(parked_statement(source, subject)).await?.iter().map(read).collect()
}

pub(crate) fn parked_statement(source: &str, subject: Option<&str>) -> Statement {
    let mut values: Vec<Value> = vec![source.into()];
    let mut of = "";
    if let Some(subject) = subject {
        values.push(subject.into());
        of = "AND subject = $2";
    }
    let sql = format!(
        "SELECT source, revision, subject, event, cause, time FROM parked WHERE source = $1 {of} ORDER BY revision"
    );
    Statement::new(sql, values)
}

fn read(row: &Row) -> Result<Parked, Trouble> {
    Ok(Parked {
        source: row.get(0)?,
        revision: row.get(1)?,
        subject: row.get(2)?,
        event: row.get(3)?,
        cause: row.get(4)?,
        time: row.get(5)?,
    })
}

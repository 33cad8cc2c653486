//! The events of a followed journal that could not be applied, and the duties that tell the operator what keeps it from being
//! followed.

use kernel::{Duty, Fault, Role, Time};

use crate::{
    DutyQuery, Ledger, Row, Statement, Trouble, Value, duties,
    duty::{PARKED, duty_row},
    open_duty,
};

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

/// Notes another cause than the one an event was parked for.
#[must_use]
pub fn blame(parked: &Parked) -> Statement {
    Statement::new(
        "UPDATE parked SET cause = $3 WHERE source = $1 AND revision = $2",
        vec![parked.source.as_str().into(), parked.revision.into(), parked.cause.as_str().into()],
    )
}

/// Opens the operator's duty for an event, or tells its cause anew: one for each source and subject.
#[must_use]
pub fn open_parked_duty(parked: &Parked) -> Statement {
    let event = format!("{}/{}", parked.source, parked.revision);
    let duty = Duty {
        action: PARKED,
        role: Role::Operator,
        person: None,
        since: parked.time,
        missing: vec![Fault::new("", "EVENT_PARKED", event, parked.cause.clone())],
    };
    duty_row(parked_key(&parked.source, &parked.subject), &parked.subject, &duty)
}

/// Closes the operator's duty for the events of `source` that were meant for `subject`.
#[must_use]
pub fn close_parked_duty(source: &str, subject: &str) -> Statement {
    Statement::new("DELETE FROM duty WHERE key = $1", vec![parked_key(source, subject).into()])
}

fn parked_key(source: &str, subject: &str) -> String {
    [subject, PARKED, source].join("/")
}

/// The action of the duty that a journal opens which was set back behind its follower's cursor.
const RESET: &str = "RESUME_FOLLOWING";
/// The action of the duty that a journal opens which cannot be followed just now.
const STANDING: &str = "UNBLOCK_FOLLOWING";

/// Opens the operator's duty for a journal that was set back behind the cursor; nothing else is said of it then.
#[must_use]
pub fn open_reset_duty(source: &str, cause: &str, since: Time) -> [Statement; 2] {
    let missing = vec![Fault::new("", "LOG_RESET", source, cause)];
    let duty = Duty { action: RESET, role: Role::Operator, person: None, since, missing };
    [close_standing_duty(source), open_duty(&journal(source), &duty)]
}

/// Closes it.
#[must_use]
pub fn close_reset_duty(source: &str) -> Statement {
    close(source, RESET)
}

/// Whether it is open.
pub async fn has_reset_duty(ledger: &Ledger, source: &str) -> Result<bool, Trouble> {
    has(ledger, source, RESET).await
}

/// Opens the operator's duty for a journal that is not followed, for `cause`, at `place`.
#[must_use]
pub fn open_standing_duty(source: &str, place: &str, cause: &str, since: Time) -> Statement {
    let missing = vec![Fault::new("", "FOLLOWER_STANDS", place, cause)];
    let duty = Duty { action: STANDING, role: Role::Operator, person: None, since, missing };
    open_duty(&journal(source), &duty)
}

/// Closes it.
#[must_use]
pub fn close_standing_duty(source: &str) -> Statement {
    close(source, STANDING)
}

/// Whether it is open.
pub async fn has_standing_duty(ledger: &Ledger, source: &str) -> Result<bool, Trouble> {
    has(ledger, source, STANDING).await
}

async fn has(ledger: &Ledger, source: &str, action: &str) -> Result<bool, Trouble> {
    // A journal has no more duties than it has actions.
    let query = DutyQuery { resource: Some(journal(source)), limit: 2, ..DutyQuery::default() };
    Ok(duties(ledger, query).await?.iter().any(|duty| duty.action == action))
}

fn close(source: &str, action: &str) -> Statement {
    let values: Vec<Value> = vec![journal(source).into(), action.into()];
    Statement::new("DELETE FROM duty WHERE resource = $1 AND action = $2", values)
}

/// The collection of followed journals, as resources.
pub(crate) const JOURNALS: &str = "journals/";

/// A followed journal as a resource.
pub(crate) fn journal(source: &str) -> String {
    format!("{JOURNALS}{source}")
}

/// The events of `source` that are parked, of one subject or of all, oldest first.
pub async fn parked(ledger: &Ledger, source: &str, subject: Option<&str>) -> Result<Vec<Parked>, Trouble> {
    ledger.read(parked_statement(source, subject)).await?.iter().map(read).collect()
}

/// The event of `source` that is parked at this revision.
pub async fn parked_at(ledger: &Ledger, source: &str, revision: i64) -> Result<Option<Parked>, Trouble> {
    let rows = ledger.read(parked_at_statement(source, revision)).await?;
    rows.first().map(read).transpose()
}

pub(crate) fn parked_at_statement(source: &str, revision: i64) -> Statement {
    let sql = "SELECT source, revision, subject, event, cause, time FROM parked WHERE source = $1 AND revision = $2";
    Statement::new(sql, vec![source.into(), revision.into()])
}

/// How many events are parked, by the journal they came from; none of those that have none.
pub async fn count_parked(ledger: &Ledger) -> Result<Vec<(String, i64)>, Trouble> {
    let query = Statement::new("SELECT source, count(*) FROM parked GROUP BY source", vec![]);
    ledger.read(query).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// All events that are parked, whatever they came from.
pub async fn all_parked(ledger: &Ledger) -> Result<Vec<Parked>, Trouble> {
    let sql = "SELECT source, revision, subject, event, cause, time FROM parked ORDER BY source, revision";
    ledger.read(Statement::new(sql, vec![])).await?.iter().map(read).collect()
}

/// Has a parked event, and the cause it is parked for, say something else from now on; `word` when it is released.
#[must_use]
pub fn replace_parked(parked: &Parked, word: &'static str) -> Statement {
    let values: Vec<Value> = vec![
        parked.source.as_str().into(),
        parked.revision.into(),
        parked.event.clone().into(),
        parked.cause.as_str().into(),
    ];
    let sql = "UPDATE parked SET event = $3, cause = $4 WHERE source = $1 AND revision = $2";
    Statement::new(sql, values).demanding_one(word)
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

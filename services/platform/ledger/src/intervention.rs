//! What an operator may do to a followed journal when it cannot be followed by itself; each leaves a row behind.

use kernel::Time;

use crate::{
    Commit, Cursor, Failure, Ledger, Parked, Statement, Trouble, Value, close_parked_duty, close_reset_duty,
    cursor, cursor::put_cursor, parked, release,
};

/// Stops a discard when the event is applied or discarded meanwhile.
const GONE: &str = "gone";

/// Has `source` followed on after `to`, wherever its cursor stands; where it stood.
///
/// Whatever lies between is neither undone nor done: that is the operator's to settle before.
pub async fn resume(
    ledger: &Ledger,
    source: &str,
    to: &Cursor,
    reason: &str,
    now: Time,
) -> Result<Cursor, Failure> {
    let from = cursor(ledger, source).await?;
    let trace = Trace { action: "RESUMED", revision: to.revision, before: Some(from.revision), event: None };
    let statements = vec![put_cursor(source, to), close_reset_duty(source), trace.row(source, reason, now)];
    ledger.commit(Commit { statements }).await?;
    Ok(from)
}

/// Gives up on a parked event of `source`, which is never applied then; those behind it are tried next.
///
/// The event as it was, or `None` when it is not parked.
pub async fn discard(
    ledger: &Ledger,
    source: &str,
    revision: i64,
    reason: &str,
    now: Time,
) -> Result<Option<Parked>, Failure> {
    let Some(event) = find(ledger, source, revision).await? else { return Ok(None) };
    let trace = Trace { action: "DISCARDED", revision, before: None, event: Some(event.event.clone()) };
    let mut commit =
        Commit { statements: vec![release(source, revision, GONE), trace.row(source, reason, now)] };
    if parked(ledger, source, Some(&event.subject)).await?.len() == 1 {
        commit.push(close_parked_duty(source, &event.subject));
    }
    ledger.commit(commit).await?;
    Ok(Some(event))
}

/// What an operator did, as far as it has an event or words of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervention {
    /// The followed journal.
    pub source: String,
    /// When.
    pub time: Time,
    /// Where in it.
    pub revision: i64,
    /// The event that was given up, encoded; nothing where none was.
    pub event: Vec<u8>,
    /// Why.
    pub reason: String,
}

/// All that operators did.
pub async fn interventions(ledger: &Ledger) -> Result<Vec<Intervention>, Trouble> {
    let sql = "SELECT source, time, revision, event, reason FROM intervention ORDER BY source, time";
    let rows = ledger.read(Statement::new(sql, vec![])).await?;
    let read = |row: &crate::Row| {
        Ok(Intervention {
            source: row.get(0)?,
            time: row.get(1)?,
            revision: row.get(2)?,
            event: row.get(3)?,
            reason: row.get(4)?,
        })
    };
    rows.iter().map(read).collect()
}

impl Intervention {
    /// Has it say something else from now on.
    #[must_use]
    pub fn replace(&self, word: &'static str) -> Statement {
        let values: Vec<Value> = vec![
            self.source.as_str().into(),
            self.time.into(),
            self.event.clone().into(),
            self.reason.as_str().into(),
        ];
        let sql = "UPDATE intervention SET event = $3, reason = $4 WHERE source = $1 AND time = $2";
        Statement::new(sql, values).demanding_one(word)
    }
}

/// Says that texts about people were erased from an event of `source` that is parked or was given up, and why.
#[must_use]
pub fn erase_event(source: &str, revision: i64, reason: &str, now: Time) -> Statement {
    Trace { action: "ERASED", revision, before: None, event: None }.row(source, reason, now)
}

async fn find(ledger: &Ledger, source: &str, revision: i64) -> Result<Option<Parked>, Trouble> {
    Ok(parked(ledger, source, None).await?.into_iter().find(|event| event.revision == revision))
}

/// What was done.
struct Trace {
    action: &'static str,
    revision: i64,
    before: Option<i64>,
    event: Option<Vec<u8>>,
}

impl Trace {
    fn row(self, source: &str, reason: &str, now: Time) -> Statement {
        Statement::new(
            "INSERT INTO intervention (source, time, action, revision, before, event, reason) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            vec![
                source.into(),
                now.into(),
                self.action.into(),
                self.revision.into(),
                self.before.into(),
                self.event.unwrap_or_default().into(),
                reason.into(),
            ],
        )
    }
}

//! Interventions: changes to a followed journal's cursor and to its parked events other than by following it. Each leaves a
//! row behind, which says who did it, why, and with how many events.

use std::time::Duration;

use kernel::Time;
use serde_json::{Value as Json, json};

use crate::{
    Commit, Cursor, Failure, Ledger, Parked, Statement, Trouble, Value, close_parked_duty, close_reset_duty,
    close_standing_duty, move_cursor, open_parked_duty, parked, parked_at, release,
};

/// Stops an intervention when an event is applied or discarded meanwhile.
const GONE: &str = "gone";
/// Stops it when the cursor was moved meanwhile.
const MOVED: &str = "moved";

/// On whose word something is done, why, and when.
#[derive(Debug, Clone, Copy)]
pub struct Word<'a> {
    /// The operator, or the service itself.
    pub person: &'a str,
    /// Why, for the record.
    pub reason: &'a str,
    /// When.
    pub time: Time,
}

/// Everything that a journal needs to be followed on from another place.
#[derive(Debug, Clone)]
pub struct Resumption<'a> {
    /// The journal.
    pub source: &'a str,
    /// The place of its cursor.
    pub from: &'a Cursor,
    /// After which place it is to be followed on.
    pub to: &'a Cursor,
    /// Parked events that the journal does not have: they are kept as evidence, and never carried out.
    pub lost: &'a [Parked],
    /// Parked events that come again after `to`.
    pub again: &'a [Parked],
    /// How many events of each kind are skipped or set aside.
    pub counts: Json,
}

/// Has a journal followed on from another place, and settles what is parked of it; stopped when its cursor or one of these events
/// is not where it was.
///
/// Whatever lies between is neither undone nor done: that is the operator's to settle before.
pub async fn resume(ledger: &Ledger, resumption: Resumption<'_>, word: Word<'_>) -> Result<(), Failure> {
    let Resumption { source, from, to, lost, again, counts } = resumption;
    let mut commit = Commit::default();
    commit.push(move_cursor(source, from.revision, to, MOVED));
    commit.extend([close_reset_duty(source), close_standing_duty(source)]);
    for (event, later) in lost.iter().zip(0..) {
        let time = word.time.checked_add(Duration::from_micros(later)).unwrap_or(word.time);
        commit.extend(set_aside(event, Word { time, ..word }, GONE));
    }
    commit.extend(again.iter().map(|event| release(source, event.revision, GONE)));
    let gone: Vec<_> = lost.iter().chain(again).collect();
    commit.extend(left(ledger, source, &gone).await?);
    // After those before it: no two of one source are of the same moment.
    let micros = u64::try_from(lost.len()).unwrap_or(u64::MAX);
    let time = word.time.checked_add(Duration::from_micros(micros)).unwrap_or(word.time);
    let before = Some(from.revision);
    let trace = Trace { action: "RESUMED", revision: to.revision, before, event: None, counts };
    commit.push(trace.row(source, Word { time, ..word }));
    ledger.commit(commit).await
}

/// The duties of the subjects of which these events go: each tells the first event that stays, if any.
async fn left(ledger: &Ledger, source: &str, gone: &[&Parked]) -> Result<Vec<Statement>, Trouble> {
    let waiting = parked(ledger, source, None).await?;
    let goes = |event: &Parked| gone.iter().any(|one| one.revision == event.revision);
    let mut subjects: Vec<&str> = gone.iter().map(|event| &*event.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let duty = |subject: &str| {
        let stays = waiting.iter().find(|event| event.subject == subject && !goes(event));
        stays.map_or_else(|| close_parked_duty(source, subject), open_parked_duty)
    };
    Ok(subjects.into_iter().map(duty).collect())
}

/// Sets aside a parked event that its journal does not have, or not any more; `gone` when somebody else did.
#[must_use]
pub fn set_aside(event: &Parked, word: Word<'_>, gone: &'static str) -> [Statement; 2] {
    let trace = Trace { event: Some(event.event.clone()), ..Trace::of("LOST", event.revision) };
    [release(&event.source, event.revision, gone), trace.row(&event.source, word)]
}

/// Says that a parked event was released, and applied with that.
#[must_use]
pub fn released(source: &str, revision: i64, word: Word<'_>) -> Statement {
    Trace::of("RELEASED", revision).row(source, word)
}

/// Gives up on a parked event of `source`, which is never applied then; those behind it are tried next.
///
/// The event as it was, or `None` when it is not parked.
pub async fn discard(
    ledger: &Ledger,
    source: &str,
    revision: i64,
    word: Word<'_>,
) -> Result<Option<Parked>, Failure> {
    let Some(event) = parked_at(ledger, source, revision).await? else { return Ok(None) };
    let trace = Trace { event: Some(event.event.clone()), ..Trace::of("DISCARDED", revision) };
    let mut commit = Commit { statements: vec![release(source, revision, GONE), trace.row(source, word)] };
    if parked(ledger, source, Some(&event.subject)).await?.len() == 1 {
        commit.push(close_parked_duty(source, &event.subject));
    }
    ledger.commit(commit).await?;
    Ok(Some(event))
}

/// An operator's deed, as far as it has an event or words of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervention {
    /// The followed journal.
    pub source: String,
    /// When.
    pub time: Time,
    /// Its place there.
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
pub fn erase_event(source: &str, revision: i64, word: Word<'_>) -> Statement {
    Trace::of("ERASED", revision).row(source, word)
}

/// The kind of deed.
struct Trace {
    action: &'static str,
    revision: i64,
    before: Option<i64>,
    event: Option<Vec<u8>>,
    counts: Json,
}

impl Trace {
    fn of(action: &'static str, revision: i64) -> Self {
        Self { action, revision, before: None, event: None, counts: json!({}) }
    }

    fn row(self, source: &str, word: Word<'_>) -> Statement {
        Statement::new(
            "INSERT INTO intervention (source, time, action, revision, before, event, reason, person, counts) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            vec![
                source.into(),
                word.time.into(),
                self.action.into(),
                self.revision.into(),
                self.before.into(),
                self.event.unwrap_or_default().into(),
                word.reason.into(),
                word.person.into(),
                self.counts.into(),
            ],
        )
    }
}

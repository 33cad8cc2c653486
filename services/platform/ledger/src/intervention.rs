//! Interventions: changes to a followed journal's cursor and to its parked events other than by following it. Each leaves a
//! row behind, which says who did it, why, and with how many events, and an entry in the service's own journal, which is sealed.
//!
//! The entry holds the event and the reason only by a digest with a salt, which the row has: both may name people, and can be
//! erased with the salt. What is left then has a digest in the entry that says so.

mod account;

use std::time::Duration;

use kernel::{Role, Time};
use serde_json::{Map, Value as Json, json};

pub use account::unaccounted;

use crate::{
    Commit, Cursor, Digest, Failure, Ledger, Parked, Statement, Trouble, Value, close_parked_duty,
    close_reset_duty, close_standing_duty, move_cursor, open_parked_duty, parked,
    parked::journal as followed, parked_at, release,
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
    /// Random, and no other's.
    pub salt: Salt,
}

/// Bytes that keep a digest from being guessed at.
pub type Salt = [u8; 16];

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
        commit.extend(set_aside(event, word.later(later), GONE));
    }
    commit.extend(again.iter().map(|event| release(source, event.revision, GONE)));
    let gone: Vec<_> = lost.iter().chain(again).collect();
    commit.extend(left(ledger, source, &gone).await?);
    let micros = u64::try_from(lost.len()).unwrap_or(u64::MAX);
    let before = Some(from.revision);
    let trace = Trace { before, counts, ..Trace::of("RESUMED", to.revision) };
    commit.extend(trace.rows(source, word.later(micros)));
    ledger.commit(commit).await
}

impl Word<'_> {
    /// The same so many microseconds later: no two of one source are of the same moment.
    #[must_use]
    pub fn later(self, micros: u64) -> Self {
        let time = self.time.checked_add(Duration::from_micros(micros)).unwrap_or(self.time);
        Self { time, ..self }
    }
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
pub fn set_aside(event: &Parked, word: Word<'_>, gone: &'static str) -> [Statement; 3] {
    let trace = Trace { event: event.event.clone(), ..Trace::of("LOST", event.revision) };
    let [row, entry] = trace.rows(&event.source, word);
    [release(&event.source, event.revision, gone), row, entry]
}

/// Says that a parked event was released, and applied with that.
#[must_use]
pub fn released(source: &str, revision: i64, word: Word<'_>) -> [Statement; 2] {
    Trace::of("RELEASED", revision).rows(source, word)
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
    let trace = Trace { event: event.event.clone(), ..Trace::of("DISCARDED", revision) };
    let mut commit = Commit { statements: vec![release(source, revision, GONE)] };
    commit.extend(trace.rows(source, word));
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
    /// Has it say something else from now on, sealed with this salt.
    #[must_use]
    pub fn replace(&self, salt: Salt, word: &'static str) -> Statement {
        let values: Vec<Value> = vec![
            self.source.as_str().into(),
            self.time.into(),
            self.event.clone().into(),
            self.reason.as_str().into(),
            salt.to_vec().into(),
        ];
        let sql =
            "UPDATE intervention SET event = $3, reason = $4, salt = $5 WHERE source = $1 AND time = $2";
        Statement::new(sql, values).demanding_one(word)
    }
}

/// Says that texts about people were erased from an event of `source` that is parked, or was given up at `left`, of which this is
/// left, and why.
#[must_use]
pub fn erase_event(
    source: &str,
    revision: i64,
    left: Option<&Intervention>,
    word: Word<'_>,
) -> [Statement; 2] {
    let left = left.map(|left| (left.time, digest(&word.salt, &left.event, &left.reason)));
    Trace { left, ..Trace::of("ERASED", revision) }.rows(source, word)
}

/// The digest by which an entry holds an event and a reason.
fn digest(salt: &[u8], event: &[u8], reason: &str) -> Digest {
    Digest::of(&[b"getmodern intervention 1", salt, event, reason.as_bytes()])
}

/// The kind of deed.
struct Trace {
    action: &'static str,
    revision: i64,
    before: Option<i64>,
    event: Vec<u8>,
    counts: Json,
    /// The digest of the rest of an earlier row, and the time of that row.
    left: Option<(Time, Digest)>,
}

/// The event that an entry tells of.
const KIND: &str = "Intervened";

impl Trace {
    fn of(action: &'static str, revision: i64) -> Self {
        Self { action, revision, before: None, event: Vec::new(), counts: json!({}), left: None }
    }

    fn rows(self, source: &str, word: Word<'_>) -> [Statement; 2] {
        let entry = self.entry(source, word);
        let row = Statement::new(
            "INSERT INTO intervention (source, time, action, revision, before, event, reason, person, counts, salt) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            vec![
                source.into(),
                word.time.into(),
                self.action.into(),
                self.revision.into(),
                self.before.into(),
                self.event.into(),
                word.reason.into(),
                word.person.into(),
                self.counts.into(),
                word.salt.to_vec().into(),
            ],
        );
        [row, entry]
    }

    /// What the journal has of it, as the newest of what was done to the followed one.
    fn entry(&self, source: &str, word: Word<'_>) -> Statement {
        let role = if word.person.starts_with("services/") { Role::Service } else { Role::Operator };
        let values: Vec<Value> = vec![
            followed(source).into(),
            KIND.into(),
            self.told(word).into(),
            word.person.into(),
            role.as_str().into(),
            word.time.into(),
            format!("{source}/{}", self.revision).into(),
        ];
        let version = "coalesce(max(version_after), 0)";
        let sql = format!(
            "INSERT INTO journal (resource, kind, rule, data, person, role, time, request_id, version_before, version_after, viewed) \
             SELECT $1, $2, '', $3, $4, $5, $6, $7, {version}, {version} + 1, 1 FROM journal WHERE resource = $1"
        );
        Statement::new(sql, values)
    }

    fn told(&self, word: Word<'_>) -> Json {
        let own = digest(&word.salt, &self.event, word.reason).to_string();
        let mut told = Map::new();
        told.insert("action".to_owned(), self.action.into());
        told.insert("revision".to_owned(), self.revision.into());
        told.insert("before".to_owned(), self.before.into());
        told.insert("counts".to_owned(), self.counts.clone());
        told.insert("digest".to_owned(), own.into());
        if let Some((time, digest)) = &self.left {
            told.insert(
                "left".to_owned(),
                json!({ "time": time.as_microsecond(), "digest": digest.to_string() }),
            );
        }
        json!({ KIND: told })
    }
}

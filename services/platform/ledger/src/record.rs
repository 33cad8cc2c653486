//! A resource as it is kept: its state with its version and its times.

use kernel::{Caller, Id, Time};
use serde::de::DeserializeOwned;

use crate::{Eyes, Ledger, Remembered, RequestKey, Row, State, Statement, Table, Trouble, Value, viewer};

/// A resource as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<S> {
    /// Its identity within its collection.
    pub id: Id,
    /// Counts its events, from 1.
    pub version: i64,
    /// What it is.
    pub state: S,
    /// When it came to be.
    pub create_time: Time,
    /// When it last changed.
    pub update_time: Time,
}

impl<S: DeserializeOwned> Record<S> {
    /// Reads the columns `id, version, state, create_time, update_time`, starting at `first`.
    pub(crate) fn read(row: &Row, id: Id, first: usize) -> Result<Self, Trouble> {
        Ok(Self {
            id,
            version: row.get(first)?,
            state: serde_json::from_value(row.get(first + 1)?).map_err(Trouble::unreadable)?,
            create_time: row.get(first + 2)?,
            update_time: row.get(first + 3)?,
        })
    }
}

/// The resource with this identity, if there is one.
pub async fn load<T: Table>(ledger: &Ledger, id: Id) -> Result<Option<Record<State<T>>>, Trouble> {
    kept::<T>(&found(ledger, statement::<T>(id, None, &Eyes::All)).await?, id)
}

/// A resource as somebody finds it.
#[derive(Debug)]
pub struct Found<T: Table> {
    /// The resource, if there is one and they see it.
    pub record: Option<Record<State<T>>>,
    /// What is remembered of their request.
    pub remembered: Option<Remembered>,
}

/// The resource with this identity as `caller` finds it, and what is remembered of the request if one is named, in one
/// consistent read. One that they do not see is not read, and takes as long as one that does not exist.
pub async fn look<T: Table>(
    ledger: &Ledger,
    id: Id,
    caller: &Caller,
    request: Option<&RequestKey>,
) -> Result<Found<T>, Trouble> {
    let row = found(ledger, look_statement::<T>(id, caller, request)).await?;
    // What is kept of who sees it may be behind its state, and adds nobody.
    let seen = |record: &Record<State<T>>| {
        T::SEEN_WITH.is_some() || T::viewers(&record.state).include(caller, T::COLLECTION)
    };
    let record = kept::<T>(&row, id)?.filter(seen);
    Ok(Found { record, remembered: Remembered::read(&row, 4)? })
}

/// The statement that [`look`] reads.
#[must_use]
pub fn look_statement<T: Table>(id: Id, caller: &Caller, request: Option<&RequestKey>) -> Statement {
    statement::<T>(id, request, &Eyes::of(caller))
}

/// Finds a row where there is a resource with this identity that `caller` does not see; none where they see all of its kind. No
/// answer to them may wait for this.
#[must_use]
pub fn hidden_statement<T: Table>(id: Id, caller: &Caller) -> Option<Statement> {
    let eyes = Eyes::of(caller);
    let person = eyes.person().filter(|_| !eyes.spans(T::COLLECTION))?;
    let (table, seen) = (T::COLLECTION, viewer::is_seen::<T>("$1", "$2"));
    let sql = format!("SELECT version FROM {table} WHERE id = $1 AND NOT {seen}");
    Some(Statement::new(sql, vec![id.into(), person.into()]))
}

async fn found(ledger: &Ledger, statement: Statement) -> Result<Row, Trouble> {
    let rows = ledger.read(statement).await?;
    rows.into_iter().next().ok_or_else(|| Trouble::new("a left join answered no row"))
}

fn kept<T: Table>(row: &Row, id: Id) -> Result<Option<Record<State<T>>>, Trouble> {
    let version: Option<i64> = row.get(0)?;
    version.map(|_| Record::read(row, id, 0)).transpose()
}

pub(crate) fn statement<T: Table>(id: Id, request: Option<&RequestKey>, eyes: &Eyes) -> Statement {
    let person = eyes.person().filter(|_| !eyes.spans(T::COLLECTION));
    let sought = match person {
        Some(_) => format!("CASE WHEN {} THEN $1 END", viewer::may_see::<T>("$1", "$5")),
        None => "$1".to_owned(),
    };
    let sql = format!(
        "SELECT t.version, t.state, t.create_time, t.update_time, r.fingerprint, r.reply, r.resource \
         FROM (SELECT 1 AS one) AS base \
         LEFT JOIN {} AS t ON t.id = {sought} \
         LEFT JOIN request AS r ON r.person = $2 AND r.key IN ($3, $4)",
        T::COLLECTION
    );
    let whose = request.map(|request| request.person.as_str());
    let [kept, former] = [request.map(RequestKey::kept), request.map(|request| request.id.clone())];
    let mut values: Vec<Value> = vec![id.into(), whose.into(), kept.into(), former.into()];
    values.extend(person.map(Value::from));
    Statement::new(sql, values)
}

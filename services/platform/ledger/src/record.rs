//! A resource as it is kept: its state with its version and its times.

use kernel::{Caller, Id, Time};
use serde::de::DeserializeOwned;

use crate::{Ledger, Remembered, RequestKey, Row, State, Statement, Table, Trouble, Value, viewer};

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
    kept::<T>(&found(ledger, statement::<T>(id, None, None)).await?, id)
}

/// A resource as somebody finds it.
#[derive(Debug)]
pub struct Found<T: Table> {
    /// The resource, if there is one and they see it.
    pub record: Option<Record<State<T>>>,
    /// There is one that they do not see.
    pub hidden: bool,
    /// What is remembered of their request.
    pub remembered: Option<Remembered>,
}

/// The resource with this identity as `caller` finds it, and what is remembered of the request if one is named, in one
/// consistent read that is the same whether they see the resource or not.
pub async fn look<T: Table>(
    ledger: &Ledger,
    id: Id,
    caller: &Caller,
    request: Option<&RequestKey>,
) -> Result<Found<T>, Trouble> {
    let row = found(ledger, statement::<T>(id, request, Some(caller))).await?;
    let record = kept::<T>(&row, id)?;
    let with = row.get::<i64>(7)? > 0 && caller.role.sight().names();
    let seen = |state| with || T::viewers(state).include(caller, T::COLLECTION);
    let hidden = record.as_ref().is_some_and(|record| !seen(&record.state));
    Ok(Found { record: record.filter(|_| !hidden), hidden, remembered: Remembered::read(&row, 4)? })
}

async fn found(ledger: &Ledger, statement: Statement) -> Result<Row, Trouble> {
    let rows = ledger.read(statement).await?;
    rows.into_iter().next().ok_or_else(|| Trouble::new("a left join answered no row"))
}

fn kept<T: Table>(row: &Row, id: Id) -> Result<Option<Record<State<T>>>, Trouble> {
    let version: Option<i64> = row.get(0)?;
    version.map(|_| Record::read(row, id, 0)).transpose()
}

pub(crate) fn statement<T: Table>(
    id: Id,
    request: Option<&RequestKey>,
    caller: Option<&Caller>,
) -> Statement {
    let sql = format!(
        "SELECT t.version, t.state, t.create_time, t.update_time, r.fingerprint, r.reply, r.resource, {} \
         FROM (SELECT 1 AS one) AS base \
         LEFT JOIN {} AS t ON t.id = $1 \
         LEFT JOIN request AS r ON r.person = $2 AND r.key IN ($3, $4)",
        viewer::seen_with::<T>("$5"),
        T::COLLECTION
    );
    let person = request.map(|request| request.person.as_str());
    let [kept, former] = [request.map(RequestKey::kept), request.map(|request| request.id.clone())];
    let mut values: Vec<Value> = vec![id.into(), person.into(), kept.into(), former.into()];
    if T::SEEN_WITH.is_some() {
        values.push(caller.map(|caller| caller.person.as_str()).into());
    }
    Statement::new(sql, values)
}

//! A resource as it is kept: its state with its version and its times.

use kernel::{Id, Time};
use serde::de::DeserializeOwned;

use crate::{Ledger, Remembered, RequestKey, Row, State, Statement, Table, Trouble, Value};

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

/// The resource with this identity, and what is remembered of the request if one is named, in one consistent read.
pub async fn load<T: Table>(
    ledger: &Ledger,
    id: Id,
    request: Option<&RequestKey>,
) -> Result<(Option<Record<State<T>>>, Option<Remembered>), Trouble> {
    let rows = ledger.read(statement::<T>(id, request)).await?;
    let row = rows.first().ok_or_else(|| Trouble::new("a left join answered no row"))?;
    let version: Option<i64> = row.get(0)?;
    let record = version.map(|_| Record::read(row, id, 0)).transpose()?;
    Ok((record, Remembered::read(row, 4)?))
}

pub(crate) fn statement<T: Table>(id: Id, request: Option<&RequestKey>) -> Statement {
    let sql = format!(
        "SELECT t.version, t.state, t.create_time, t.update_time, r.fingerprint, r.reply \
         FROM (SELECT 1 AS one) AS base \
         LEFT JOIN {} AS t ON t.id = $1 \
         LEFT JOIN request AS r ON r.person = $2 AND r.key = $3",
        T::COLLECTION
    );
    let person = request.map(|request| request.person.as_str());
    let key = request.map(|request| request.key.as_str());
    let values: Vec<Value> = vec![id.into(), person.into(), key.into()];
    Statement::new(sql, values)
}

//! All rows of some resources, read together: their own, their entries, their viewers, and those beside.

use std::collections::HashMap;

use kernel::{Id, name};
use serde_json::Value as Json;

use crate::{
    Beside, Entry, Ledger, Record, Row, State, Statement, Table, Trouble, Value, journal::entries_of,
    statement::places,
};

/// A row of a resource, with the columns that lists go by.
pub(super) struct Listed<T: Table> {
    pub(super) record: Record<State<T>>,
    pub(super) columns: Vec<Value>,
}

/// One who sees a resource.
pub(super) struct Viewer {
    pub(super) person: String,
    pub(super) collection: String,
    pub(super) id: Id,
}

/// All rows of some resources, by the names that these rows give them.
pub(super) struct Kept<T: Table> {
    rows: HashMap<Id, Listed<T>>,
    entries: HashMap<String, Vec<Entry>>,
    viewers: HashMap<String, Vec<Viewer>>,
    sides: Vec<HashMap<Id, Vec<Beside>>>,
}

/// The same of one of them.
pub(super) struct Own<'a, T: Table> {
    pub(super) id: Id,
    pub(super) row: Option<&'a Listed<T>>,
    pub(super) entries: &'a [Entry],
    pub(super) viewers: &'a [Viewer],
    pub(super) sides: Vec<&'a [Beside]>,
}

impl<T: Table> Kept<T> {
    /// The rows before the entries: each that there is has its entries by then.
    pub(super) async fn read(ledger: &Ledger, ids: &[Id]) -> Result<Self, Trouble> {
        let rows = ledger.read(rows_statement::<T>(ids)).await?;
        let rows = rows.iter().map(listed::<T>).collect::<Result<_, _>>()?;
        let mut kept = Self { rows, entries: HashMap::new(), viewers: HashMap::new(), sides: Vec::new() };
        for entry in entries_of(ledger, &names(T::COLLECTION, ids)).await? {
            kept.entries.entry(entry.resource.clone()).or_default().push(entry);
        }
        if T::SEEN_WITH.is_none() {
            for row in ledger.read(viewers_statement(&names(T::SEEN_AS, ids))).await? {
                let one = Viewer { person: row.get(1)?, collection: row.get(2)?, id: row.get(3)? };
                kept.viewers.entry(row.get(0)?).or_default().push(one);
            }
        }
        for side in T::SIDES {
            let mut rows: HashMap<_, Vec<_>> = HashMap::new();
            for row in ledger.read(side.statement::<T>(ids)).await? {
                let (id, beside) = side.read::<T>(&row)?;
                if let Some(id) = id {
                    rows.entry(id).or_default().push(beside);
                }
            }
            kept.sides.push(rows);
        }
        Ok(kept)
    }

    pub(super) fn of(&self, id: Id) -> Own<'_, T> {
        Own {
            id,
            row: self.rows.get(&id),
            entries: all(self.entries.get(&name::of(T::COLLECTION, id))),
            viewers: all(self.viewers.get(&name::of(T::SEEN_AS, id))),
            sides: self.sides.iter().map(|rows| all(rows.get(&id))).collect(),
        }
    }
}

fn all<T>(found: Option<&Vec<T>>) -> &[T] {
    found.map(Vec::as_slice).unwrap_or_default()
}

fn names(collection: &'static str, ids: &[Id]) -> Vec<String> {
    ids.iter().map(|id| name::of(collection, *id)).collect()
}

fn rows_statement<T: Table>(ids: &[Id]) -> Statement {
    let columns: Vec<_> = T::COLUMNS.iter().map(|column| format!(", {column}")).collect();
    let sql = format!(
        "SELECT id, version, state, create_time, update_time{} FROM {} WHERE id IN ({})",
        columns.concat(),
        T::COLLECTION,
        places(ids.len())
    );
    Statement::new(sql, ids.iter().map(|id| Value::from(*id)).collect::<Vec<_>>())
}

fn listed<T: Table>(row: &Row) -> Result<(Id, Listed<T>), Trouble> {
    let id: Id = row.get(0)?;
    let record = Record::read(row, id, 1)?;
    let expected = T::columns(&record.state);
    let columns = expected.iter().zip(5..).map(|(like, index)| cell(row, index, like));
    let columns = columns.collect::<Result<_, _>>()?;
    Ok((id, Listed { record, columns }))
}

/// A column that holds a value like another.
fn cell(row: &Row, index: usize, like: &Value) -> Result<Value, Trouble> {
    Ok(match like {
        Value::Int(_) => Value::Int(row.get(index)?),
        Value::Text(_) => Value::Text(row.get(index)?),
        Value::Id(_) => Value::Id(row.get(index)?),
        Value::Time(_) => Value::Time(row.get(index)?),
        Value::Json(_) => row.get::<Json>(index)?.into(),
        Value::Bytes(_) => Value::Bytes(row.get(index)?),
    })
}

fn viewers_statement(resources: &[String]) -> Statement {
    let places = places(resources.len());
    let sql = format!("SELECT resource, person, collection, id FROM viewer WHERE resource IN ({places})");
    Statement::new(sql, resources.iter().map(|one| one.as_str().into()).collect::<Vec<Value>>())
}

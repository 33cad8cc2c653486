//! Lists by keyset: the newest first, stable while others write.

use std::borrow::Cow;

use kernel::{Id, Time};

use crate::{Ledger, Record, Row, State, Statement, Table, Trouble, Value};

/// Where a page ends and the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// When the last resource of the page was created.
    pub create_time: Time,
    /// Its identity.
    pub id: Id,
}

/// One condition of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// A condition on the row, with `?` where the value stands.
    pub clause: Cow<'static, str>,
    /// The value.
    pub value: Value,
}

impl Filter {
    /// A condition.
    pub fn new(clause: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        Self { clause: clause.into(), value: value.into() }
    }
}

/// The resources that meet every filter, the newest first, after `after`, at most `limit`.
pub async fn page<T: Table>(
    ledger: &Ledger,
    filters: Vec<Filter>,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Record<State<T>>>, Trouble> {
    ledger.read(statement::<T>(filters, after, limit)).await?.iter().map(read::<T>).collect()
}

pub(crate) fn statement<T: Table>(filters: Vec<Filter>, after: Option<Key>, limit: i64) -> Statement {
    let mut values: Vec<Value> = vec![limit.into()];
    let mut clauses = vec!["1 = 1".to_owned()];
    for filter in filters {
        values.push(filter.value);
        clauses.push(filter.clause.replace('?', &format!("${}", values.len())));
    }
    if let Some(key) = after {
        values.extend([key.create_time.into(), key.id.into()]);
        clauses.push(format!("(create_time, id) < (${}, ${})", values.len() - 1, values.len()));
    }
    let sql = format!(
        "SELECT id, version, state, create_time, update_time FROM {} \
         WHERE {} ORDER BY create_time DESC, id DESC LIMIT $1",
        T::COLLECTION,
        clauses.join(" AND ")
    );
    Statement::new(sql, values)
}

fn read<T: Table>(row: &Row) -> Result<Record<State<T>>, Trouble> {
    Record::read(row, row.get(0)?, 1)
}

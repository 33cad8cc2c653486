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
    /// The same condition as it is asked of one row after another.
    of_each: Option<&'static str>,
    /// It says which rows are looked at; the others are asked of those alone.
    is_first: bool,
}

impl Filter {
    /// A condition.
    pub fn new(clause: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        Self { clause: clause.into(), value: value.into(), of_each: None, is_first: false }
    }

    /// The same, with another clause for where it is asked of one row after another: it looks at no rows of others. Write it as a
    /// count that is more than 0; PostgreSQL may carry out an `EXISTS` for all rows at once.
    #[must_use]
    pub fn of_each(self, clause: &'static str) -> Self {
        Self { of_each: Some(clause), ..self }
    }

    /// The same as the one that says who sees what: with it, how long a list takes tells nothing of what is not seen.
    pub(crate) fn first(self) -> Self {
        Self { is_first: true, ..self }
    }

    /// Its condition, with the value at `place`; behind one that comes first, no index leads to what it asks for.
    fn condition(&self, place: &str, is_behind: bool) -> String {
        if self.is_first || !is_behind {
            return self.clause.replace('?', place);
        }
        let clause = self.of_each.unwrap_or(&self.clause).replace('?', place);
        format!("CASE WHEN {clause} THEN 1 ELSE 0 END = 1")
    }
}

/// The resources that meet every filter, the newest first, after `after`, at most `limit`.
pub async fn page<T: Table>(
    ledger: &Ledger,
    filters: Vec<Filter>,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Record<State<T>>>, Trouble> {
    ledger.read(page_statement::<T>(filters, after, limit)).await?.iter().map(read::<T>).collect()
}

/// The statement that [`page`] reads.
#[must_use]
pub fn page_statement<T: Table>(filters: Vec<Filter>, after: Option<Key>, limit: i64) -> Statement {
    let mut values: Vec<Value> = vec![limit.into()];
    let mut clauses = vec!["1 = 1".to_owned()];
    let is_behind = filters.iter().any(|filter| filter.is_first);
    for filter in filters {
        clauses.push(filter.condition(&format!("${}", values.len() + 1), is_behind));
        values.push(filter.value);
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

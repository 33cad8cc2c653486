//! How many rows there are of each kind, read by a statement that groups them.

use crate::{Ledger, Statement, Trouble};

/// How many rows `sql` counts of each kind: it answers a word and a number a row.
pub async fn tally(ledger: &Ledger, sql: &'static str) -> Result<Vec<(String, i64)>, Trouble> {
    let rows = ledger.read(Statement::new(sql, Vec::new())).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// How many of each of `kinds` were tallied: none of those that are not there.
pub fn of_each<'a>(
    kinds: impl IntoIterator<Item = &'a str>,
    tallied: &[(String, i64)],
) -> impl Iterator<Item = (&'a str, i64)> {
    let number = |kind| tallied.iter().find(|(found, _)| found == kind).map_or(0, |(_, number)| *number);
    kinds.into_iter().map(move |kind| (kind, number(kind)))
}

//! Whether the rows that answers come from are what the journal adds up to.

use kernel::{Id, fold, name};

use crate::{
    Entry, Ledger, Record, State, Statement, Table, Trouble, Value, erase::told, journal::own_entries, load,
    unplaced, viewer,
};

/// What of a resource is not as the journal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stray {
    /// The resource's last entry.
    pub revision: i64,
    /// What it is about.
    pub what: &'static str,
}

/// The resources that came to be after a revision, each with the entry that says so, at most `limit`.
pub async fn begun(ledger: &Ledger, after: i64, limit: i64) -> Result<Vec<(i64, String)>, Trouble> {
    let rows = ledger.read(begun_statement(after, limit)).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

pub(crate) fn begun_statement(after: i64, limit: i64) -> Statement {
    let sql = "SELECT revision, resource FROM journal WHERE version_before = 0 AND revision > $1 \
               ORDER BY revision LIMIT $2";
    Statement::new(sql, vec![after.into(), limit.into()])
}

/// How many resources have a row.
pub async fn rows<T: Table>(ledger: &Ledger) -> Result<i64, Trouble> {
    let sql = format!("SELECT count(*) FROM {}", T::COLLECTION);
    let rows = ledger.read(Statement::new(sql, Vec::new())).await?;
    rows.first().map_or(Ok(0), |row| row.get(0))
}

/// What of a resource is not as the journal says, if anything; who sees it too, where that is asked. Others may change it
/// meanwhile.
pub async fn stray<T: Table>(ledger: &Ledger, id: Id, viewers: bool) -> Result<Option<Stray>, Trouble> {
    loop {
        let record = load::<T>(ledger, id).await?;
        let found = compared::<T>(ledger, id, record.as_ref(), viewers).await?;
        let version = |record: Option<Record<State<T>>>| record.map(|record| record.version);
        // What changed meanwhile is read again.
        if found.is_none() || version(load::<T>(ledger, id).await?) == version(record) {
            return Ok(found);
        }
    }
}

async fn compared<T: Table>(
    ledger: &Ledger,
    id: Id,
    record: Option<&Record<State<T>>>,
    viewers: bool,
) -> Result<Option<Stray>, Trouble> {
    let resource = name::of(T::COLLECTION, id);
    let entries = own_entries(ledger, &resource).await?;
    let (last, version) = entries.last().map_or((0, 0), |entry| (entry.revision, entry.version_after));
    let stray = |what| Ok(Some(Stray { revision: last, what }));
    let Some(record) = record else { return stray("it has no row") };
    if version < record.version {
        // What was just committed may have no place in the journal yet.
        return if unplaced(ledger).await?.0 > 0 { Ok(None) } else { stray("its row has a later version") };
    }
    if version > record.version {
        return stray("its row has an earlier version");
    }
    if folded::<T>(&entries)? != serde_json::to_value(&record.state).map_err(Trouble::unreadable)? {
        return stray("its row says something else");
    }
    if !has_columns::<T>(ledger, record).await? {
        return stray("it is listed as something else");
    }
    if viewers && T::SEEN_WITH.is_none() && !has_viewers::<T>(ledger, record).await? {
        return stray("others see it than may");
    }
    Ok(None)
}

/// What entries add up to.
fn folded<T: Table>(entries: &[Entry]) -> Result<serde_json::Value, Trouble> {
    let events: Vec<_> = entries.iter().map(told::<T>).collect::<Result<_, _>>()?;
    let state = fold::<T::Domain>(None, events.iter().flatten().map(|(event, stamp)| (event, *stamp)));
    state
        .map_or(Ok(serde_json::Value::Null), |state| serde_json::to_value(state).map_err(Trouble::unreadable))
}

async fn has_columns<T: Table>(ledger: &Ledger, record: &Record<State<T>>) -> Result<bool, Trouble> {
    let mut values: Vec<Value> = vec![record.id.into(), record.version.into()];
    values.extend(T::columns(&record.state));
    let are = T::COLUMNS
        .iter()
        .zip(3..)
        .map(|(column, place)| format!(" AND {column} IS NOT DISTINCT FROM ${place}"));
    let sql =
        format!("SELECT id FROM {} WHERE id = $1 AND version = $2{}", T::COLLECTION, are.collect::<String>());
    Ok(!ledger.read(Statement::new(sql, values)).await?.is_empty())
}

async fn has_viewers<T: Table>(ledger: &Ledger, record: &Record<State<T>>) -> Result<bool, Trouble> {
    let resource = name::of(T::SEEN_AS, record.id);
    let sql = "SELECT person FROM viewer WHERE resource = $1";
    let rows = ledger.read(Statement::new(sql, vec![resource.into()])).await?;
    let mut kept = rows.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, _>>()?;
    kept.sort_unstable();
    Ok(kept.iter().map(String::as_str).eq(viewer::people::<T>(&record.state)))
}

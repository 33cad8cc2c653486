//! Whether the rows that answers come from are what the journal adds up to.

mod kept;
mod leftover;

use kernel::{Id, Stamp, fold};
use serde_json::Value as Json;

use crate::{Entry, Event, Ledger, State, Statement, Table, Trouble, erase::told, load, viewer::people};

use kept::{Kept, Own};
pub use leftover::{leftover, leftover_beside};

/// What of a resource is not as the journal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stray {
    /// Which resource.
    pub id: Id,
    /// Its last entry.
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

/// The first of these resources of which something is not as the journal says. Others may change them meanwhile.
pub async fn stray<T: Table>(ledger: &Ledger, ids: &[Id]) -> Result<Option<Stray>, Trouble> {
    let kept = Kept::<T>::read(ledger, ids).await?;
    for id in ids {
        if flaw::<T>(&kept.of(*id))?.is_some()
            && let Some(stray) = again::<T>(ledger, *id).await?
        {
            return Ok(Some(stray));
        }
    }
    Ok(None)
}

/// Looks at one alone until nobody changes it meanwhile.
async fn again<T: Table>(ledger: &Ledger, id: Id) -> Result<Option<Stray>, Trouble> {
    loop {
        let kept = Kept::<T>::read(ledger, &[id]).await?;
        let own = kept.of(id);
        let Some(what) = flaw::<T>(&own)? else { return Ok(None) };
        let version = load::<T>(ledger, id).await?.map(|record| record.version);
        if version == own.row.map(|row| row.record.version) {
            let revision = own.entries.last().map_or(0, |entry| entry.revision);
            return Ok(Some(Stray { id, revision, what }));
        }
    }
}

/// The difference between a resource and its entries, if there is one.
fn flaw<T: Table>(own: &Own<'_, T>) -> Result<Option<&'static str>, Trouble> {
    let Some(row) = own.row else { return Ok(Some("it has no row")) };
    let record = &row.record;
    let version = own.entries.last().map_or(0, |entry| entry.version_after);
    if version != record.version {
        let is_later = version < record.version;
        return Ok(Some(if is_later {
            "its row has a later version"
        } else {
            "its row has an earlier version"
        }));
    }
    let events = events::<T>(own.entries)?;
    if folded::<T>(&events)? != serde_json::to_value(&record.state).map_err(Trouble::unreadable)? {
        return Ok(Some("its row says something else"));
    }
    if row.columns != T::columns(&record.state) {
        return Ok(Some("it is listed as something else"));
    }
    let time = |entry: Option<&Entry>| entry.map(|entry| entry.stamp.time);
    if (time(own.entries.first()), time(own.entries.last()))
        != (Some(record.create_time), Some(record.update_time))
    {
        return Ok(Some("its row has other times than its entries"));
    }
    if T::SEEN_WITH.is_none() && !has_viewers(own, &record.state) {
        return Ok(Some("others see it than may"));
    }
    if !has_sides(own, &events) {
        return Ok(Some("the rows beside its own say something else"));
    }
    Ok(None)
}

fn events<T: Table>(entries: &[Entry]) -> Result<Vec<(Event<T>, &Stamp)>, Trouble> {
    entries.iter().filter_map(|entry| told::<T>(entry).transpose()).collect()
}

/// The sum of entries.
fn folded<T: Table>(events: &[(Event<T>, &Stamp)]) -> Result<Json, Trouble> {
    let state = fold::<T::Domain>(None, events.iter().map(|(event, stamp)| (event, *stamp)));
    state.map_or(Ok(Json::Null), |state| serde_json::to_value(state).map_err(Trouble::unreadable))
}

/// Each who may see it is kept once, under its collection and its identity, and nobody else.
fn has_viewers<T: Table>(own: &Own<'_, T>, state: &State<T>) -> bool {
    let are_its = own.viewers.iter().all(|one| one.collection == T::SEEN_AS && one.id == own.id);
    let mut kept: Vec<_> = own.viewers.iter().map(|one| one.person.as_str()).collect();
    kept.sort_unstable();
    are_its && kept.into_iter().eq(people::<T>(state))
}

fn has_sides<T: Table>(own: &Own<'_, T>, events: &[(Event<T>, &Stamp)]) -> bool {
    let expected = T::beside(own.id, events);
    let is_it = |(kept, expected): (&&[_], &Vec<_>)| {
        kept.len() == expected.len() && expected.iter().all(|row| kept.contains(row))
    };
    own.sides.len() == expected.len() && own.sides.iter().zip(&expected).all(is_it)
}

//! Whether the rows that interventions left are those that the journal tells of.

use std::collections::{BTreeMap, HashMap};

use kernel::Time;
use serde_json::{Value as Json, json};

use super::{KIND, digest};
use crate::{Ledger, Row, Statement, Trouble, Value, parked::journal, statement::places};

/// A followed journal, and a moment.
type Place = (String, Time);

/// What a row says, as its entry has it.
#[derive(Debug, PartialEq, Eq)]
struct Account {
    person: String,
    told: Json,
}

/// The entries about what was done to the followed journals.
#[derive(Debug, Default)]
struct Accounts {
    /// Each with its revision.
    all: BTreeMap<Place, (i64, Account)>,
    /// The rest of those of which something was erased.
    left: HashMap<Place, String>,
}

/// The first intervention of which row and entry do not fit, in words, with the entry's revision. Those of older releases, from
/// before the first that has an entry, are not told of.
pub async fn unaccounted(ledger: &Ledger, sources: &[&str]) -> Result<Option<(i64, String)>, Trouble> {
    if sources.is_empty() {
        return Ok(None);
    }
    // The rows before the entries: each has one by then. Then once more, should a row have come between.
    for look in 0..2 {
        let rows = ledger.read(Statement::new(ROWS, Vec::new())).await?;
        let accounts = Accounts::read(ledger, sources).await?;
        let found = accounts.compare(&rows)?;
        if found.is_none() || look == 1 {
            return Ok(found);
        }
    }
    Ok(None)
}

const ROWS: &str =
    "SELECT source, time, action, revision, before, event, reason, person, counts, salt FROM intervention";

impl Accounts {
    async fn read(ledger: &Ledger, sources: &[&str]) -> Result<Self, Trouble> {
        let mut accounts = Self::default();
        for row in ledger.read(statement(sources)).await? {
            let (resource, time, data): (String, Time, Json) = (row.get(1)?, row.get(2)?, row.get(4)?);
            let source = resource.split_once('/').map_or("", |(_, source)| source).to_owned();
            let mut told = data[KIND].clone();
            if let Some(left) = told.as_object_mut().and_then(|told| told.remove("left")) {
                let of = left["time"].as_i64().and_then(|micros| Time::from_microsecond(micros).ok());
                let digest = left["digest"].as_str().unwrap_or_default().to_owned();
                accounts.left.extend(of.map(|of| ((source.clone(), of), digest)));
            }
            let account = Account { person: row.get(3)?, told };
            accounts.all.insert((source, time), (row.get::<Option<i64>>(0)?.unwrap_or_default(), account));
        }
        Ok(accounts)
    }

    fn compare(mut self, rows: &[Row]) -> Result<Option<(i64, String)>, Trouble> {
        let first = self.all.keys().map(|(_, time)| *time).min();
        for row in rows {
            let place: Place = (row.get(0)?, row.get(1)?);
            let words = |what| format!("what was done to {} at {} {what}", place.0, place.1);
            let Some((revision, mut account)) = self.all.remove(&place) else {
                if first.is_none_or(|first| place.1 < first) {
                    continue;
                }
                return Ok(Some((0, words("has a row and no entry that says so"))));
            };
            if let Some(left) = self.left.get(&place) {
                account.told["digest"] = left.as_str().into();
            }
            if account != said(row)? {
                return Ok(Some((revision, words("has a row that says something else"))));
            }
        }
        let gone = self.all.into_iter().next();
        Ok(gone.map(|((source, time), (revision, _))| {
            (revision, format!("what was done to {source} at {time} has no row in `intervention`"))
        }))
    }
}

/// What a row says.
fn said(row: &Row) -> Result<Account, Trouble> {
    let (action, revision, before): (String, i64, Option<i64>) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let (event, reason, counts): (Vec<u8>, String, Json) = (row.get(5)?, row.get(6)?, row.get(8)?);
    let salt: Option<Vec<u8>> = row.get(9)?;
    let own = digest(&salt.unwrap_or_default(), &event, &reason).to_string();
    let told =
        json!({ "action": action, "revision": revision, "before": before, "counts": counts, "digest": own });
    Ok(Account { person: row.get::<Option<String>>(7)?.unwrap_or_default(), told })
}

fn statement(sources: &[&str]) -> Statement {
    let values: Vec<Value> = sources.iter().map(|source| journal(source).into()).collect();
    let sql = format!(
        "SELECT revision, resource, time, person, data FROM journal WHERE resource IN ({}) ORDER BY version_after",
        places(values.len())
    );
    Statement::new(sql, values)
}

//! What the journal itself says was erased of it.

use std::collections::HashMap;

use kernel::Erasure;
use serde_json::Value as Json;

use super::{Break, Flaw};
use crate::{Ledger, Statement, Trouble};

/// Rows of the table that are compared at a time.
const PAGE: i64 = 500;

/// The places at which entries say that something of their own resource was erased.
#[derive(Debug, Default)]
pub(super) struct Erasures {
    /// The entries up to here are looked through.
    seen: i64,
    /// The version that each left behind, by revision, resource and path.
    places: HashMap<i64, HashMap<(String, String), i64>>,
}

impl Erasures {
    /// Takes up what was erased since the last look.
    pub(super) async fn read(&mut self, ledger: &Ledger) -> Result<(), Trouble> {
        for row in ledger.read(statement(self.seen)).await? {
            self.seen = row.get(0)?;
            self.add(self.seen, &row.get::<String>(1)?, row.get(2)?, row.get(3)?);
        }
        Ok(())
    }

    /// What an entry says of later ones, or what does not read, it cannot have erased: its own seal tells what was done to it.
    fn add(&mut self, revision: i64, resource: &str, data: Json, version: i64) {
        let Ok(erasure) = serde_json::from_value::<Erasure>(data) else { return };
        for (of, path) in erasure.each().filter(|(of, _)| *of < revision) {
            self.places.entry(of).or_default().insert((resource.to_owned(), path.to_owned()), version);
        }
    }

    /// Whether an entry of this resource says that the text at this place was erased.
    pub(super) fn tell(&self, revision: i64, resource: &str, path: &str) -> bool {
        let is_it = |(of, there): &(String, String)| of == resource && there == path;
        self.places.get(&revision).is_some_and(|places| places.keys().any(is_it))
    }

    /// The first row of the table `erasure`, by which the guards let texts go, that no entry speaks of; or an entry's that is not
    /// there.
    pub(super) async fn compare(&mut self, ledger: &Ledger) -> Result<Option<Break>, Trouble> {
        let (mut count, mut after) = (0, (i64::MIN, String::new()));
        loop {
            let rows = ledger.read(rows_statement(&after)).await?;
            // The entries last: each row has one by then.
            self.read(ledger).await?;
            for row in &rows {
                let (revision, path): (i64, String) = (row.get(0)?, row.get(1)?);
                let (place, resource): (String, String) = (row.get(2)?, row.get(3)?);
                let key = (resource, path);
                let told = self.places.get(&revision).and_then(|places| places.get(&key));
                if told != Some(&row.get(4)?) || steps(&place) != pointer(&key.1) {
                    return Ok(Some(Break { revision, flaw: Flaw::Unsaid(key.1) }));
                }
                after = (revision, key.1);
            }
            count += rows.len();
            if rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                break;
            }
        }
        let told: usize = self.places.values().map(HashMap::len).sum();
        let revision = self.places.keys().min().copied().unwrap_or_default();
        Ok((told > count).then_some(Break { revision, flaw: Flaw::Unnamed(told - count) }))
    }
}

/// The names and numbers of a place as SQLite writes it: `$."Met"."people"[0]."name"`; none where it is no such place.
fn steps(place: &str) -> Option<Vec<String>> {
    let (mut steps, mut rest) = (Vec::new(), place.strip_prefix('$')?);
    while !rest.is_empty() {
        let (step, after) = match rest.strip_prefix(".\"") {
            Some(name) => name.split_once('"')?,
            None => rest.strip_prefix('[')?.split_once(']')?,
        };
        steps.push(step.to_owned());
        rest = after;
    }
    Some(steps)
}

/// The same of a path in the document of an entry: `/data/Met/people/0/name`.
fn pointer(path: &str) -> Option<Vec<String>> {
    let steps = path.strip_prefix("/data/")?.split('/');
    Some(steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

fn rows_statement((revision, path): &(i64, String)) -> Statement {
    let sql = "SELECT revision, path, place, resource, version FROM erasure WHERE (revision, path) > ($1, $2) \
               ORDER BY revision, path LIMIT $3";
    Statement::new(sql, vec![(*revision).into(), path.as_str().into(), PAGE.into()])
}

/// How many erasures the journal has up to a revision.
pub async fn erasures(ledger: &Ledger, until: i64) -> Result<i64, Trouble> {
    let sql = "SELECT count(*) FROM journal WHERE kind = 'PersonalDataErased' AND revision <= $1";
    let rows = ledger.read(Statement::new(sql, vec![until.into()])).await?;
    rows.first().map_or(Ok(0), |row| row.get(0))
}

pub(crate) fn statement(after: i64) -> Statement {
    let sql = "SELECT revision, resource, data, version_after FROM journal WHERE kind = 'PersonalDataErased' AND revision > $1 ORDER BY revision";
    Statement::new(sql, vec![after.into()])
}

#[test]
fn they_are_asked_for_by_the_name_they_have() {
    assert!(statement(0).sql.contains(&format!("'{}'", Erasure::KIND)));
}

#[test]
fn a_place_and_the_path_to_it_are_the_same_steps() {
    let path = "/data/Met/people/0/at the~1end/name";
    assert_eq!(steps("$.\"Met\".\"people\"[0].\"at the/end\".\"name\""), pointer(path));
    assert_ne!(steps("$.\"Met\".\"people\"[1].\"at the/end\".\"name\""), pointer(path));
    for bad in ["", "$.", "$.\"Met\"x", "$[0"] {
        assert_eq!(steps(bad), None, "{bad}");
    }
}

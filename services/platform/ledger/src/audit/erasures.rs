//! What the journal itself says was erased of it.

use std::collections::{HashMap, HashSet};

use kernel::Erasure;
use serde_json::Value as Json;

use crate::{Ledger, Statement, Trouble};

/// The places at which entries say that something of their own resource was erased.
#[derive(Debug, Default)]
pub(super) struct Erasures {
    /// The entries up to here are looked through.
    seen: i64,
    /// Resources and paths, by revision.
    places: HashMap<i64, HashSet<(String, String)>>,
}

impl Erasures {
    /// Takes up what was erased since the last look. An entry that has no revision yet is looked at each time.
    pub(super) async fn read(&mut self, ledger: &Ledger) -> Result<(), Trouble> {
        for row in ledger.read(statement(self.seen)).await? {
            let revision: Option<i64> = row.get(0)?;
            self.seen = self.seen.max(revision.unwrap_or_default());
            self.add(revision.unwrap_or(i64::MAX), &row.get::<String>(1)?, row.get(2)?);
        }
        Ok(())
    }

    /// What an entry says of later ones, or what does not read, it cannot have erased: its own seal tells what was done to it.
    fn add(&mut self, revision: i64, resource: &str, data: Json) {
        let Ok(erasure) = serde_json::from_value::<Erasure>(data) else { return };
        for (of, path) in erasure.each().filter(|(of, _)| *of < revision) {
            self.places.entry(of).or_default().insert((resource.to_owned(), path.to_owned()));
        }
    }

    /// Whether an entry of this resource says that the text at this place was erased.
    pub(super) fn tell(&self, revision: i64, resource: &str, path: &str) -> bool {
        let is_it = |(of, there): &(String, String)| of == resource && there == path;
        self.places.get(&revision).is_some_and(|places| places.iter().any(is_it))
    }
}

pub(crate) fn statement(after: i64) -> Statement {
    let sql = "SELECT revision, resource, data FROM journal WHERE kind = 'PersonalDataErased' AND (revision > $1 OR revision IS NULL)";
    Statement::new(sql, vec![after.into()])
}

#[test]
fn they_are_asked_for_by_the_name_they_have() {
    assert!(statement(0).sql.contains(&format!("'{}'", Erasure::KIND)));
}

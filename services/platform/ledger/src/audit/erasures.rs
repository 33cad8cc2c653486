//! What the journal itself says was erased of it.

use std::collections::{HashMap, HashSet};

use kernel::Erasure;
use serde_json::Value as Json;

use crate::{Ledger, Statement, Trouble};

/// The places at which entries say that something was erased.
#[derive(Debug, Default)]
pub(super) struct Erasures {
    /// The entries up to here are looked through.
    seen: i64,
    places: HashMap<i64, HashSet<String>>,
}

impl Erasures {
    /// Takes up what was erased since the last look. An entry that has no revision yet is looked at each time.
    pub(super) async fn read(&mut self, ledger: &Ledger) -> Result<(), Trouble> {
        for row in ledger.read(statement(self.seen)).await? {
            let revision: Option<i64> = row.get(0)?;
            self.seen = self.seen.max(revision.unwrap_or_default());
            self.add(revision.unwrap_or(i64::MAX), row.get(1)?);
        }
        Ok(())
    }

    /// What an entry says of later ones, or what does not read, it cannot have erased: its own seal tells what was done to it.
    fn add(&mut self, revision: i64, data: Json) {
        let Ok(erasure) = serde_json::from_value::<Erasure>(data) else { return };
        for (of, path) in erasure.each().filter(|(of, _)| *of < revision) {
            self.places.entry(of).or_default().insert(path.to_owned());
        }
    }

    /// Whether an entry says that the text at this place was erased.
    pub(super) fn tell(&self, revision: i64, path: &str) -> bool {
        self.places.get(&revision).is_some_and(|paths| paths.contains(path))
    }
}

pub(crate) fn statement(after: i64) -> Statement {
    let sql = "SELECT revision, data FROM journal WHERE kind = 'PersonalDataErased' AND (revision > $1 OR revision IS NULL)";
    Statement::new(sql, vec![after.into()])
}

#[test]
fn they_are_asked_for_by_the_name_they_have() {
    assert!(statement(0).sql.contains(&format!("'{}'", Erasure::KIND)));
}

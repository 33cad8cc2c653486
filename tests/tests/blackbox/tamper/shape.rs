//! Changes to the schema of a PostgreSQL database, of which nothing stays: a database and a `migrate check` for each would take a
//! third of all tests' time.

use std::{collections::BTreeSet, fmt::Write, iter::once};

use tests::State;

use super::{SERVICES, change::Change, found, objects};

/// The question that `migrate check` asks of the database and of what its migrations make, to compare the answers.
const SHAPE: &str = include_str!("../../../../services/platform/ledger/src/schema/postgres.sql");

/// How each change shows, by name; `migrate check` itself looks into one of each kind.
pub(super) async fn page(state: &State) -> String {
    let (mut seen, mut kinds, mut page) = (BTreeSet::new(), BTreeSet::new(), String::new());
    for name in SERVICES {
        let new = objects(state, name).into_iter().filter(|change| seen.insert(change.what.clone()));
        let changes: Vec<_> = new.collect();
        for (change, is_another) in changes.iter().zip(are_others(state, name, &changes)) {
            let told = if is_another { "found by migrate check" } else { "not found" };
            let _ = writeln!(page, "{}: {told}", change.what);
            if kinds.insert(kind(&change.what)) {
                assert_eq!(found(state, name, change).await, told, "{}", change.what);
            }
        }
    }
    page
}

/// Tells of each change if it makes the shape another.
fn are_others(state: &State, name: &str, changes: &[Change]) -> Vec<bool> {
    let shape = SHAPE.replace("$1", "'public'").replace("$2", "current_user");
    let question = format!("SELECT concat_ws(' is ', name, says) FROM ({shape}) AS shape (name, says)");
    let statements = once("SELECT 1").chain(changes.iter().map(|change| change.statement.as_str()));
    let answers = state.ask_after_each(name, statements.map(str::to_owned).collect(), &question);
    let mut shapes = answers.into_iter().map(|answer| answer.expect("it is carried out"));
    let untouched = shapes.next().expect("an answer");
    assert!(untouched.len() > 100, "{untouched:?}");
    shapes.map(|shape| shape != untouched).collect()
}

/// The kind of object and what is done to it, without its name.
fn kind(what: &str) -> String {
    let (object, done) = what.split_once(", ").unwrap_or((what, ""));
    format!("{}, {done}", object.split(' ').next().unwrap_or_default())
}

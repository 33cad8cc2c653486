//! The shape of a database, name by name, and its difference from that which the migrations make.
//!
//! The latter is asked of an engine that has just applied them to nothing: an empty database in memory, or a PostgreSQL
//! schema in a transaction that is taken back. So both sides are told by the same engine in the same words, whatever its
//! version, and there is no list to keep. It needs the right to make a schema, which the owner of a database has.

use std::{collections::BTreeMap, fmt::Write};

/// How many differences are told one by one.
const TOLD: usize = 10;

/// Tables, columns, indices, triggers, functions and the like, each with what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape(pub(crate) BTreeMap<String, String>);

impl Shape {
    /// The differences of `found`, in words; none when there is none.
    pub(crate) fn differences(&self, found: &Self) -> Option<String> {
        let (Self(expected), Self(found)) = (self, found);
        let lost = expected.iter().filter_map(|(name, is)| match found.get(name) {
            None => Some(format!("{name} is missing")),
            Some(there) if there != is => Some(format!("{name} is another")),
            Some(_) => None,
        });
        let added = found.keys().filter(|name| !expected.contains_key(*name));
        let all: Vec<_> = lost.chain(added.map(|name| format!("{name} is of no migration"))).collect();
        let mut told = all.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
        if all.len() > TOLD {
            let _ = write!(told, "; and {} more", all.len() - TOLD);
        }
        (!all.is_empty()).then_some(told)
    }
}

impl FromIterator<(String, String)> for Shape {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

/// The objects of a SQLite file; sqlx's own table is sqlx's.
pub(crate) const SQLITE: &str = "SELECT type || ' ' || tbl_name || '.' || name, coalesce(sql, '') FROM sqlite_master \
     WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlx_migrations'";

/// The objects of the PostgreSQL schema `$1`, with an owner where that is not `$2`.
pub(crate) const POSTGRES: &str = include_str!("postgres.sql");

#[test]
fn what_is_missing_changed_or_added_is_told_and_of_many_their_number() {
    let shape = |all: &[(&str, &str)]| -> Shape {
        all.iter().map(|(name, is)| ((*name).to_owned(), (*is).to_owned())).collect()
    };
    let expected = shape(&[("table a", "x"), ("table b", "y")]);
    assert_eq!(expected.differences(&expected), None);
    let found = shape(&[("table b", "z"), ("table c", "")]);
    let told = "table a is missing; table b is another; table c is of no migration";
    assert_eq!(expected.differences(&found).as_deref(), Some(told));
    let many: Shape = (0..12).map(|number| (format!("table {number}"), String::new())).collect();
    assert!(many.differences(&Shape::default()).is_some_and(|told| told.ends_with("; and 2 more")));
}

//! Rows that are of no resource: nothing that is read resource by resource meets them.

use crate::{Ledger, Side, Statement, Table, Trouble, parked::JOURNALS};

/// The first who sees, or what waits on, a resource that is not there, in words; `collections` are all there are, each with the one
/// that those who see its resources are kept under.
pub async fn leftover(
    ledger: &Ledger,
    collections: &[(&'static str, &'static str)],
) -> Result<Option<String>, Trouble> {
    for (statement, what) in [
        (viewers_statement(collections), "somebody sees"),
        (duties_statement(collections), "a duty is about"),
    ] {
        if let Some(row) = ledger.read(statement).await?.first() {
            return Ok(Some(format!("{what} {}, which is not there", row.get::<String>(0)?)));
        }
    }
    Ok(None)
}

/// The first row beside those of `T` that is beside none of them, in words.
pub async fn leftover_beside<T: Table>(ledger: &Ledger) -> Result<Option<String>, Trouble> {
    for side in T::SIDES {
        if let Some(row) = ledger.read(beside_statement::<T>(side)).await?.first() {
            let (table, key) = (side.table, row.get::<String>(0)?);
            return Ok(Some(format!("a row of {table} is about {key}, which is not there")));
        }
    }
    Ok(None)
}

/// The names of all resources.
fn names<'a>(of: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let each = of.into_iter().map(|(table, collection)| {
        format!(" UNION ALL SELECT '{collection}/' || CAST(id AS text) FROM {table}")
    });
    format!("SELECT '' {}", each.collect::<String>())
}

fn viewers_statement(collections: &[(&'static str, &'static str)]) -> Statement {
    let names = names(collections.iter().copied());
    let sql = format!(
        "SELECT resource FROM viewer WHERE resource <> collection || '/' || CAST(id AS text) \
         OR resource NOT IN ({names}) LIMIT 1"
    );
    Statement::new(sql, Vec::new())
}

/// A duty may also be about a journal, or about what an event is parked for.
fn duties_statement(collections: &[(&'static str, &'static str)]) -> Statement {
    let names = names(collections.iter().map(|(collection, _)| (*collection, *collection)));
    let sql = format!(
        "SELECT resource FROM duty WHERE resource NOT LIKE '{JOURNALS}%' \
         AND resource NOT IN (SELECT subject FROM parked UNION ALL {names}) LIMIT 1"
    );
    Statement::new(sql, Vec::new())
}

fn beside_statement<T: Table>(side: &Side) -> Statement {
    let (table, key, collection) = (side.table, side.key, T::COLLECTION);
    let sql = if side.is_named {
        let names = names([(collection, collection)]);
        format!(
            "SELECT {key} FROM {table} WHERE {key} LIKE '{collection}/%' AND {key} NOT IN ({names}) LIMIT 1"
        )
    } else {
        format!(
            "SELECT CAST({key} AS text) FROM {table} WHERE {key} NOT IN (SELECT id FROM {collection}) LIMIT 1"
        )
    };
    Statement::new(sql, Vec::new())
}

//! The rows that answers come from, compared with what the journal adds up to.

use std::collections::{BTreeMap, HashMap};

use futures::future::BoxFuture;
use kernel::{Id, name};
use ledger::{Ledger, Stray, Table, Trouble, VIEWERS, begun, cursor, rows, stray, unplaced, unviewed};

use super::verify::Found;
use crate::Service;

/// Resources that are begun and looked up at once.
const PAGE: i64 = 500;

type Counting<'a> = BoxFuture<'a, Result<i64, Trouble>>;
type Comparing<'a> = BoxFuture<'a, Result<Option<Stray>, Trouble>>;

/// How the rows of one collection are compared.
#[derive(Clone, Copy)]
pub(crate) struct Fold {
    count: for<'a> fn(&'a Ledger) -> Counting<'a>,
    stray: for<'a> fn(&'a Ledger, Id, bool) -> Comparing<'a>,
}

/// Those of a service, by their collections.
pub(crate) type Folds = HashMap<&'static str, Fold>;

impl Fold {
    /// That of `T`.
    pub(crate) fn of<T: Table>() -> Self {
        fn count<T: Table>(ledger: &Ledger) -> Counting<'_> {
            Box::pin(rows::<T>(ledger))
        }
        fn compare<T: Table>(ledger: &Ledger, id: Id, viewers: bool) -> Comparing<'_> {
            Box::pin(stray::<T>(ledger, id, viewers))
        }
        Self { count: count::<T>, stray: compare::<T> }
    }
}

/// How many rows are what the journal adds up to, or the first that is not.
pub(super) async fn compare(service: &Service, ledger: &Ledger) -> Result<Result<i64, Found>, Trouble> {
    let folds = &service.tables.folds;
    // Before the entries: each row has one by then.
    let mut kept = BTreeMap::new();
    for (collection, fold) in folds {
        kept.insert(*collection, (fold.count)(ledger).await?);
    }
    let count = kept.values().sum();
    // For what older releases wrote, a server still makes up who sees it.
    let viewers = unviewed(ledger, cursor(ledger, VIEWERS).await?.revision, 1).await?.is_empty();
    let mut after = 0;
    loop {
        let page = begun(ledger, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (_, resource) in &page {
            let Some((collection, _)) = resource.split_once('/') else { continue };
            let (fold, id) = (folds.get(collection), name::parse(collection, resource));
            let Some((fold, id)) = fold.zip(id) else { continue };
            if let Some(found) = (fold.stray)(ledger, id, viewers).await? {
                return Ok(Err((found.revision, format!("{resource}: {}", found.what))));
            }
            kept.get_mut(collection).into_iter().for_each(|rows| *rows -= 1);
        }
    }
    let more = kept.iter().find(|(_, rows)| **rows > 0);
    Ok(match more {
        Some((collection, rows)) if unplaced(ledger).await?.0 == 0 => {
            Err((after, format!("{rows} of {collection} have a row and no entry that says so")))
        }
        _ => Ok(count),
    })
}

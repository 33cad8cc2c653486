//! The rows that answers come from, compared with what the journal adds up to.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use futures::future::BoxFuture;
use kernel::{Id, name};
use ledger::{
    Ledger, Stray, Table, Trouble, Unviewed, VIEWERS, begun, cursor, leftover, leftover_beside, rows, stray,
    unviewed,
};

use tokio::time::sleep;

use super::{followed, verify::Found};
use crate::Service;

/// Resources that are looked up at once: as much as that many may hold is in memory.
const PAGE: i64 = 100;

/// How often it is looked, and how long apart, for what a server is making up for.
const LOOKS: usize = 4;
const PAUSE: Duration = Duration::from_secs(1);

type Asking<'a, T> = BoxFuture<'a, Result<T, Trouble>>;

/// How the rows of one collection are compared.
#[derive(Clone, Copy)]
pub(crate) struct Fold {
    seen_as: &'static str,
    count: for<'a> fn(&'a Ledger) -> Asking<'a, i64>,
    stray: for<'a> fn(&'a Ledger, &'a [Id]) -> Asking<'a, Option<Stray>>,
    leftover: for<'a> fn(&'a Ledger) -> Asking<'a, Option<String>>,
}

/// Those of a service, by their collections.
pub(crate) type Folds = HashMap<&'static str, Fold>;

impl Fold {
    /// That of `T`.
    pub(crate) fn of<T: Table>() -> Self {
        fn count<T: Table>(ledger: &Ledger) -> Asking<'_, i64> {
            Box::pin(rows::<T>(ledger))
        }
        fn compare<'a, T: Table>(ledger: &'a Ledger, ids: &'a [Id]) -> Asking<'a, Option<Stray>> {
            Box::pin(stray::<T>(ledger, ids))
        }
        fn beside<T: Table>(ledger: &Ledger) -> Asking<'_, Option<String>> {
            Box::pin(leftover_beside::<T>(ledger))
        }
        Self { seen_as: T::SEEN_AS, count: count::<T>, stray: compare::<T>, leftover: beside::<T> }
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
    if let Some(entry) = not_viewed(ledger).await? {
        let words = format!(
            "{}: who sees it is not kept yet: start the service, which makes up for it",
            entry.resource
        );
        return Ok(Err((entry.revision, words)));
    }
    let mut after = 0;
    loop {
        let page = begun(ledger, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        if let Some(found) = look(folds, ledger, &page, &mut kept).await? {
            return Ok(Err(found));
        }
    }
    let more = kept.iter().find(|(_, rows)| **rows > 0);
    let found = match more {
        Some((collection, rows)) => {
            Some(format!("{rows} of {collection} have a row and no entry that says so"))
        }
        None => unclaimed(folds, ledger).await?,
    };
    if let Some(found) = found {
        return Ok(Err((after, found)));
    }
    Ok(followed::compare(service, ledger).await?.map_or(Ok(count), Err))
}

/// The first entry of an older release for which nobody has made up yet who sees its resource; a server does within seconds.
async fn not_viewed(ledger: &Ledger) -> Result<Option<Unviewed>, Trouble> {
    let mut found = None;
    for look in 0..LOOKS {
        if look > 0 {
            sleep(PAUSE).await;
        }
        let from = cursor(ledger, VIEWERS).await?.revision;
        found = unviewed(ledger, from, 1).await?.into_iter().next();
        if found.is_none() {
            break;
        }
    }
    Ok(found)
}

/// The first of some resources that is not as the journal says; takes off those that are.
async fn look(
    folds: &Folds,
    ledger: &Ledger,
    page: &[(i64, String)],
    kept: &mut BTreeMap<&'static str, i64>,
) -> Result<Option<Found>, Trouble> {
    let mut found: Option<Found> = None;
    for (collection, rows) in kept {
        let of = |(_, resource): &(i64, String)| name::parse(collection, resource);
        let ids: Vec<_> = page.iter().filter_map(of).collect();
        if ids.is_empty() {
            continue;
        }
        let Some(fold) = folds.get(collection) else { continue };
        let stray = (fold.stray)(ledger, &ids).await?;
        let words =
            |stray: Stray| (stray.revision, format!("{}: {}", name::of(collection, stray.id), stray.what));
        let stray = stray.map(words);
        // Of several the first in the journal.
        if let Some(stray) = stray.filter(|stray| found.as_ref().is_none_or(|found| stray.0 < found.0)) {
            found = Some(stray);
        }
        *rows -= i64::try_from(ids.len()).unwrap_or(i64::MAX);
    }
    Ok(found)
}

/// The first row that is of no resource.
async fn unclaimed(folds: &Folds, ledger: &Ledger) -> Result<Option<String>, Trouble> {
    let collections: Vec<_> = folds.iter().map(|(collection, fold)| (*collection, fold.seen_as)).collect();
    let mut found = leftover(ledger, &collections).await?;
    for fold in folds.values() {
        if found.is_none() {
            found = (fold.leftover)(ledger).await?;
        }
    }
    Ok(found)
}

//! Making up for what older releases did not keep: who sees a resource, which lists, events and duties ask.
//!
//! It is done for the whole past before a service is ready, and for what replicas of such a release still write while they
//! are replaced, soon after. What one resource shows of itself follows from its state, and never waits for this.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream};
use kernel::{Id, name};
use ledger::{Commit, Cursor, Failure, Ledger, Table, VIEWERS, cursor, move_cursor, unviewed, view_again};
use tokio::time::sleep;

use crate::{Desk, Fail};

/// Entries looked at together.
const BATCH: i64 = 500;
/// Resources written at once.
const AT_ONCE: usize = 16;
/// How often to look for what an older replica wrote.
const PAUSE: Duration = Duration::from_secs(2);

/// Keeps anew who sees a resource of one table.
pub(crate) type View = for<'a> fn(&'a Ledger, Id) -> BoxFuture<'a, Result<(), Failure>>;
/// Those of a service, by their collections.
pub(crate) type Views = HashMap<&'static str, View>;

/// That of `T`.
pub(crate) fn view<T: Table>(ledger: &Ledger, id: Id) -> BoxFuture<'_, Result<(), Failure>> {
    Box::pin(view_again::<T>(ledger, id))
}

/// Makes up for what is still written, for as long as it is not dropped.
pub(crate) async fn keep(desk: &Desk) {
    let mut troubled = false;
    loop {
        sleep(PAUSE).await;
        let done = catch_up(desk).await;
        if let Err(fail) = &done
            && !troubled
        {
            let service = desk.inner.service;
            tracing::warn!(service, %fail, "who sees what an older release wrote is not kept until this is over");
        }
        troubled = done.is_err();
    }
}

/// Makes up for everything that was committed before.
pub(crate) async fn catch_up(desk: &Desk) -> Result<(), Fail> {
    while pass(desk).await? {}
    Ok(())
}

/// Looks at the next entries; false when there are none.
async fn pass(desk: &Desk) -> Result<bool, Fail> {
    let ledger = desk.ledger();
    let from = cursor(ledger, VIEWERS).await?;
    let entries = unviewed(ledger, from.revision, BATCH).await?;
    let Some(last) = entries.last() else { return Ok(false) };
    let resources: BTreeSet<_> = entries.iter().map(|entry| &*entry.resource).collect();
    let each: Vec<_> = resources.into_iter().map(|resource| again(desk, resource)).collect();
    stream::iter(each).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    let to = Cursor { revision: last.revision, ..Cursor::default() };
    let step = move_cursor(VIEWERS, from.revision, &to, VIEWERS);
    match ledger.commit(Commit { statements: vec![step] }).await {
        // Stopped: another replica has done the same.
        Ok(()) | Err(Failure::Stopped(_)) => Ok(true),
        Err(failure) => Err(failure.into()),
    }
}

fn again<'a>(desk: &'a Desk, resource: &'a str) -> BoxFuture<'a, Result<(), Fail>> {
    Box::pin(async move {
        let Some((collection, _)) = resource.split_once('/') else { return Ok(()) };
        let (view, id) = (desk.inner.views.get(collection), name::parse(collection, resource));
        let Some((view, id)) = view.zip(id) else { return Ok(()) };
        match view(desk.ledger(), id).await {
            Ok(()) => Ok(()),
            Err(Failure::Stopped(stop)) => Err(Fail::Fault(format!("{resource}: {stop:?}"))),
            Err(failure) => Err(failure.into()),
        }
    })
}

//! What the services hold and how far they are behind, counted when somebody asks.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use kernel::{Role, Time};
use ledger::{count_duties, count_parked, head};
use tokio::time::timeout;

use super::{Resident, metrics};
use crate::{Desk, Fail, Follow, story::untold};

/// How long a part may take to be counted; what is not told by then is left as it was.
const PATIENCE: Duration = Duration::from_secs(2);

/// Counts what the ready ones hold.
pub(crate) async fn take(services: &[Resident]) {
    let ready = services.iter().filter(|service| service.is_ready());
    futures::future::join_all(ready.map(count)).await;
}

async fn count(service: &Resident) {
    let desk = &service.desk;
    let followed = service.follows.iter().map(|follow| told(count_follower(desk, *follow)));
    let followed = futures::future::join_all(followed);
    let (kept, own) = (told(count_kept(desk)), told(count_own(service)));
    let (kept, own, untold, followed) = tokio::join!(kept, own, told(count_untold(desk)), followed);
    note(service, &[kept, own, untold].into_iter().chain(followed).flatten().collect::<Vec<_>>());
}

/// Counts a part, and lets the others not wait for it; why it could not be.
async fn told(part: impl Future<Output = Result<(), Fail>>) -> Option<String> {
    match timeout(PATIENCE, part).await {
        Ok(outcome) => outcome.err().map(|fail| fail.to_string()),
        Err(_) => Some(format!("it took longer than {PATIENCE:?}")),
    }
}

/// Tells how much is as it was because it could not be counted; the log says it once, and that it is over.
fn note(service: &Resident, causes: &[String]) {
    let (name, before) = (service.desk.inner.service, service.missing.swap(causes.len(), Relaxed));
    metrics::missing(name, causes.len());
    match (before, causes.first()) {
        (0, Some(cause)) => tracing::warn!(service = name, cause, "not all was counted, until this is over"),
        (1.., None) => tracing::info!(service = name, "all is counted again"),
        _ => {}
    }
}

/// What every service keeps.
async fn count_kept(desk: &Desk) -> Result<(), Fail> {
    let service = desk.inner.service;
    metrics::head(service, head(desk.ledger()).await?.revision);
    count_by_role(desk).await?;
    let parked = count_parked(desk.ledger()).await?;
    for &source in desk.inner.peers.keys() {
        let events = parked.iter().find(|(from, _)| from == source).map_or(0, |(_, events)| *events);
        metrics::parked(service, source, events);
    }
    Ok(())
}

/// How far telling its stories is behind its journal, where they are told.
async fn count_untold(desk: &Desk) -> Result<(), Fail> {
    if !desk.tells() {
        return Ok(());
    }
    let (entries, oldest) = untold(desk.ledger()).await?;
    metrics::untold(desk.inner.service, entries, age(desk, oldest));
    Ok(())
}

/// What this one tells of itself.
async fn count_own(service: &Resident) -> Result<(), Fail> {
    let Some(census) = service.census else { return Ok(()) };
    let mut told = service.told.lock().await;
    let counts = census(service.desk.clone()).await?;
    told.tell(service.desk.inner.service, counts);
    Ok(())
}

/// How far it is behind a journal that it follows.
async fn count_follower(desk: &Desk, follow: Follow) -> Result<(), Fail> {
    let away = |status| Fail::Peer(follow.source, status);
    let peer = desk.peer(follow.source)?;
    let (head, seen) = (peer.head(follow.grpc_name).await.map_err(away)?, desk.seen(follow.source));
    let oldest =
        if head > seen { peer.time_after(follow.grpc_name, seen).await.map_err(away)? } else { None };
    metrics::lag(desk.inner.service, follow.source, (head - seen).max(0), age(desk, oldest));
    Ok(())
}

/// Seconds since then; none when there is no then.
fn age(desk: &Desk, then: Option<Time>) -> f64 {
    then.map_or(0.0, |then| desk.now().duration_since(then).as_secs_f64().max(0.0))
}

/// A role on which nothing waits is told as well: it may have been otherwise.
async fn count_by_role(desk: &Desk) -> Result<(), Fail> {
    let now = desk.now();
    let counted = count_duties(desk.ledger(), desk.due_before(now), now).await?;
    for &role in Role::ALL {
        let found = counted.iter().find(|count| count.role == role);
        let (open, overdue) = found.map_or((0, 0), |count| (count.open, count.overdue));
        metrics::duties(desk.inner.service, role, open, overdue);
    }
    Ok(())
}

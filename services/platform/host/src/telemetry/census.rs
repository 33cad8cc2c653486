//! What a service holds and how far it is behind, counted when somebody asks.

use kernel::Role;
use ledger::{count_duties, count_parked, head};

use super::metrics;
use crate::{Desk, Fail, Follow};

/// Counts it.
pub(super) async fn take(desk: &Desk, follows: &[Follow]) -> Result<(), Fail> {
    let service = desk.inner.service;
    metrics::head(service, head(desk.ledger()).await?.revision);
    count_by_role(desk).await?;
    let parked = count_parked(desk.ledger()).await?;
    for follow in follows {
        let events =
            parked.iter().find(|(source, _)| source == follow.source).map_or(0, |(_, events)| *events);
        metrics::parked(service, follow.source, events);
        let there = desk.peer(follow.source)?.head(follow.grpc_name).await;
        let there = there.map_err(|status| Fail::Peer(follow.source, status))?;
        metrics::lag(service, follow.source, (there - desk.seen(follow.source)).max(0));
    }
    Ok(())
}

/// A role on which nothing waits is told as well: it may have been otherwise.
async fn count_by_role(desk: &Desk) -> Result<(), Fail> {
    let counted = count_duties(desk.ledger(), desk.due_before(desk.now())).await?;
    for &role in Role::ALL {
        let found = counted.iter().find(|count| count.role == role);
        let (open, overdue) = found.map_or((0, 0), |count| (count.open, count.overdue));
        metrics::duties(desk.inner.service, role, open, overdue);
    }
    Ok(())
}

//! The service ends a deputyship by itself once its last day is over, and with it the deputy's sight (I-22).

use engagement_domain::Deputyship;
use host::{Desk, Fail};
use kernel::{Id, name};
use ledger::{Statement, load};
use proto::engagement::v1::EndDeputyRequest;

use crate::table::Engagements;

/// Engagements that are seen to at once; the others are in the next turn.
const MOST: i64 = 100;

/// Ends the deputyships whose last day is over. It may be done by several replicas at once.
pub(crate) async fn end_deputies(desk: &Desk) -> Result<(), Fail> {
    let due = "SELECT id FROM engagements WHERE deputy_until <= $1 ORDER BY deputy_until LIMIT $2";
    let rows = desk.ledger().read(Statement::new(due, vec![desk.now().into(), MOST.into()])).await?;
    let mut outcome = Ok(());
    for row in &rows {
        // One that cannot be changed keeps no other from its end.
        outcome = Box::pin(end_those_of(desk, row.get(0)?)).await.and(outcome);
    }
    outcome
}

async fn end_those_of(desk: &Desk, id: Id) -> Result<(), Fail> {
    let Some(engagement) = load::<Engagements>(desk.ledger(), id).await? else { return Ok(()) };
    for over in engagement.state.deputies_over(desk.now()) {
        Box::pin(desk.act_as_service::<Engagements, _>(&end(id, over))).await?;
    }
    Ok(())
}

/// The same call from every replica, so that it is done once (I-20).
fn end(id: Id, over: &Deputyship) -> EndDeputyRequest {
    EndDeputyRequest {
        name: name::of("engagements", id),
        request_id: format!("over-{id}-{}", over.number),
        deputyship: i32::try_from(over.number).unwrap_or(i32::MAX),
        ..EndDeputyRequest::default()
    }
}

//! What a cancelled engagement with the same tenant has left, taken over (E-3.3).

use engagement_domain::{self as domain, Command, Predecessor, Stamped};
use host::{Desk, Fail, Fields, acts, wire};
use kernel::{Caller, name};
use ledger::load;
use prost_types::Any;
use proto::engagement::v1::{self as pb, TakeOverEngagementRequest};

use super::{shown::engagement, summary::summary};
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    TakeOverEngagementRequest(request, fields) => {
        fields.name("predecessor", "engagements", &request.predecessor);
        Command::TakeOver { predecessor: None }
    }, informed by find;
});

/// Looks up the engagement that was named.
async fn find(
    request: &TakeOverEngagementRequest,
    _: Command,
    _: Option<&domain::Engagement>,
    desk: &Desk,
    _: &Caller,
) -> Result<Command, Fail> {
    let mut fields = Fields::new(desk.now());
    let id = fields.name("predecessor", "engagements", &request.predecessor);
    fields.finish()?;
    let found = load::<Engagements>(desk.ledger(), id).await?;
    let predecessor = found.map(|found| Predecessor::of(&name::of("engagements", id), &found.state));
    Ok(Command::TakeOver { predecessor })
}

/// What was taken over as it is shown.
pub(crate) fn taken_over(taken: &Stamped<domain::TakenOver>) -> pb::TakenOver {
    pb::TakenOver {
        engagement: taken.what.engagement.clone(),
        cancel_time: Some(proto::to_wire(taken.what.cancelled)),
        summary: taken.what.summary.as_ref().map(summary),
        stamp: Some(wire::stamp(&taken.stamp)),
    }
}

/// What the tasks service is told: whose notes the people of this engagement see from now on (E-3.5).
pub(crate) fn told(engagement: String, taken: &domain::TakenOver) -> Any {
    wire::any(&pb::EngagementTakenOver { engagement, predecessor: taken.engagement.clone() })
}

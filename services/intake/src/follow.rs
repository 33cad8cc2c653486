//! What the intake service does about the engagement service's events: a customer sent to intake gets a case (P-3).

use futures::future::BoxFuture;
use host::{Desk, Fail, Fields, Follow, Order, Reaction, wire};
use intake_domain::CaseCommand;
use kernel::Id;
use proto::{
    common::v1::Event,
    engagement::v1::{
        EngagementCancelled, cancellation::Disposition, engagement_service_server::SERVICE_NAME,
    },
};

use crate::{table::Cases, wire::words};

/// The engagement service's journal.
pub(crate) const ENGAGEMENT: Follow = Follow { source: "engagement", grpc_name: SERVICE_NAME, react };

/// The collection of the engagements, which the engagement service keeps.
const ENGAGEMENTS: &str = "engagements";

fn react<'a>(_: &'a Desk, event: &'a Event) -> BoxFuture<'a, Result<Option<Reaction>, Fail>> {
    Box::pin(async move {
        let Some(payload) = &event.payload else { return Ok(None) };
        let cancelled = wire::from_any::<EngagementCancelled>(payload)?;
        let sent = cancelled.filter(|cancelled| cancelled.disposition() == Disposition::SentToIntake);
        sent.map(|cancelled| open(&cancelled)).transpose()
    })
}

/// Opens the case with what the program team knew; where the tenant has a live case, that is refused (I-20).
fn open(cancelled: &EngagementCancelled) -> Result<Reaction, Fail> {
    let mut fields = Fields::new(kernel::Time::UNIX_EPOCH);
    let engagement = fields.name("engagement", ENGAGEMENTS, &cancelled.engagement);
    let command = CaseCommand::OpenCase {
        customer: words::customer(&mut fields, &cancelled.customer),
        tenant: fields.tenant("tenant", &cancelled.tenant),
        gmfta: fields.maybe_person("gmfta", &cancelled.gmfta),
        fm: None,
        items: fields.items("items", &cancelled.items, 0),
    };
    fields.finish()?;
    let order = Order::<Cases> { id: case_id(engagement), command };
    Ok(Reaction { subject: cancelled.engagement.clone(), effects: vec![Box::new(order)] })
}

/// The identity of the case follows from the engagement's, so that it is never opened twice (I-20).
fn case_id(engagement: Id) -> Id {
    Id::new_v5(&engagement, b"sent-to-intake")
}

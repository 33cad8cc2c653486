//! What the intake service does about the engagement service's events: a customer sent to intake gets a case (P-3).

use futures::future::BoxFuture;
use host::{Desk, Effect, Fail, Fields, Follow, Order, Reaction, wire};
use intake_domain::CaseCommand;
use kernel::Id;
use ledger::{Filter, page};
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

fn react<'a>(desk: &'a Desk, event: &'a Event) -> BoxFuture<'a, Result<Option<Reaction>, Fail>> {
    Box::pin(async move {
        let Some(payload) = &event.payload else { return Ok(None) };
        match wire::from_any::<EngagementCancelled>(payload)? {
            Some(cancelled) if cancelled.disposition() == Disposition::SentToIntake => {
                open(desk, &cancelled).await.map(Some)
            }
            _ => Ok(None),
        }
    })
}

/// Opens the case with what the program team knew. A customer who has a live case is at intake already (I-20).
async fn open(desk: &Desk, cancelled: &EngagementCancelled) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let engagement = fields.name("engagement", ENGAGEMENTS, &cancelled.engagement);
    let tenant = fields.tenant("tenant", &cancelled.tenant);
    let live = Filter::new("live_tenant IS NOT NULL AND tenant = ?", tenant.as_str());
    let command = CaseCommand::OpenCase {
        customer: words::customer(&mut fields, &cancelled.customer),
        tenant,
        gmfta: fields.maybe_person("gmfta", &cancelled.gmfta),
        fm: None,
        items: fields.items("items", &cancelled.items, 0),
        delivery: None,
    };
    fields.finish()?;
    let mut effects: Vec<Box<dyn Effect>> = Vec::new();
    if page::<Cases>(desk.ledger(), vec![live], None, 1).await?.is_empty() {
        effects.push(Box::new(Order::<Cases> { id: case_id(engagement), command }));
    }
    Ok(Reaction { subject: cancelled.engagement.clone(), effects })
}

/// The identity of the case follows from the engagement's, so that it is never opened twice (I-20).
fn case_id(engagement: Id) -> Id {
    Id::new_v5(&engagement, b"sent-to-intake")
}

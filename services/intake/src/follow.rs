//! What the intake service does about the engagement service's events: a customer sent to intake gets a case (P-3), a case learns
//! what became of it, and two ways in that were taken at the same moment are told to who can settle it (I-25).

use futures::future::BoxFuture;
use host::{Desk, Effect, Fail, Fields, Follow, Order, Reaction, wire};
use intake_domain::CaseCommand;
use kernel::{Id, name};
use ledger::{Filter, Table, load, page};
use proto::{
    common::v1::Event,
    engagement::v1::{
        CaseFoundBeside, CustomerRenamed, EngagementBegun, EngagementCancelled, EngagementClosed,
        EngagementMoved, Stage, StageEntered, cancellation::Disposition,
        engagement_service_server::SERVICE_NAME,
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
        if let Some(begun) = wire::from_any::<EngagementBegun>(payload)? {
            return Ok(Some(about(&begun.engagement, begin(desk, &begun).await?)));
        }
        if let Some(entered) = wire::from_any::<StageEntered>(payload)? {
            let (engagement, stage) = (&entered.engagement, stage(entered.stage)?);
            let mut orders = led_to(desk, engagement, stage, entered.ended).await?;
            if !entered.in_progress {
                orders.extend(settled(desk, engagement).await?);
            }
            return Ok(Some(about(engagement, orders)));
        }
        if let Some(CustomerRenamed { engagement, customer, cause }) = wire::from_any(payload)? {
            return Ok(Some(about(
                &engagement,
                corrected(desk, &engagement, Some(customer), None, cause).await?,
            )));
        }
        if let Some(moved) = wire::from_any::<EngagementMoved>(payload)? {
            return Ok(Some(about(&moved.engagement, go_along(desk, &moved).await?)));
        }
        if let Some(found) = wire::from_any::<CaseFoundBeside>(payload)? {
            return Ok(Some(about(&found.engagement, beside(desk, &found).await?)));
        }
        if let Some(closed) = wire::from_any::<EngagementClosed>(payload)? {
            return Ok(Some(about(&closed.engagement, close(desk, &closed.engagement).await?)));
        }
        match wire::from_any::<EngagementCancelled>(payload)? {
            Some(cancelled) => Ok(Some(about(&cancelled.engagement, cancel(desk, &cancelled).await?))),
            None => Ok(None),
        }
    })
}

fn about(engagement: &str, orders: Vec<Order<Cases>>) -> Reaction {
    let effects = orders.into_iter().map(|order| Box::new(order) as Box<dyn Effect>).collect();
    Reaction { subject: engagement.to_owned(), effects }
}

/// Its case learns of it; a case of the tenant that did not lead to it stands beside it (I-25).
async fn begin(desk: &Desk, begun: &EngagementBegun) -> Result<Vec<Order<Cases>>, Fail> {
    let mut orders = led_to(desk, &begun.engagement, stage(begun.stage)?, false).await?;
    let own = identity(&begun.engagement)?;
    let mut fields = Fields::of_service();
    let tenant = fields.tenant("tenant", &begun.tenant);
    fields.finish()?;
    let live = desk.live_of_tenant::<Cases>(&tenant).await?;
    let others = live.into_iter().filter(|case| case.id != own);
    orders.extend(others.map(|case| conflict(case.id, &begun.engagement)));
    Ok(orders)
}

/// The case with the identity of a reactive engagement learns where that stands; a proactive one has none.
async fn led_to(
    desk: &Desk,
    engagement: &str,
    stage: &str,
    has_ended: bool,
) -> Result<Vec<Order<Cases>>, Fail> {
    let id = identity(engagement)?;
    let (engagement, stage) = (engagement.to_owned(), stage.to_owned());
    let command = CaseCommand::FollowEngagement { engagement, stage, has_ended };
    let case = load::<Cases>(desk.ledger(), id).await?;
    Ok(case.map(|_| Order { id, command }).into_iter().collect())
}

/// The case that led to an engagement follows it to another customer, or another name of them.
async fn corrected(
    desk: &Desk,
    engagement: &str,
    customer: Option<String>,
    tenant: Option<String>,
    cause: String,
) -> Result<Vec<Order<Cases>>, Fail> {
    let id = identity(engagement)?;
    let command = CaseCommand::FollowCustomer { customer, tenant, cause };
    let found = load::<Cases>(desk.ledger(), id).await?;
    Ok(found.map(|_| Order { id, command }).into_iter().collect())
}

/// Its case follows; cases of the tenant that it has left are settled, and one of the tenant that it has come to stands beside it.
async fn go_along(desk: &Desk, moved: &EngagementMoved) -> Result<Vec<Order<Cases>>, Fail> {
    let mut fields = Fields::of_service();
    let tenant = fields.tenant("tenant", &moved.tenant);
    fields.finish()?;
    let engagement = &moved.engagement;
    let mut orders = corrected(desk, engagement, None, Some(tenant.clone()), moved.cause.clone()).await?;
    orders.extend(settled(desk, engagement).await?);
    let beside = if moved.in_progress { desk.live_of_tenant::<Cases>(&tenant).await? } else { Vec::new() };
    let own: Vec<_> = orders.iter().map(|order| order.id).collect();
    orders.extend(
        beside.into_iter().filter(|case| !own.contains(&case.id)).map(|case| conflict(case.id, engagement)),
    );
    Ok(orders)
}

/// The cases beside an engagement that is in progress no more.
async fn settled(desk: &Desk, engagement: &str) -> Result<Vec<Order<Cases>>, Fail> {
    const MOST: i64 = 10;
    let beside = Filter::new("beside = ?", engagement);
    let order = |id| {
        let command = CaseCommand::SettleConflict { engagement: engagement.to_owned() };
        Order { id, command }
    };
    let cases = page::<Cases>(desk.ledger(), vec![beside], None, MOST).await?;
    Ok(cases.into_iter().map(|case| order(case.id)).collect())
}

/// The case that the engagement service found beside an engagement; one that this database lost is nobody's.
async fn beside(desk: &Desk, found: &CaseFoundBeside) -> Result<Vec<Order<Cases>>, Fail> {
    let unreadable = || Fail::Fault(format!("{} does not read", found.case));
    let id = name::parse(Cases::COLLECTION, &found.case).ok_or_else(unreadable)?;
    let case = load::<Cases>(desk.ledger(), id).await?;
    Ok(case.map(|_| conflict(id, &found.engagement)).into_iter().collect())
}

fn conflict(id: Id, engagement: &str) -> Order<Cases> {
    Order { id, command: CaseCommand::FindConflict { engagement: engagement.to_owned() } }
}

/// It has ended after the handover (E-5).
async fn close(desk: &Desk, engagement: &str) -> Result<Vec<Order<Cases>>, Fail> {
    led_to(desk, engagement, "CLOSED", true).await
}

/// It has ended; where the customer is sent to intake, a case is open (P-3).
async fn cancel(desk: &Desk, cancelled: &EngagementCancelled) -> Result<Vec<Order<Cases>>, Fail> {
    let engagement = &cancelled.engagement;
    let mut orders = led_to(desk, engagement, "CANCELLED", true).await?;
    if cancelled.disposition() == Disposition::SentToIntake {
        orders.push(take_in(desk, cancelled).await?);
    }
    // A case that takes over settles with that: no row is written twice in one commit.
    let settled = settled(desk, engagement).await?;
    orders.extend(
        settled.into_iter().filter(|one| orders.iter().all(|other| other.id != one.id)).collect::<Vec<_>>(),
    );
    Ok(orders)
}

/// The customer's case, open or held back, takes over what the program team knew; where there is none, one is opened with it (P-3, I-20).
async fn take_in(desk: &Desk, cancelled: &EngagementCancelled) -> Result<Order<Cases>, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, &cancelled.engagement);
    let tenant = fields.tenant("tenant", &cancelled.tenant);
    let items = fields.items("items", &cancelled.items, 0);
    let (customer, gmfta) =
        (words::customer(&mut fields, &cancelled.customer), fields.maybe_person("gmfta", &cancelled.gmfta));
    fields.finish()?;
    let engagement = cancelled.engagement.clone();
    let live = desk.live_of_tenant::<Cases>(&tenant).await?.pop();
    let held = async || desk.held_of_tenant::<Cases>(&tenant).await;
    if let Some(open) = if live.is_some() { live } else { held().await? } {
        return Ok(Order { id: open.id, command: CaseCommand::TakeOver { engagement, items } });
    }
    let (fm, sent_from) = (None, Some(engagement));
    let command = CaseCommand::OpenCase {
        customer,
        tenant,
        gmfta,
        fm,
        items,
        delivery: None,
        engagement: None,
        sent_from,
    };
    Ok(Order { id: case_id(id), command })
}

/// A stage as the engagement service names it. One that this version does not know is a fault, not nothing.
fn stage(number: i32) -> Result<&'static str, Fail> {
    let name = Stage::try_from(number).unwrap_or_default().as_str_name();
    let known = name.strip_prefix("STAGE_").filter(|stage| *stage != "UNSPECIFIED");
    known.ok_or_else(|| Fail::Fault(format!("there is no stage {number}")))
}

/// The identity of an engagement, which a reactive one shares with its case.
fn identity(engagement: &str) -> Result<Id, Fail> {
    let unreadable = || Fail::Fault(format!("{engagement} does not read"));
    name::parse(ENGAGEMENTS, engagement).ok_or_else(unreadable)
}

/// The identity of the case follows from the engagement's, so that it is never opened twice (I-20).
fn case_id(engagement: Id) -> Id {
    Id::new_v5(&engagement, b"sent-to-intake")
}

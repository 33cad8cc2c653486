//! The events of intake that bear on a tenant having one engagement in progress at most (I-25).

use engagement_domain::{Command, Engagement, ReactiveStart};
use futures::future::BoxFuture;
use host::{Desk, Effect, Fail, Fields, Happened, Order, Reaction};
use kernel::{Id, name};
use ledger::{Commit, Record, Stop, load, parked};
use proto::{
    common::v1::Event,
    intake::v1::{CaseMoved, CaseTookOver, GatewayExited},
};

use crate::{
    follow::{INTAKE, reaction},
    table::Engagements,
};

/// The engagement begins; it takes the identity of its case, so that it can begin only once (R-4, I-1, I-20). Beside another one
/// in progress it waits; what an earlier release has parked for that stays where it is.
pub(crate) async fn begin(desk: &Desk, event: &Event, exited: GatewayExited) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("case", "cases", &exited.case);
    let start = ReactiveStart {
        roster: fields.roster("roster", exited.roster.as_ref()),
        channel: fields.channel("channel", exited.channel.as_ref()),
        items: fields.items("items", &exited.items, 0),
        customer: fields.readable("customer", &exited.customer),
        tenant: fields.tenant("tenant", &exited.tenant),
        case: exited.case,
        begun: None,
    };
    fields.finish()?;
    let (subject, tenant) = (name::of("engagements", id), start.tenant.clone());
    let order = |must_wait| Order::<Engagements> { id, command: Command::BeginReactive { start, must_wait } };
    if beside(desk, &tenant, id).await?.is_none() {
        return Ok(reaction(subject, Begin(order(false))));
    }
    let parked = parked(desk.ledger(), INTAKE.source, Some(&subject)).await?;
    let is_parked = parked.iter().any(|entry| entry.revision == event.revision);
    Ok(if is_parked { reaction(subject, order(false)) } else { reaction(subject, Begin(order(true))) })
}

/// The engagement in progress with `tenant` that has not the identity `id`.
async fn beside(desk: &Desk, tenant: &str, id: Id) -> Result<Option<Record<Engagement>>, Fail> {
    let live = desk.live_of_tenant::<Engagements>(tenant).await?;
    Ok(live.into_iter().find(|live| live.id != id))
}

/// Begins an engagement, or lets it wait where another one was faster: then it is decided again, and nothing stands still.
struct Begin(Order<Engagements>);

impl Effect for Begin {
    fn add<'a>(
        &'a self,
        desk: &'a Desk,
        request_id: &'a str,
        commit: &'a mut Commit,
    ) -> BoxFuture<'a, Result<Happened, Fail>> {
        self.0.add(desk, request_id, commit)
    }

    fn lost(&self, _: &Stop) -> Result<(), Fail> {
        Ok(())
    }
}

/// A case was opened, or is open again. Where an engagement with its tenant is in progress, intake learns which; both followers look, so that one of
/// them finds two that began at the same moment, whichever was written first.
pub(crate) async fn find(desk: &Desk, case: &str, tenant: &str) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("case", "cases", case);
    let tenant = fields.tenant("tenant", tenant);
    fields.finish()?;
    let command = Command::FindCase { case: case.to_owned() };
    let found = beside(desk, &tenant, id).await?;
    let order = found.map(|found| Order::<Engagements> { id: found.id, command });
    let effects = order.into_iter().map(|order| Box::new(order) as Box<dyn Effect>).collect();
    Ok(Reaction { subject: name::of("engagements", id), effects })
}

/// A case is for another tenant: its engagement goes along if it waits, and where one with that tenant is in progress, intake learns
/// which, as of a case that was opened.
pub(crate) async fn go_along(desk: &Desk, moved: &CaseMoved) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("case", "cases", &moved.case);
    let tenant = fields.tenant("tenant", &moved.tenant);
    fields.finish()?;
    let mut reaction = find(desk, &moved.case, &tenant).await?;
    if load::<Engagements>(desk.ledger(), id).await?.is_some() {
        reaction.effects.push(Box::new(Order::<Engagements> { id, command: Command::FollowCase { tenant } }));
    }
    Ok(reaction)
}

/// A case was disengaged: its engagement ends, if it waits. Most have none.
pub(crate) async fn release(desk: &Desk, case: &str) -> Result<Option<Reaction>, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("case", "cases", case);
    fields.finish()?;
    let found = load::<Engagements>(desk.ledger(), id).await?;
    let order = |_| {
        let order = Order::<Engagements> { id, command: Command::EndWaiting };
        reaction(name::of("engagements", id), order)
    };
    Ok(found.map(order))
}

/// A case has taken over a customer that was sent to intake: the engagement names it. One that this database lost names nothing.
pub(crate) async fn arrive(desk: &Desk, took: CaseTookOver) -> Result<Option<Reaction>, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", "engagements", &took.engagement);
    fields.name("case", "cases", &took.case);
    fields.finish()?;
    let found = load::<Engagements>(desk.ledger(), id).await?;
    let order = Order::<Engagements> { id, command: Command::RecordCase { case: took.case } };
    Ok(found.map(|_| reaction(took.engagement, order)))
}

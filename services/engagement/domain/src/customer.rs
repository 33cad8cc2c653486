//! The customer of an engagement, corrected with a cause by the program team: another name, or the tenant that it was meant for
//! (I-23, I-25).
//!
//! Every fact that was recorded is about the tenant. Before the execution the data set begins anew with what is known of the right
//! one, and the sync is held again: no execution begins on a verdict that saw the facts of another tenant (I-21). Once it has begun, no
//! verdict stands in front of any step, and the facts stay, with their sources and ages.

use kernel::{Context, DataSet, Fault, InProgress, Item, Refusal, Role, Stamp, tenant_key};

use crate::{
    Engagement, Event, Stage, Was,
    gate::{faults, pass, said},
    proactive, standing,
};

/// Gives the customer another name, until the engagement has ended.
pub(crate) fn rename(
    e: &Engagement,
    customer: &str,
    cause: &str,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    open_to_it(e, "RenameCustomer", context)?;
    let same = Fault::unless(
        e.customer != customer,
        "I-23",
        "CUSTOMER_UNCHANGED",
        "customer",
        "they have that name already",
    );
    pass(uncaused(cause), faults([same]), "CUSTOMER_NOT_RENAMED", "the customer is not renamed so")?;
    Ok(vec![Event::CustomerRenamed { customer: customer.to_owned(), cause: cause.to_owned() }])
}

/// A move to another tenant, as somebody wants it and both services know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// The tenant.
    pub tenant: String,
    /// Why.
    pub cause: String,
    /// What is in progress with that tenant or held back, as far as both services say (I-25).
    pub beside: Option<InProgress>,
    /// What either service knows of that tenant.
    pub known: DataSet,
}

/// Moves the engagement to the tenant that it is about, where nothing is in progress, until it has ended (I-25).
pub(crate) fn relocate(e: &Engagement, to: &Move, context: &Context) -> Result<Vec<Event>, Refusal> {
    open_to_it(e, "MoveEngagement", context)?;
    let differs = tenant_key(&e.tenant) != tenant_key(&to.tenant);
    let message = "the engagement is with that tenant already";
    let same = Fault::unless(differs, "I-23", "TENANT_UNCHANGED", "tenant", message);
    pass(uncaused(&to.cause), faults([same]), "ENGAGEMENT_NOT_MOVED", "the engagement is not moved so")?;
    if let Some(case) = &to.beside {
        return Err(proactive::case_open(case));
    }
    Ok(moved(e, to, context))
}

fn moved(e: &Engagement, to: &Move, context: &Context) -> Vec<Event> {
    let Move { tenant, cause, known, .. } = to.clone();
    let is_before = matches!(e.stage, Stage::Assigned | Stage::Returned | Stage::Alignment);
    let items = of_tenant(if is_before { known } else { e.items.clone() }, &tenant, context);
    let (from, in_progress) = (e.tenant.clone(), e.stage.is_in_progress());
    let again = (is_before && e.stage != Stage::Assigned).then(|| Event::SyncVoided { cause: cause.clone() });
    let moved = Event::EngagementMoved { from, tenant, cause, items, in_progress };
    [moved].into_iter().chain(again).collect()
}

/// The facts, with the tenant that they are about from now on.
fn of_tenant(mut items: DataSet, tenant: &str, context: &Context) -> DataSet {
    let source = context.caller.person.to_string();
    let learnt = Item { value: tenant.into(), source, learnt: context.now.into() };
    items.insert("tenant".to_owned(), learnt);
    items
}

/// The case of an engagement that waits was moved, and the engagement goes with it.
pub(crate) fn follow(e: &Engagement, tenant: &str, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::acts_as(&context.caller, &[Role::Service])?;
    let is_news = e.stage == Stage::Waiting && tenant_key(&e.tenant) != tenant_key(tenant);
    let followed = || Event::CaseFollowed {
        from: e.tenant.clone(),
        tenant: tenant.to_owned(),
        cause: "its case was moved".to_owned(),
        items: of_tenant(e.items.clone(), tenant, context),
    };
    Ok(is_news.then(followed).into_iter().collect())
}

fn uncaused(cause: &str) -> Vec<Fault> {
    faults([Fault::unless(said(cause), "I-23", "CAUSE_MISSING", "cause", "say why")])
}

/// What waits has the customer that its case has, until the Gateway leaves again (I-25).
fn open_to_it(e: &Engagement, command: &str, context: &Context) -> Result<(), Refusal> {
    standing::acts_as(&context.caller, &[Role::ProgramTeam])?;
    if e.is_live() && e.stage != Stage::Waiting {
        return Ok(());
    }
    let mut refusal = Refusal::wrong_state("I-23", e.stage, command);
    if e.stage == Stage::Waiting {
        refusal.tell(": the Gateway corrects its case, by RenameCustomer and MoveCase of the intake service");
    }
    Err(refusal)
}

impl Engagement {
    /// Nothing of the engagement itself keeps it from moving to `tenant`.
    #[must_use]
    pub fn may_move(&self, tenant: &str) -> bool {
        self.is_live() && self.stage != Stage::Waiting && tenant_key(&self.tenant) != tenant_key(tenant)
    }

    /// Takes in who the customer is from now on.
    pub(crate) fn take_customer(&mut self, event: &Event, stamp: &Stamp) {
        match event {
            Event::CustomerRenamed { customer, cause } => {
                let customer = std::mem::replace(&mut self.customer, customer.clone());
                self.keep(Some(Was::Customer { customer }), cause, stamp);
            }
            Event::EngagementMoved { tenant, cause, items, .. }
            | Event::CaseFollowed { tenant, cause, items, .. } => {
                let from = std::mem::replace(&mut self.tenant, tenant.clone());
                self.keep(Some(Was::Tenant { tenant: from }), cause, stamp);
                self.keep_items(items, Some(cause), stamp);
                self.items.clone_from(items);
            }
            Event::SyncVoided { cause } => {
                let sync = self.sync.take().map(Box::new);
                self.keep(sync.map(Was::Sync), cause, stamp);
                let channel = self.channel.take();
                self.keep(channel.map(Was::Channel), cause, stamp);
            }
            _ => {}
        }
    }
}

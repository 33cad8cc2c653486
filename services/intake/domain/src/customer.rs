//! The customer of a case, corrected with a cause: another name, or the tenant that it was meant for (I-23, I-25).
//!
//! Every fact that was recorded is about the tenant. On a case that moves they stay, with their sources and ages, but a verdict on them
//! is outdated: it saw those of another tenant (I-21).

use kernel::{DataSet, Fault, InProgress, Item, Kind, Refusal, Stamp, is_blank, tenant_key};
use serde_json::json;

use crate::{Case, CaseEvent, CaseState, Was, cases::well_formed, tenancy};

type Decision = Result<Vec<CaseEvent>, Refusal>;

/// Gives the customer of an open case another name; one that is held back is open to that, too.
pub(crate) fn rename(case: &Case, customer: &str, why: &str) -> Decision {
    well_formed(uncaused(why), "a customer is renamed with a cause")?;
    open_to_it(case, "RenameCustomer", "RenameCustomer")?;
    if case.customer == customer {
        return Err(unchanged("CUSTOMER_UNCHANGED", "customer", "the customer has that name already"));
    }
    Ok(vec![CaseEvent::CustomerRenamed { customer: customer.to_owned(), cause: why.to_owned() }])
}

/// Moves an open case, or one that is held back, to the tenant that it is about, where nothing is in progress (I-25).
pub(crate) fn relocate(case: &Case, tenant: &str, why: &str, engagement: Option<&InProgress>) -> Decision {
    well_formed(uncaused(why), "a case is moved with a cause")?;
    open_to_it(case, "MoveCase", "MoveEngagement")?;
    if tenant_key(&case.tenant) == tenant_key(tenant) {
        return Err(unchanged("TENANT_UNCHANGED", "tenant", "the case is for that tenant already"));
    }
    let way_on = "move the case once it is on standby or has ended; the program team can cancel it";
    tenancy::alone(engagement, Kind::NotReady, way_on)?;
    let (from, tenant) = (case.tenant.clone(), tenant.to_owned());
    let moved = CaseEvent::CaseMoved { from, tenant, cause: why.to_owned() };
    Ok([moved].into_iter().chain(outdating(case)).collect())
}

/// The engagement that the case led to has another customer, or another name of them: the case says so, too.
pub(crate) fn follow(case: &Case, customer: Option<&str>, tenant: Option<&str>, why: &str) -> Vec<CaseEvent> {
    if case.state != CaseState::Exited {
        return Vec::new();
    }
    let renamed = customer.filter(|customer| **customer != case.customer);
    let renamed =
        renamed.map(|to| CaseEvent::CustomerRenamed { customer: to.to_owned(), cause: why.to_owned() });
    let moved = tenant.filter(|tenant| tenant_key(tenant) != tenant_key(&case.tenant));
    let moved = moved.map(|to| CaseEvent::CaseFollowed {
        from: case.tenant.clone(),
        tenant: to.to_owned(),
        cause: why.to_owned(),
    });
    renamed.into_iter().chain(moved).collect()
}

fn uncaused(why: &str) -> Option<Fault> {
    Fault::unless(!is_blank(why), "I-23", "CAUSE_MISSING", "cause", "say why")
}

/// The customer is the engagement's after the exit, and the program team's to correct.
fn open_to_it(case: &Case, command: &str, there: &str) -> Result<(), Refusal> {
    if case.is_held() {
        return Ok(());
    }
    case.within(CaseState::OPEN_TO_FACTS, "I-23", command).map_err(|mut refusal| {
        if case.state == CaseState::Exited {
            refusal.tell(&format!(
                ": the program team does it on its engagement, by {there} of the engagement service"
            ));
        }
        refusal
    })
}

fn unchanged(reason: &'static str, subject: &'static str, message: &str) -> Refusal {
    Refusal::new(Kind::NotReady, "I-23", reason, subject, message)
}

/// The event of a verdict that saw the facts of another tenant; none where it was outdated before.
fn outdating(case: &Case) -> Option<CaseEvent> {
    let stood = case.is_live() && !case.validations.is_empty() && case.outdated_items().is_empty();
    stood.then(|| CaseEvent::VerdictOutdated { items: ["tenant".to_owned()].into() })
}

impl Case {
    /// Nothing of the case itself keeps it from moving to `tenant`.
    #[must_use]
    pub fn may_move(&self, tenant: &str) -> bool {
        relocate(self, tenant, "asked beforehand", None).is_ok()
    }

    /// The last verdict was made for another tenant (I-21).
    pub(crate) fn has_moved_since_the_verdict(&self) -> bool {
        let made = self.validations.len();
        let moved = |was: &Was| matches!(was, Was::Tenant { validations, .. } if *validations == made);
        made > 0 && self.superseded.iter().any(|kept| moved(&kept.was))
    }

    /// Takes in who the customer is from now on.
    pub(crate) fn take_customer(&mut self, event: &CaseEvent, stamp: &Stamp) {
        match event {
            CaseEvent::CustomerRenamed { customer, cause } => {
                let customer = std::mem::replace(&mut self.customer, customer.clone());
                self.supersede(Some(Was::Customer { customer }), cause, stamp);
            }
            CaseEvent::CaseMoved { tenant, cause, .. } => {
                self.moved(tenant, cause, stamp);
                // What stood beside it was of the other tenant.
                self.beside = None;
            }
            CaseEvent::CaseFollowed { tenant, cause, .. } => self.moved(tenant, cause, stamp),
            _ => {}
        }
    }

    fn moved(&mut self, tenant: &str, cause: &str, stamp: &Stamp) {
        let validations = self.validations.len();
        let from = std::mem::replace(&mut self.tenant, tenant.to_owned());
        self.supersede(Some(Was::Tenant { tenant: from, validations }), cause, stamp);
        let source = stamp.person.to_string();
        let learnt = Item { value: json!(tenant), source, learnt: stamp.time.into() };
        let was = self.items.insert("tenant".to_owned(), learnt);
        let items = |item| Was::Items { items: DataSet::from([("tenant".to_owned(), item)]) };
        self.supersede(was.map(items), cause, stamp);
    }
}

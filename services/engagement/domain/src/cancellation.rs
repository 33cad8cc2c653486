//! The way out before the handover: the program team cancels, or sends the customer to intake (P-3).

use kernel::{Context, Fault, Refusal, Role};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, Stage,
    gate::{faults, pass, said},
    standing,
};

/// What becomes of the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Disposition {
    /// Nothing further.
    Closed,
    /// The Gateway gets a case.
    SentToIntake,
}

/// How an engagement was cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// What becomes of the customer.
    pub disposition: Disposition,
    /// Why.
    pub cause: String,
}

/// The program team cancels, not after the handover; to intake only before the execution (P-3).
pub(crate) fn cancel(
    e: &Engagement,
    cancellation: &Cancellation,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::acts_as(&context.caller, &[Role::ProgramTeam])?;
    if matches!(e.stage, Stage::Standby | Stage::Reengaged) {
        let mut refusal = Refusal::wrong_state("E-4", e.stage, "CancelEngagement");
        refusal.tell(": after the handover the program team ends it with CloseEngagement");
        return Err(refusal);
    }
    if !e.is_live() {
        return Err(Refusal::wrong_state("E-4", e.stage, "CancelEngagement"));
    }
    let silent = Fault::unless(said(&cancellation.cause), "", "CAUSE_MISSING", "cause", "say why");
    pass(faults([silent]), too_late(e, cancellation), "CANCELLATION_REFUSED", "it cannot be cancelled so")?;
    Ok(vec![cancelled(e, cancellation)])
}

/// The engagement ends, with what others act on.
pub(crate) fn cancelled(e: &Engagement, cancellation: &Cancellation) -> Event {
    Event::EngagementCancelled {
        cancellation: cancellation.clone(),
        customer: e.customer.clone(),
        tenant: e.tenant.clone(),
        gmfta: e.gmfta.clone(),
        items: e.items.clone(),
        method: e.method,
    }
}

fn too_late(e: &Engagement, cancellation: &Cancellation) -> Vec<Fault> {
    // Only a proactive engagement has these stages: a reactive customer comes from intake.
    let before = matches!(e.stage, Stage::Assigned | Stage::Returned | Stage::Alignment);
    let fits = before || cancellation.disposition == Disposition::Closed;
    let message = "only before the execution of a proactive engagement";
    faults([Fault::unless(fits, "P-3", "INTAKE_NOT_POSSIBLE", "disposition", message)])
}

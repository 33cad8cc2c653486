//! The end after the handover: the program team closes what nobody will come back to (E-5, I-22).

use kernel::{Context, Fault, Refusal, Role};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, Stage,
    gate::{faults, pass, said},
    standing,
};

/// The reason of an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ClosureReason {
    /// The customer left.
    CustomerLeft,
    /// The customer became part of another.
    CustomerMerged,
    /// The programme is over for this customer.
    ProgrammeOver,
    /// Anything else.
    Other,
}

/// The end of an engagement after the handover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// What ended it.
    pub reason: ClosureReason,
    /// The same in a sentence.
    pub cause: String,
}

/// The program team closes it on standby, or while the GMFTA is back: a customer who is gone waits for no task and no note, and
/// nobody waits for ever (E-5, I-22). An open request ends with it.
pub(crate) fn close(e: &Engagement, closure: &Closure, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::acts_as(&context.caller, &[Role::ProgramTeam])?;
    if !matches!(e.stage, Stage::Standby | Stage::Reengaged) {
        let mut refusal = Refusal::wrong_state("E-5", e.stage, "CloseEngagement");
        if e.is_live() {
            refusal.tell(": before the handover the program team ends it with CancelEngagement");
        }
        return Err(refusal);
    }
    let uncaused = Fault::unless(said(&closure.cause), "E-5", "CAUSE_MISSING", "cause", "say why");
    pass(faults([uncaused]), Vec::new(), "CLOSURE_INCOMPLETE", "a closure says why")?;
    Ok(vec![Event::EngagementClosed {
        closure: closure.clone(),
        customer: e.customer.clone(),
        tenant: e.tenant.clone(),
    }])
}

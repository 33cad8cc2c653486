//! A request for re-engagement that changes or ends before the GMFTA is back: amended or withdrawn by who made it, revoked by
//! a Get Modern SME (E-5.1, E-5.2).

use kernel::{Context, Fault, Kind, Refusal, Role, Stamp};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, PlaybookTask, Reengagement, ReengagementState, Stage,
    gate::{because, faults, pass, said},
    reengagement::{REQUESTERS, uncaused},
    standing,
};

/// Why a request ended before the GMFTA was back, and on whose word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retraction {
    /// Why.
    pub cause: String,
    /// The person who withdrew or revoked it, and the time.
    pub stamp: Stamp,
}

/// The requester says anew what happened, while nobody has decided (E-5.1). Whoever read the request before decides on another
/// version, and is refused.
pub(crate) fn amend(
    e: &Engagement,
    escalation: &str,
    cause: &str,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let cycle = own(e, "AmendReengagement", context)?;
    let unworded =
        Fault::unless(said(escalation), "E-5.1", "ESCALATION_MISSING", "escalation", "say what happened");
    pass(faults([unworded]), Vec::new(), "AMENDMENT_INCOMPLETE", "an amendment says what happened")?;
    let cause = Some(because(cause, "the requester said anew what happened"));
    Ok(vec![Event::ReengagementAmended { cycle, escalation: escalation.to_owned(), cause }])
}

/// The requester takes the request back, while nobody has decided; standby is untouched (E-5.1).
pub(crate) fn withdraw(e: &Engagement, cause: &str, context: &Context) -> Result<Vec<Event>, Refusal> {
    let cycle = own(e, "WithdrawReengagement", context)?;
    pass(uncaused(cause), Vec::new(), "WITHDRAWAL_INCOMPLETE", "a withdrawal says why")?;
    Ok(vec![Event::ReengagementWithdrawn { cycle, cause: cause.to_owned() }])
}

/// A Get Modern SME revokes an approval until the GMFTA has re-joined, and its task with it (E-5.2): nothing waits for ever on
/// somebody who cannot come.
pub(crate) fn revoke(e: &Engagement, cause: &str, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::acts_as(&context.caller, &[Role::GetModernSme])?;
    e.expect(&[Stage::Standby], "E-5", "RevokeReengagement")?;
    let Reengagement { cycle, .. } = *at(e, ReengagementState::Approved).ok_or_else(nothing_approved)?;
    pass(uncaused(cause), Vec::new(), "REVOCATION_INCOMPLETE", "a revocation says why")?;
    let cause = cause.to_owned();
    let tasks = vec![PlaybookTask::GetModernArchitectReengagement];
    let dropped = Event::TasksDropped { tasks, cycle, cause: cause.clone() };
    Ok(vec![Event::ReengagementRevoked { cycle, cause }, dropped])
}

/// The cycle that waits for a decision, when the caller has requested it.
fn own(e: &Engagement, command: &str, context: &Context) -> Result<u32, Refusal> {
    standing::rostered(e, &context.caller, &REQUESTERS)?;
    e.expect(&[Stage::Standby], "E-5", command)?;
    let waiting = at(e, ReengagementState::Requested).ok_or_else(|| decided(e))?;
    // A request goes with the seat it was made from: whoever holds that now may change it.
    if waiting.requested.role != context.caller.role {
        standing::the_requester(&waiting.requested.person, &context.caller)?;
    }
    Ok(waiting.cycle)
}

fn at(e: &Engagement, state: ReengagementState) -> Option<&Reengagement> {
    e.open_reengagement().filter(|open| open.state == state)
}

/// An approved request is the Get Modern SME's to end (E-5.2).
fn decided(e: &Engagement) -> Refusal {
    let mut refusal = nothing_waiting();
    if at(e, ReengagementState::Approved).is_some() {
        refusal.tell(": it is approved, and a Get Modern SME ends that with RevokeReengagement until the GMFTA re-joins");
    }
    refusal
}

pub(crate) fn nothing_waiting() -> Refusal {
    Refusal::new(Kind::NotReady, "E-5.1", "NO_REQUEST_WAITING", "reengagements", "no request is waiting")
}

fn nothing_approved() -> Refusal {
    let message = "no approved request waits for the GMFTA";
    Refusal::new(Kind::NotReady, "E-5.2", "NOTHING_APPROVED", "reengagements", message)
}

//! One tenant, one engagement in progress (I-25): what becomes of two ways in that were taken at the same moment.

use kernel::{Context, Fault, Refusal, Role};

use crate::{Cancellation, Disposition, Engagement, Event, Stage, cancellation, standing};

/// The case of an engagement that waits was disengaged, and the engagement ends with it; any other goes on.
pub(crate) fn end_waiting(e: &Engagement, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::acts_as(&context.caller, &[Role::Service])?;
    let cause = "the Gateway disengaged its case".to_owned();
    let cancellation = Cancellation { disposition: Disposition::Closed, cause };
    let ends = e.stage == Stage::Waiting;
    Ok(if ends { vec![cancellation::cancelled(e, &cancellation)] } else { Vec::new() })
}

/// A case has taken over what was validated; the engagement names it, once.
pub(crate) fn arrived(e: &Engagement, case: &str, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::acts_as(&context.caller, &[Role::Service])?;
    let is_news = e.stage == Stage::Cancelled && e.sent_to.is_none();
    Ok(if is_news { vec![Event::ArrivedAtIntake { case: case.to_owned() }] } else { Vec::new() })
}

/// A case of the tenant is open beside this engagement, and intake is told; not one that this engagement came from.
pub(crate) fn find_case(e: &Engagement, case: &str, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::acts_as(&context.caller, &[Role::Service])?;
    let is_beside = e.stage.is_in_progress() && e.case.as_deref() != Some(case);
    Ok(if is_beside { vec![Event::CaseFoundBeside { case: case.to_owned() }] } else { Vec::new() })
}

/// The fault of an engagement that waits, and its way on.
pub(crate) fn in_the_way(e: &Engagement) -> Fault {
    let message = format!(
        "another engagement with the tenant {} is in progress: once it has ended the Gateway starts the handoff again; or \
         this one is cancelled",
        e.tenant
    );
    Fault::new("I-25", "ENGAGEMENT_IN_PROGRESS", "tenant", message)
}

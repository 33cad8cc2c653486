//! The reactive way in: the execution begins when the Gateway has left, and never before (R-4, I-1).

use kernel::{Channel, Context, DataSet, Refusal, Role, Roster, Time};
use serde::{Deserialize, Serialize};

use crate::{Deputyship, Engagement, Event, PlaybookTask, Stage, decide::already_begun, standing};

/// What the Gateway leaves behind: the six who acknowledged, the channel and the data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReactiveStart {
    /// The intake case, `cases/{case}`.
    pub case: String,
    /// The customer's name.
    pub customer: String,
    /// The customer's tenant.
    pub tenant: String,
    /// The six.
    pub roster: Roster,
    /// The channel chosen for the qualified case (R-2b).
    pub channel: Channel,
    /// The Gateway's data set.
    pub items: DataSet,
    /// When the execution begins; earlier releases did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Time>,
}

/// Only the follower of intake's journal may say that the Gateway has left (I-1). It waits while its tenant has another engagement
/// in progress: both were begun at the same moment, and people settle which one goes on (I-25).
pub(crate) fn begin(
    start: &ReactiveStart,
    must_wait: bool,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::acts_as(&context.caller, &[Role::Service])?;
    if must_wait {
        return Ok(vec![Event::ReactiveEngagementHeld(start.clone())]);
    }
    let start = ReactiveStart { begun: Some(context.now), ..start.clone() };
    let tasks = execution_tasks(&start.customer, &start.roster, &[], Vec::new());
    Ok(vec![Event::ReactiveEngagementBegun(start), tasks])
}

/// The Gateway has left again: one that waits begins with what was handed over now (I-25). One that was cancelled meanwhile stays
/// so.
pub(crate) fn begin_after(
    e: &Engagement,
    start: &ReactiveStart,
    must_wait: bool,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    match e.stage {
        Stage::Waiting => begin(start, must_wait, context),
        Stage::Cancelled => Ok(Vec::new()),
        _ => Err(already_begun()),
    }
}

/// Both ways in want the same two tasks as the execution begins (A-4, I-7).
pub(crate) fn execution_tasks(
    customer: &str,
    roster: &Roster,
    deputies: &[Deputyship],
    unacknowledged: Vec<Role>,
) -> Event {
    Event::TasksWanted {
        customer: customer.to_owned(),
        roster: roster.clone(),
        tasks: vec![PlaybookTask::CustomerGetModernSummary, PlaybookTask::GetModernPilot],
        cycle: 0,
        deputies: deputies.to_vec(),
        unacknowledged,
    }
}

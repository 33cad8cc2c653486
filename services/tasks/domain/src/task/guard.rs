//! What stands in a task's way: the same guards refuse commands and fill the duties' `missing`.

use kernel::{Caller, Fault, Kind, Person, Refusal, Role, Roster};

use super::{Status, Task};
use crate::{Template, guard::rostered, pause};

/// A task that is done or dropped stays as it is (I-19).
pub(super) fn open(task: &Task) -> Result<(), Refusal> {
    let (reason, message) = match &task.status {
        Status::Completed { .. } => ("ALREADY_COMPLETED", "the task is completed and never altered again"),
        Status::Cancelled { .. } => ("ALREADY_CANCELLED", "the task is cancelled and never altered again"),
        Status::Open | Status::InProgress | Status::Blocked { .. } => return Ok(()),
    };
    Err(Refusal::new(Kind::NotReady, "I-19", reason, "state", message))
}

/// One of the six, who has acknowledged their seat (I-18, R-4).
pub(super) fn seated(task: &Task, caller: &Caller) -> Result<(), Refusal> {
    rostered(&task.roster, &task.unacknowledged, caller)
}

/// It is not closed (I-19), and its engagement is not on hold (I-24).
pub(super) fn going_on(task: &Task) -> Result<(), Refusal> {
    open(task)?;
    pause::going_on(&task.pauses, &task.roster.gmfta)
}

/// The assignee and the engagement's GMFTA work on a task (I-18).
pub(super) fn working(task: &Task, caller: &Caller) -> Result<(), Refusal> {
    seated(task, caller)?;
    if caller.person == task.assignee || is_gmfta(task, caller) {
        return Ok(());
    }
    let message = format!("only {} or the GMFTA works on it", task.assignee);
    Err(Refusal::new(Kind::Forbidden, "I-18", "NOT_THE_ASSIGNEE", "caller", message))
}

/// The playbook's own tasks are completed by the GMFTA alone (E-3.3e, E-3.4a, E-5.4).
pub(super) fn completing(task: &Task, caller: &Caller) -> Result<(), Refusal> {
    working(task, caller)?;
    if task.template.is_none() || is_gmfta(task, caller) {
        return Ok(());
    }
    let message = format!("{} completes it, as the engagement's GMFTA", task.roster.gmfta);
    Err(Refusal::new(Kind::Forbidden, "I-18", "NOT_THE_DESIGNATED_ARCHITECT", "caller", message))
}

fn is_gmfta(task: &Task, caller: &Caller) -> bool {
    caller.is(Role::Gmfta, Some(&task.roster.gmfta))
}

/// Everything a task's completion still lacks: its evidence, and a way past what blocks it (I-11).
pub(super) fn completion(task: &Task) -> Vec<Fault> {
    evidence(task).into_iter().chain(unblocked(task)).collect()
}

/// A template's task rests on what the engagement achieved, never on a claim (I-11).
fn evidence(task: &Task) -> Option<Fault> {
    let template = task.template?;
    task.evidence.is_none().then(|| template.evidence_missing())
}

/// Work goes on only once the block is lifted (G-5).
pub(super) fn unblocked(task: &Task) -> Option<Fault> {
    let Status::Blocked { cause, .. } = &task.status else { return None };
    Some(Fault::new("G-5", "TASK_BLOCKED", "state", format!("the task is blocked: {cause}")))
}

/// A task goes to one of the six only (I-18).
pub(super) fn assignable(roster: &Roster, assignee: &Person) -> Option<Fault> {
    let message = format!("{assignee} is not on the engagement's roster");
    Fault::unless(roster.includes(assignee), "I-18", "ASSIGNEE_NOT_ROSTERED", "assignee", message)
}

/// The playbook's own tasks go only with their engagement.
pub(super) fn ad_hoc(task: &Task) -> Result<(), Refusal> {
    let Some(template) = task.template else { return Ok(()) };
    let message = format!("{} goes only with its engagement", template.title());
    Err(Refusal::new(Kind::NotReady, template.rule(), "PLAYBOOK_TASK", "template", message))
}

/// One task per template for the execution, and one per re-engagement cycle (E-5.4).
pub(super) fn cycle(template: Template, cycle: u32) -> Result<(), Refusal> {
    if template.fits(cycle) {
        return Ok(());
    }
    let message = format!("{} has no place in cycle {cycle}", template.title());
    Err(Refusal::new(Kind::Invalid, "E-5.4", "CYCLE_MISPLACED", "cycle", message))
}

//! What an unfinished task waits for, and on whom.

use kernel::{Duty, Person, Role, Target, Time};

use super::{Status, Task, guard};

/// How long the steps of a task may wait; the playbook names no times, so these only flag.
pub const TARGETS: &[Target] =
    &[Target { action: "COMPLETE_TASK", hours: 14 * 24 }, Target { action: "UNBLOCK_TASK", hours: 24 }];

/// What `task` waits for: its completion, and before that the end of what blocks it (G-5); nothing once it is closed, nor while
/// its engagement is on hold, which counts for no clock afterwards (I-24).
#[must_use]
pub fn duties(task: &Task) -> Vec<Duty> {
    if task.status.is_closed() || task.pauses.hold().is_some() {
        return vec![];
    }
    let completion = duty(task, "COMPLETE_TASK", completer(task), ready_since(task), guard::completion(task));
    unblocking(task).into_iter().chain([completion]).collect()
}

fn unblocking(task: &Task) -> Option<Duty> {
    let Status::Blocked { stamp, .. } = &task.status else { return None };
    Some(duty(task, "UNBLOCK_TASK", &task.assignee, stamp.time, vec![]))
}

/// The playbook's own tasks wait on the GMFTA even in a colleague's hands (E-3.3e, E-3.4a, E-5.4).
fn completer(task: &Task) -> &Person {
    if task.template.is_some() { &task.roster.gmfta } else { &task.assignee }
}

/// Waiting for evidence is no delay of the completer's, so the evidence restarts the count.
fn ready_since(task: &Task) -> Time {
    let provided = task.evidence.as_ref().map(|evidence| evidence.time);
    provided.map_or(task.assigned.time, |time| time.max(task.assigned.time))
}

fn duty(
    task: &Task,
    action: &'static str,
    person: &Person,
    since: Time,
    mut missing: Vec<kernel::Fault>,
) -> Duty {
    let seat = task.roster.people().find(|(_, seated)| *seated == person);
    let role = seat.map_or(Role::Gmfta, |(role, _)| role);
    // No step of the seat is taken before its holder has acknowledged it.
    missing.extend(task.unacknowledged.fault(role));
    Duty { action, role, person: Some(person.clone()), since: task.pauses.on_the_clock(since), missing }
}

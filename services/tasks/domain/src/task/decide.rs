//! What each command does to a task, as it stands.

use jiff::civil::Date;
use kernel::{Caller, Context, Kind, Person, Refusal, Role, Time};

use super::{Command, Event, Status, Task, guard};
use crate::{
    Deputy, File, Six, Template, Unacknowledged,
    guard::{begun, by_a_service, rostered, running},
};

type Decision = Result<Vec<Event>, Refusal>;

pub(super) fn decide(task: Option<&Task>, command: &Command, context: &Context) -> Decision {
    // Who acts for a seat has its rights.
    let seated = task.map(|task| task.roster.as_seated(&context.caller, context.now));
    let caller = seated.as_ref().unwrap_or(&context.caller);
    match (task, command) {
        (
            task,
            Command::CreateFromTemplate { template, cycle, engagement, customer, roster, unacknowledged },
        ) => {
            by_a_service(caller)?;
            guard::cycle(*template, *cycle)?;
            task.map_or_else(
                || Ok(vec![from_template(*template, *cycle, engagement, customer, roster, unacknowledged)]),
                |task| same(task, *template, *cycle, engagement),
            )
        }
        (None, Command::Create { engagement, title, description, assignee, file }) => {
            let file = begun(engagement, file.as_deref())?;
            let caller = file.roster.as_seated(caller, context.now);
            ad_hoc(file, title, description, assignee.as_ref(), &caller)
        }
        (Some(task), Command::Create { .. }) => Err(exists(task)),
        (None, _) => Err(Refusal::not_found("task")),
        (Some(task), Command::ProvideEvidence { description, time }) => {
            provide_evidence(task, description, *time, caller)
        }
        (Some(task), Command::Start) => start(task, caller),
        (Some(task), Command::Block { cause }) => block(task, cause, caller),
        (Some(task), Command::Unblock) => unblock(task, caller),
        (Some(task), Command::Reassign { assignee }) => reassign(task, assignee, caller),
        (Some(task), Command::Complete { outcome }) => complete(task, outcome, caller),
        (Some(task), Command::Cancel { cause }) => cancel(task, cause, caller),
        (Some(task), Command::CancelWithEngagement) => drop(task, "the engagement was cancelled", caller),
        (Some(task), Command::Reseat { role, person, successor, unacknowledged }) => {
            reseat(task, *role, person, successor, *unacknowledged, caller)
        }
        (Some(task), Command::AcknowledgeSeat { role }) => acknowledge_seat(task, *role, caller),
        (Some(task), Command::Hold { held, review_date }) => hold(task, *held, *review_date, caller),
        (Some(task), Command::Resume { at }) => resume(task, *at, caller),
        (Some(task), Command::Deputise { deputy }) => deputise(task, deputy, caller),
        (Some(task), Command::EndDeputy { number }) => end_deputy(task, *number, caller),
        (Some(task), Command::Rename { customer }) => rename(task, customer, caller),
        (Some(task), Command::Drop { cause }) => drop(task, cause, caller),
    }
}

fn from_template(
    template: Template,
    cycle: u32,
    engagement: &str,
    customer: &str,
    roster: &Six,
    unacknowledged: &Unacknowledged,
) -> Event {
    Event::TaskCreated {
        engagement: engagement.to_owned(),
        customer: customer.to_owned(),
        roster: roster.clone(),
        template: Some(template),
        cycle,
        title: template.title().to_owned(),
        title_zh: template.title_zh().to_owned(),
        description: template.evidence().to_owned(),
        assignee: roster.gmfta.clone(),
        unacknowledged: unacknowledged.clone(),
        hold: None,
    }
}

/// The follower may ask twice for one task; another task under the same identity is a mistake (I-20).
fn same(task: &Task, template: Template, cycle: u32, engagement: &str) -> Decision {
    let same = task.template == Some(template) && task.cycle == cycle && task.engagement == engagement;
    if same { Ok(vec![]) } else { Err(exists(task)) }
}

fn exists(task: &Task) -> Refusal {
    let message = format!("it stands already, as {}", task.title);
    Refusal::new(Kind::AlreadyExists, "I-20", "TASK_EXISTS", "task", message)
}

fn ad_hoc(
    file: &File,
    title: &str,
    description: &str,
    assignee: Option<&Person>,
    caller: &Caller,
) -> Decision {
    rostered(&file.roster, &file.unacknowledged, caller)?;
    let assignee = assignee.unwrap_or(&file.roster.gmfta);
    let faults = running(file).into_iter().chain(guard::assignable(&file.roster, assignee)).collect();
    Refusal::if_any(faults, Kind::NotReady, "TASK_NOT_TAKEN", "the engagement does not take this task")?;
    Ok(vec![Event::TaskCreated {
        engagement: file.engagement.clone(),
        customer: file.customer.clone(),
        roster: file.roster.clone(),
        template: None,
        cycle: 0,
        title: title.to_owned(),
        title_zh: String::new(),
        description: description.to_owned(),
        assignee: assignee.clone(),
        unacknowledged: file.unacknowledged.clone(),
        hold: file.pauses.hold().cloned(),
    }])
}

/// A closed task keeps the name that its customer had (I-19).
fn rename(task: &Task, customer: &str, caller: &Caller) -> Decision {
    by_a_service(caller)?;
    let is_news = !task.status.is_closed() && task.customer != customer;
    Ok(is_news.then(|| Event::TaskRenamed { customer: customer.to_owned() }).into_iter().collect())
}

fn provide_evidence(task: &Task, description: &str, time: Time, caller: &Caller) -> Decision {
    by_a_service(caller)?;
    if task.template.is_none() {
        let message = "an ad hoc task rests on no evidence";
        return Err(Refusal::new(Kind::Invalid, "I-11", "NOT_A_PLAYBOOK_TASK", "template", message));
    }
    if task.evidence.is_some() || task.status.is_closed() {
        return Ok(vec![]);
    }
    Ok(vec![Event::EvidenceProvided { description: description.to_owned(), time }])
}

fn start(task: &Task, caller: &Caller) -> Decision {
    guard::working(task, caller)?;
    guard::going_on(task)?;
    let faults = guard::unblocked(task).into_iter().collect();
    Refusal::if_any(faults, Kind::NotReady, "TASK_BLOCKED", "the task is blocked; unblock it")?;
    if task.status == Status::InProgress {
        let message = "the task is in progress already";
        return Err(Refusal::new(Kind::NotReady, "", "ALREADY_STARTED", "state", message));
    }
    Ok(vec![Event::TaskStarted])
}

fn block(task: &Task, cause: &str, caller: &Caller) -> Decision {
    guard::working(task, caller)?;
    guard::going_on(task)?;
    if guard::unblocked(task).is_some() {
        let message = "the task is blocked already";
        return Err(Refusal::new(Kind::NotReady, "G-5", "ALREADY_BLOCKED", "state", message));
    }
    Ok(vec![Event::TaskBlocked { cause: cause.to_owned() }])
}

fn unblock(task: &Task, caller: &Caller) -> Decision {
    guard::working(task, caller)?;
    guard::going_on(task)?;
    if guard::unblocked(task).is_none() {
        let message = "nothing blocks the task";
        return Err(Refusal::new(Kind::NotReady, "G-5", "NOT_BLOCKED", "state", message));
    }
    Ok(vec![Event::TaskUnblocked])
}

fn reassign(task: &Task, assignee: &Person, caller: &Caller) -> Decision {
    guard::seated(task, caller)?;
    guard::open(task)?;
    if *assignee == task.assignee {
        let message = format!("the task is {assignee}'s already");
        return Err(Refusal::new(Kind::NotReady, "", "ALREADY_ASSIGNED", "assignee", message));
    }
    let faults = guard::assignable(&task.roster, assignee).into_iter().collect();
    let message = format!("{assignee} cannot take the task");
    Refusal::if_any(faults, Kind::NotReady, "ASSIGNEE_NOT_ROSTERED", message)?;
    Ok(vec![Event::TaskReassigned { assignee: assignee.clone() }])
}

fn complete(task: &Task, outcome: &str, caller: &Caller) -> Decision {
    guard::completing(task, caller)?;
    guard::going_on(task)?;
    let faults = guard::completion(task);
    Refusal::if_any(faults, Kind::NotReady, "TASK_NOT_READY", "the task cannot be completed yet")?;
    Ok(vec![Event::TaskCompleted {
        engagement: task.engagement.clone(),
        template: task.template,
        cycle: task.cycle,
        outcome: outcome.to_owned(),
    }])
}

fn cancel(task: &Task, cause: &str, caller: &Caller) -> Decision {
    guard::seated(task, caller)?;
    guard::open(task)?;
    guard::ad_hoc(task)?;
    Ok(vec![Event::TaskCancelled { cause: cause.to_owned() }])
}

/// The task goes with the seat: where it was its holder's, and they have no other; the playbook's own, which are the GMFTA's, go
/// with that seat alone (I-22).
fn reseat(
    task: &Task,
    role: Role,
    person: &Person,
    successor: &Person,
    unacknowledged: bool,
    caller: &Caller,
) -> Decision {
    by_a_service(caller)?;
    if task.roster.holder(role) == Some(successor) {
        return Ok(vec![]);
    }
    let mut roster = task.roster.clone();
    roster.give(role, successor);
    let goes = task.assignee == *person && (!roster.includes(person) || is_of_seat(task, role));
    let moves = goes && !task.status.is_closed();
    let assignee = if moves { successor } else { &task.assignee };
    let (successor, assignee) = (successor.clone(), assignee.clone());
    Ok(vec![Event::TaskReseated { role, successor, assignee, unacknowledged }])
}

/// The seat takes steps from now on.
fn acknowledge_seat(task: &Task, role: Role, caller: &Caller) -> Decision {
    by_a_service(caller)?;
    let waits = !task.status.is_closed() && task.unacknowledged.has(role);
    Ok(waits.then_some(Event::TaskSeatAcknowledged { role }).into_iter().collect())
}

/// An open task stands still with its engagement (I-24).
fn hold(task: &Task, held: Time, review_date: Date, caller: &Caller) -> Decision {
    by_a_service(caller)?;
    let stands = !task.status.is_closed() && task.pauses.is_news(held);
    Ok(stands.then_some(Event::TaskHeld { held, review_date }).into_iter().collect())
}

/// And goes on with it.
fn resume(task: &Task, at: Time, caller: &Caller) -> Decision {
    by_a_service(caller)?;
    let goes_on = !task.status.is_closed() && task.pauses.ends(at);
    Ok(goes_on.then_some(Event::TaskResumed { at }).into_iter().collect())
}

fn deputise(task: &Task, deputy: &Deputy, caller: &Caller) -> Decision {
    by_a_service(caller)?;
    let new = !task.roster.knows(deputy.number);
    Ok(new.then(|| Event::TaskDeputised { deputy: deputy.clone() }).into_iter().collect())
}

fn end_deputy(task: &Task, number: u32, caller: &Caller) -> Decision {
    by_a_service(caller)?;
    let known = task.roster.knows(number);
    Ok(known.then_some(Event::TaskDeputyEnded { number }).into_iter().collect())
}

fn is_of_seat(task: &Task, role: Role) -> bool {
    task.template.is_some() && role == Role::Gmfta
}

fn drop(task: &Task, cause: &str, caller: &Caller) -> Decision {
    by_a_service(caller)?;
    if task.status.is_closed() {
        return Ok(vec![]);
    }
    Ok(vec![Event::TaskCancelled { cause: cause.to_owned() }])
}

//! Tasks: the playbook's three from templates, and whatever else the six set themselves (E-3.3e, E-3.4a, E-5.4).
//!
//! Where the playbook is silent, the six share the work: any of them may create, reassign or cancel an ad hoc task; its
//! assignee and the GMFTA work on it. The playbook's own tasks may be handed to a colleague, but only the GMFTA
//! completes them, and nobody cancels them.

mod decide;
mod duty;
mod guard;

use jiff::civil::Date;
use kernel::{Context, Decider, Person, Refusal, Role, Stamp, Time};
use serde::{Deserialize, Serialize};

pub use duty::{TARGETS, duties};

use crate::{Deputy, File, Pause, Pauses, Six, Template, Unacknowledged};

/// Something to do for an engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The engagement, `engagements/{engagement}`.
    pub engagement: String,
    /// The customer's name.
    pub customer: String,
    /// The six who may act on it (I-18).
    pub roster: Six,
    /// The playbook's template; `None` for an ad hoc task.
    pub template: Option<Template>,
    /// The re-engagement cycle it belongs to; 0 when none.
    pub cycle: u32,
    /// The title in English, or in the language of whoever created it.
    pub title: String,
    /// The title in Chinese; empty for an ad hoc task.
    pub title_zh: String,
    /// What is to be done; may be empty.
    pub description: String,
    /// Who is to do it; always one of the six.
    pub assignee: Person,
    /// Who gave it to the assignee and when.
    pub assigned: Stamp,
    /// Where it stands.
    pub status: Status,
    /// What unlocked its completion (I-11).
    pub evidence: Option<Evidence>,
    /// Who created it and when.
    pub created: Stamp,
    /// Seats whose holders had yet to acknowledge them when it was last open.
    #[serde(default, skip_serializing_if = "Unacknowledged::is_empty")]
    pub unacknowledged: Unacknowledged,
    /// The times on hold of its engagement while the task was open (I-24).
    #[serde(default, skip_serializing_if = "Pauses::is_empty")]
    pub pauses: Pauses,
}

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Not begun.
    Open,
    /// Begun.
    InProgress,
    /// Held up.
    Blocked {
        /// Why.
        cause: String,
        /// Who said so and when.
        stamp: Stamp,
    },
    /// Done; never altered again (I-19).
    Completed {
        /// Who completed it and when.
        stamp: Stamp,
        /// What came of it; may be empty.
        outcome: String,
    },
    /// Not wanted any more; never altered again.
    Cancelled {
        /// Who cancelled it and when.
        stamp: Stamp,
        /// Why.
        cause: String,
    },
}

impl Status {
    /// Every name that [`Status::as_str`] gives.
    pub const NAMES: &[&str] = &["OPEN", "IN_PROGRESS", "BLOCKED", "COMPLETED", "CANCELLED"];

    /// Its name on the wire, without the prefix.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::InProgress => "IN_PROGRESS",
            Self::Blocked { .. } => "BLOCKED",
            Self::Completed { .. } => "COMPLETED",
            Self::Cancelled { .. } => "CANCELLED",
        }
    }

    /// Nothing can happen to the task any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Completed { .. } | Self::Cancelled { .. })
    }
}

/// What a task's completion rests on (I-11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What happened, in a sentence.
    pub description: String,
    /// When it happened.
    pub time: Time,
}

/// What somebody wants done with a task.
#[allow(clippy::large_enum_variant, reason = "there is one at a time, never many")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The engagement wants one of the playbook's tasks; a service's, and repeating it changes nothing (I-20).
    CreateFromTemplate {
        /// Which.
        template: Template,
        /// The re-engagement cycle; 0 for the execution's own tasks.
        cycle: u32,
        /// The engagement, `engagements/{engagement}`.
        engagement: String,
        /// The customer's name.
        customer: String,
        /// The six.
        roster: Six,
        /// Seats whose holders have yet to acknowledge them.
        unacknowledged: Unacknowledged,
    },
    /// One of the six wants something done.
    Create {
        /// The engagement, `engagements/{engagement}`.
        engagement: String,
        /// The title.
        title: String,
        /// What is to be done; may be empty.
        description: String,
        /// One of the six; the GMFTA when nobody is named.
        assignee: Option<Person>,
        /// The engagement's file, as known at the time of the decision.
        file: Option<Box<File>>,
    },
    /// What a template's task waits for has happened; a service's, and repeating it changes nothing (I-11, I-20).
    ProvideEvidence {
        /// What happened, in a sentence.
        description: String,
        /// When it happened.
        time: Time,
    },
    /// Begin.
    Start,
    /// Hold it up.
    Block {
        /// Why.
        cause: String,
    },
    /// Take it up again.
    Unblock,
    /// Give it to another of the six.
    Reassign {
        /// To whom.
        assignee: Person,
    },
    /// Complete it.
    Complete {
        /// What came of it; may be empty.
        outcome: String,
    },
    /// Drop an ad hoc task.
    Cancel {
        /// Why.
        cause: String,
    },
    /// A seat of the engagement has another holder; a service's, and repeating it changes nothing (I-20, I-22).
    Reseat {
        /// Which of the six.
        role: Role,
        /// Who held it.
        person: Person,
        /// Who holds it now.
        successor: Person,
        /// They have yet to acknowledge it.
        unacknowledged: bool,
    },
    /// The holder of a seat acknowledged it; a service's, and repeating it changes nothing (I-20, R-4).
    AcknowledgeSeat {
        /// Which of the six.
        role: Role,
    },
    /// The engagement was put on hold, or on hold anew; a service's, and repeating it changes nothing (I-20, I-24).
    Hold {
        /// Since when.
        held: Time,
        /// The day to look at it again, in UTC.
        review_date: Date,
    },
    /// The engagement goes on; a service's, and repeating it changes nothing (I-20, I-24).
    Resume {
        /// Since when.
        at: Time,
    },
    /// Somebody acts for a seat of the engagement; a service's, and repeating it changes nothing (I-20, I-22).
    Deputise {
        /// Who, for which seat, and when.
        deputy: Deputy,
    },
    /// A deputyship ended; a service's, and repeating it changes nothing (I-20, I-22).
    EndDeputy {
        /// Its number.
        number: u32,
    },
    /// The customer has another name; a service's, and repeating it changes nothing, nor does a closed task (I-19, I-20).
    Rename {
        /// The name.
        customer: String,
    },
    /// The engagement was cancelled and takes its open tasks along; a service's, and repeating it changes nothing (I-20).
    CancelWithEngagement,
    /// The engagement wants it no more; a service's, and repeating it changes nothing (I-20).
    Drop {
        /// Why.
        cause: String,
    },
}

/// What happened to a task.
#[allow(clippy::large_enum_variant, reason = "a decision holds one event or two, never many")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was created, from a template or ad hoc.
    TaskCreated {
        /// The engagement, `engagements/{engagement}`.
        engagement: String,
        /// The customer's name.
        customer: String,
        /// The six.
        roster: Six,
        /// The playbook's template; `None` for an ad hoc task.
        template: Option<Template>,
        /// The re-engagement cycle; 0 when none.
        cycle: u32,
        /// The title.
        title: String,
        /// The title in Chinese; empty for an ad hoc task.
        title_zh: String,
        /// What is to be done; may be empty.
        description: String,
        /// Who is to do it.
        assignee: Person,
        /// Seats whose holders have yet to acknowledge them.
        #[serde(default, skip_serializing_if = "Unacknowledged::is_empty")]
        unacknowledged: Unacknowledged,
        /// The pause that the engagement was in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold: Option<Pause>,
    },
    /// Its completion was unlocked (I-11).
    EvidenceProvided {
        /// What happened, in a sentence.
        description: String,
        /// When it happened.
        time: Time,
    },
    /// It was begun.
    TaskStarted,
    /// It was held up.
    TaskBlocked {
        /// Why.
        cause: String,
    },
    /// It was taken up again, and so is in progress.
    TaskUnblocked,
    /// It was given to another of the six.
    TaskReassigned {
        /// To whom.
        assignee: Person,
    },
    /// A seat of the engagement has another holder; the task is theirs if it went with the seat (I-22).
    TaskReseated {
        /// Which of the six.
        role: Role,
        /// Who holds it now.
        successor: Person,
        /// Who is to do it now.
        assignee: Person,
        /// The holder has yet to acknowledge the seat.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unacknowledged: bool,
    },
    /// The holder of a seat acknowledged it.
    TaskSeatAcknowledged {
        /// Which of the six.
        role: Role,
    },
    /// The engagement was put on hold, or on hold anew (I-24).
    TaskHeld {
        /// Since when.
        held: Time,
        /// The day to look at it again, in UTC.
        review_date: Date,
    },
    /// The engagement goes on (I-24).
    TaskResumed {
        /// Since when.
        at: Time,
    },
    /// Somebody acts for a seat of the engagement (I-22).
    TaskDeputised {
        /// Who, for which seat, and when.
        deputy: Deputy,
    },
    /// A deputyship ended (I-22).
    TaskDeputyEnded {
        /// Its number.
        number: u32,
    },
    /// The customer has another name (I-23).
    TaskRenamed {
        /// The name.
        customer: String,
    },
    /// It was completed.
    TaskCompleted {
        /// The engagement, `engagements/{engagement}`.
        engagement: String,
        /// The playbook's template; `None` for an ad hoc task.
        template: Option<Template>,
        /// The re-engagement cycle; 0 when none.
        cycle: u32,
        /// What came of it; may be empty.
        outcome: String,
    },
    /// It was dropped, alone or with its engagement.
    TaskCancelled {
        /// Why.
        cause: String,
    },
}

/// Decides about tasks.
#[derive(Debug)]
pub struct Tasks;

impl Decider for Tasks {
    type State = Task;
    type Command = Command;
    type Event = Event;
    const PERSONAL: &'static [&'static str] = crate::personal::PERSONAL;

    fn decide(task: Option<&Task>, command: &Command, context: &Context) -> Result<Vec<Event>, Refusal> {
        decide::decide(task, command, context)
    }

    fn apply(task: Option<Task>, event: &Event, stamp: &Stamp) -> Option<Task> {
        match task {
            None => created(event, stamp),
            Some(task) if task.status.is_closed() => Some(closed(task, event)),
            Some(task) => Some(changed(task, event, stamp)),
        }
    }

    fn rule(event: &Event) -> &'static str {
        match event {
            Event::TaskCreated { template, .. } | Event::TaskCompleted { template, .. } => {
                template.map_or("", Template::rule)
            }
            Event::EvidenceProvided { .. } => "I-11",
            Event::TaskBlocked { .. } | Event::TaskUnblocked => "G-5",
            Event::TaskSeatAcknowledged { .. } => "R-4",
            Event::TaskHeld { .. } | Event::TaskResumed { .. } => "I-24",
            Event::TaskReseated { .. } | Event::TaskDeputised { .. } | Event::TaskDeputyEnded { .. } => {
                "I-22"
            }
            Event::TaskRenamed { .. } => "I-23",
            Event::TaskStarted | Event::TaskReassigned { .. } | Event::TaskCancelled { .. } => "",
        }
    }
}

fn created(event: &Event, stamp: &Stamp) -> Option<Task> {
    let Event::TaskCreated {
        engagement,
        customer,
        roster,
        template,
        cycle,
        title,
        title_zh,
        description,
        assignee,
        unacknowledged,
        hold,
    } = event.clone()
    else {
        return None;
    };
    let (assigned, created) = (stamp.clone(), stamp.clone());
    let (status, evidence) = (Status::Open, None);
    Some(Task {
        engagement,
        customer,
        roster,
        template,
        cycle,
        title,
        title_zh,
        description,
        assignee,
        assigned,
        status,
        evidence,
        created,
        unacknowledged,
        pauses: hold.map(Pauses::from).unwrap_or_default(),
    })
}

/// A closed task stays as it is, but for who sees it (I-19, I-22).
fn closed(mut task: Task, event: &Event) -> Task {
    task.reseat(event);
    task
}

impl Task {
    /// Takes in who holds a seat, or acts for it.
    fn reseat(&mut self, event: &Event) {
        match event {
            Event::TaskReseated { role, successor, .. } => self.roster.give(*role, successor),
            Event::TaskDeputised { deputy } => self.roster.appoint(deputy),
            Event::TaskDeputyEnded { number } => self.roster.end(*number),
            _ => {}
        }
    }

    /// Takes in which seats wait, and whether it stands still; of a closed task neither says anything more.
    fn stand(&mut self, event: &Event) {
        match event {
            Event::TaskReseated { role, unacknowledged, .. } => {
                self.unacknowledged.taken(*role, *unacknowledged);
            }
            Event::TaskSeatAcknowledged { role } => self.unacknowledged.acknowledged(*role),
            Event::TaskHeld { held, review_date } => self.pauses.begin(*held, *review_date),
            Event::TaskResumed { at } => self.pauses.end(*at),
            _ => {}
        }
    }
}

fn changed(mut task: Task, event: &Event, stamp: &Stamp) -> Task {
    task.reseat(event);
    task.stand(event);
    let stamp = stamp.clone();
    match event.clone() {
        Event::EvidenceProvided { description, time } => task.evidence = Some(Evidence { description, time }),
        Event::TaskStarted | Event::TaskUnblocked => task.status = Status::InProgress,
        Event::TaskBlocked { cause } => task.status = Status::Blocked { cause, stamp },
        Event::TaskReseated { assignee, .. } if task.assignee != assignee => {
            (task.assignee, task.assigned) = (assignee, stamp);
        }
        Event::TaskCreated { .. }
        | Event::TaskReseated { .. }
        | Event::TaskSeatAcknowledged { .. }
        | Event::TaskHeld { .. }
        | Event::TaskResumed { .. }
        | Event::TaskDeputised { .. }
        | Event::TaskDeputyEnded { .. } => {}
        Event::TaskRenamed { customer } => task.customer = customer,
        Event::TaskReassigned { assignee } => (task.assignee, task.assigned) = (assignee, stamp),
        Event::TaskCompleted { outcome, .. } => task.status = Status::Completed { stamp, outcome },
        Event::TaskCancelled { cause } => task.status = Status::Cancelled { stamp, cause },
    }
    task
}

//! The file: what this service knows of an engagement, kept by following the engagement's journal (I-20).

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::{Context, Decider, Kind, Person, Refusal, Role, Stamp, Time};
use serde::{Deserialize, Serialize};

use crate::{Deputy, Pauses, Six, Unacknowledged, guard::by_a_service};

/// An engagement whose execution has begun, as the tasks service knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The engagement, `engagements/{engagement}`.
    pub engagement: String,
    /// The customer's name.
    pub customer: String,
    /// The six who may work on its tasks and write its notes (I-18).
    pub roster: Six,
    /// When the file was opened.
    pub opened: Stamp,
    /// When the engagement was cancelled, if it was; final.
    pub cancelled: Option<Stamp>,
    /// How often what its tasks and notes are decided on has changed since it was opened: a seat or a deputy, the customer's name, or
    /// whether the engagement is on hold.
    #[serde(default)]
    pub seats_taken: u32,
    /// Seats whose holders have yet to acknowledge them.
    #[serde(default, skip_serializing_if = "Unacknowledged::is_empty")]
    pub unacknowledged: Unacknowledged,
    /// The times on hold (I-24).
    #[serde(default, skip_serializing_if = "Pauses::is_empty")]
    pub pauses: Pauses,
    /// What ties it to another engagement with the same tenant (E-3.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ties: Option<Box<Ties>>,
}

/// What ties an engagement to the one before it, and to the one that follows it (E-3.5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ties {
    /// The cancelled engagement, `engagements/{engagement}`, whose notes the people of this one see.
    pub follows: Option<String>,
    /// Who sees what there is of this one beside its own six: the people of the engagement that has taken it over.
    pub readers: Vec<Person>,
}

/// What the follower of the engagements asks of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Execution began, or a re-engagement needs its task; repeating it changes nothing (I-20).
    Open {
        /// The engagement, `engagements/{engagement}`.
        engagement: String,
        /// The customer's name.
        customer: String,
        /// The six.
        roster: Six,
        /// Seats whose holders have yet to acknowledge them.
        unacknowledged: Unacknowledged,
    },
    /// A seat has another holder; repeating it changes nothing, nor does a file that was never opened (I-20, I-22).
    Reseat {
        /// Which of the six.
        role: Role,
        /// Who held it; a file on which it is another's stays as it is.
        person: Person,
        /// Who holds it now.
        successor: Person,
        /// They have yet to acknowledge it.
        unacknowledged: bool,
    },
    /// The holder of a seat acknowledged it; repeating it changes nothing (I-20, R-4).
    AcknowledgeSeat {
        /// Which of the six.
        role: Role,
    },
    /// Somebody acts for a seat; repeating it changes nothing (I-20, I-22).
    Deputise {
        /// Who, for which seat, and when.
        deputy: Deputy,
    },
    /// A deputyship ended; repeating it changes nothing (I-20, I-22).
    EndDeputy {
        /// Its number.
        number: u32,
    },
    /// The engagement was put on hold, or on hold anew; repeating it changes nothing (I-20, I-24).
    Hold {
        /// Since when.
        held: Time,
        /// The day to look at it again, in UTC.
        review_date: Date,
    },
    /// The engagement goes on; repeating it changes nothing (I-20, I-24).
    Resume {
        /// Since when.
        at: Time,
    },
    /// It has taken over what a cancelled engagement had left; repeating it changes nothing (I-20, E-3.5).
    Follow {
        /// The cancelled one, `engagements/{engagement}`.
        predecessor: String,
    },
    /// These people see what there is of it, beside its own six, and nobody else does (I-20, E-3.5).
    Show {
        /// The people of the engagement that has taken it over, each once and in order.
        readers: Vec<Person>,
    },
    /// The customer has another name; repeating it changes nothing, nor does a file that was never opened (I-20, I-23).
    Rename {
        /// The name.
        customer: String,
    },
    /// The engagement was cancelled; a file that is closed already, or was never opened, stays as it is (I-20).
    Cancel,
}

/// What happened to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Work on the engagement may begin.
    FileOpened {
        /// The engagement, `engagements/{engagement}`.
        engagement: String,
        /// The customer's name.
        customer: String,
        /// The six.
        roster: Six,
        /// Seats whose holders have yet to acknowledge them.
        #[serde(default, skip_serializing_if = "Unacknowledged::is_empty")]
        unacknowledged: Unacknowledged,
    },
    /// A seat has another holder (I-22).
    SeatTaken {
        /// Which of the six.
        role: Role,
        /// Who holds it now.
        successor: Person,
        /// They have yet to acknowledge it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unacknowledged: bool,
    },
    /// The holder of a seat acknowledged it.
    SeatAcknowledged {
        /// Which of the six.
        role: Role,
    },
    /// Somebody acts for a seat (I-22).
    DeputyAppointed {
        /// Who, for which seat, and when.
        deputy: Deputy,
    },
    /// A deputyship ended (I-22).
    DeputyshipEnded {
        /// Its number.
        number: u32,
    },
    /// The engagement was put on hold, or on hold anew (I-24).
    FileHeld {
        /// Since when.
        held: Time,
        /// The day to look at it again, in UTC.
        review_date: Date,
    },
    /// The engagement goes on (I-24).
    FileResumed {
        /// Since when.
        at: Time,
    },
    /// It has taken over what a cancelled engagement had left (E-3.5).
    FileFollows {
        /// The cancelled one, `engagements/{engagement}`.
        predecessor: String,
    },
    /// Others see what there is of it than before (E-3.5).
    FileShown {
        /// All who do, beside its own six.
        readers: Vec<Person>,
    },
    /// The customer has another name; the engagement keeps the one before, with the cause (I-23).
    CustomerRenamed {
        /// The name.
        customer: String,
    },
    /// The engagement was cancelled: no new tasks, no new notes.
    FileCancelled,
}

/// Decides about files; only our own services ask.
#[derive(Debug)]
pub struct Files;

impl Decider for Files {
    type State = File;
    type Command = Command;
    type Event = Event;
    const PERSONAL: &'static [&'static str] = crate::personal::PERSONAL;

    fn decide(file: Option<&File>, command: &Command, context: &Context) -> Result<Vec<Event>, Refusal> {
        by_a_service(&context.caller)?;
        match (command, file) {
            (Command::Open { engagement, customer, roster, unacknowledged }, None) => {
                Ok(vec![Event::FileOpened {
                    engagement: engagement.clone(),
                    customer: customer.clone(),
                    roster: roster.clone(),
                    unacknowledged: unacknowledged.clone(),
                }])
            }
            (Command::Open { engagement, customer, roster, .. }, Some(file)) => {
                let same =
                    file.engagement == *engagement && file.customer == *customer && file.roster == *roster;
                if same { Ok(vec![]) } else { Err(differs(file)) }
            }
            (Command::Reseat { role, person, successor, unacknowledged }, Some(file))
                if file.roster.holder(*role) == Some(person) =>
            {
                let (role, unacknowledged) = (*role, *unacknowledged);
                Ok(vec![Event::SeatTaken { role, successor: successor.clone(), unacknowledged }])
            }
            (Command::AcknowledgeSeat { role }, Some(file)) if file.unacknowledged.has(*role) => {
                Ok(vec![Event::SeatAcknowledged { role: *role }])
            }
            (Command::Deputise { deputy }, Some(file)) if !file.roster.knows(deputy.number) => {
                Ok(vec![Event::DeputyAppointed { deputy: deputy.clone() }])
            }
            (Command::EndDeputy { number }, Some(file)) if file.roster.knows(*number) => {
                Ok(vec![Event::DeputyshipEnded { number: *number }])
            }
            (Command::Hold { held, review_date }, Some(file)) if file.pauses.is_news(*held) => {
                Ok(vec![Event::FileHeld { held: *held, review_date: *review_date }])
            }
            (Command::Resume { at }, Some(file)) if file.pauses.ends(*at) => {
                Ok(vec![Event::FileResumed { at: *at }])
            }
            (Command::Rename { customer }, Some(file)) if file.customer != *customer => {
                Ok(vec![Event::CustomerRenamed { customer: customer.clone() }])
            }
            (Command::Cancel, Some(file)) if file.cancelled.is_none() => Ok(vec![Event::FileCancelled]),
            (Command::Follow { predecessor }, Some(file)) if file.follows().is_none() => {
                Ok(vec![Event::FileFollows { predecessor: predecessor.clone() }])
            }
            (Command::Show { readers }, Some(file)) if file.readers() != readers => {
                Ok(vec![Event::FileShown { readers: readers.clone() }])
            }
            (
                Command::Reseat { .. }
                | Command::AcknowledgeSeat { .. }
                | Command::Hold { .. }
                | Command::Resume { .. }
                | Command::Follow { .. }
                | Command::Show { .. }
                | Command::Deputise { .. }
                | Command::EndDeputy { .. }
                | Command::Rename { .. }
                | Command::Cancel,
                _,
            ) => Ok(vec![]),
        }
    }

    fn apply(file: Option<File>, event: &Event, stamp: &Stamp) -> Option<File> {
        match (file, event) {
            (None, Event::FileOpened { engagement, customer, roster, unacknowledged }) => Some(File {
                engagement: engagement.clone(),
                customer: customer.clone(),
                roster: roster.clone(),
                opened: stamp.clone(),
                cancelled: None,
                seats_taken: 0,
                unacknowledged: unacknowledged.clone(),
                pauses: Pauses::default(),
                ties: None,
            }),
            (Some(file), Event::FileOpened { .. }) => Some(file),
            (Some(file), Event::FileCancelled) => {
                Some(File { cancelled: file.cancelled.clone().or_else(|| Some(stamp.clone())), ..file })
            }
            (Some(mut file), Event::FileFollows { predecessor }) => {
                file.ties.get_or_insert_default().follows = Some(predecessor.clone());
                Some(file)
            }
            (Some(file), Event::FileShown { readers }) => Some(file.shown_to(readers.clone())),
            (Some(mut file), event) => {
                file.take(event);
                Some(file)
            }
            (None, _) => None,
        }
    }

    fn rule(_: &Event) -> &'static str {
        ""
    }
}

impl File {
    /// Everybody who sees what there is of the engagement, each once and in order.
    #[must_use]
    pub fn people(&self) -> Vec<Person> {
        let people = self.roster.everybody().chain(self.readers()).cloned();
        people.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The cancelled engagement whose notes its people see.
    #[must_use]
    pub fn follows(&self) -> Option<&String> {
        self.ties.as_ref()?.follows.as_ref()
    }

    /// Who sees what there is of it beside its own six.
    #[must_use]
    pub fn readers(&self) -> &[Person] {
        self.ties.as_ref().map_or(&[], |ties| &ties.readers)
    }

    /// The same, seen by these beside its own six.
    #[must_use]
    pub fn shown_to(mut self, readers: Vec<Person>) -> Self {
        self.ties.get_or_insert_default().readers = readers;
        self
    }

    fn take(&mut self, event: &Event) {
        match event {
            Event::SeatTaken { role, successor, unacknowledged } => {
                self.roster.give(*role, successor);
                self.unacknowledged.taken(*role, *unacknowledged);
            }
            Event::SeatAcknowledged { role } => self.unacknowledged.acknowledged(*role),
            Event::FileHeld { held, review_date } => self.pauses.begin(*held, *review_date),
            Event::FileResumed { at } => self.pauses.end(*at),
            Event::DeputyAppointed { deputy } => self.roster.appoint(deputy),
            Event::DeputyshipEnded { number } => self.roster.end(*number),
            Event::CustomerRenamed { customer } => self.customer.clone_from(customer),
            Event::FileOpened { .. }
            | Event::FileCancelled
            | Event::FileFollows { .. }
            | Event::FileShown { .. } => return,
        }
        self.seats_taken = self.seats_taken.saturating_add(1);
    }
}

/// The six of an engagement are settled before its execution and change one by one, each told, so another roster is a mistake to
/// look at (R-4, I-22).
fn differs(file: &File) -> Refusal {
    let message = format!("{} is on file with another customer or roster", file.engagement);
    Refusal::new(Kind::AlreadyExists, "R-4", "FILE_DIFFERS", "roster", message)
}

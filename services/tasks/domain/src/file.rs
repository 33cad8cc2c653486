//! The file: what this service knows of an engagement, kept by following the engagement's journal (I-20).

use std::collections::BTreeSet;

use kernel::{Context, Decider, Kind, Person, Refusal, Role, Stamp};
use serde::{Deserialize, Serialize};

use crate::{Deputy, Six, guard::by_a_service};

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
    /// How often a seat has got another holder or a deputy, or a deputyship has ended, since it was opened.
    #[serde(default)]
    pub seats_taken: u32,
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
    },
    /// A seat has another holder; repeating it changes nothing, nor does a file that was never opened (I-20, I-22).
    Reseat {
        /// Which of the six.
        role: Role,
        /// Who held it; a file on which it is another's stays as it is.
        person: Person,
        /// Who holds it now.
        successor: Person,
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
    },
    /// A seat has another holder (I-22).
    SeatTaken {
        /// Which of the six.
        role: Role,
        /// Who holds it now.
        successor: Person,
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
            (Command::Open { engagement, customer, roster }, None) => Ok(vec![Event::FileOpened {
                engagement: engagement.clone(),
                customer: customer.clone(),
                roster: roster.clone(),
            }]),
            (Command::Open { engagement, customer, roster }, Some(file)) => {
                let same =
                    file.engagement == *engagement && file.customer == *customer && file.roster == *roster;
                if same { Ok(vec![]) } else { Err(differs(file)) }
            }
            (Command::Reseat { role, person, successor }, Some(file))
                if file.roster.holder(*role) == Some(person) =>
            {
                Ok(vec![Event::SeatTaken { role: *role, successor: successor.clone() }])
            }
            (Command::Deputise { deputy }, Some(file)) if !file.roster.knows(deputy.number) => {
                Ok(vec![Event::DeputyAppointed { deputy: deputy.clone() }])
            }
            (Command::EndDeputy { number }, Some(file)) if file.roster.knows(*number) => {
                Ok(vec![Event::DeputyshipEnded { number: *number }])
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
                | Command::Follow { .. }
                | Command::Show { .. }
                | Command::Deputise { .. }
                | Command::EndDeputy { .. }
                | Command::Cancel,
                _,
            ) => Ok(vec![]),
        }
    }

    fn apply(file: Option<File>, event: &Event, stamp: &Stamp) -> Option<File> {
        match (file, event) {
            (None, Event::FileOpened { engagement, customer, roster }) => Some(File {
                engagement: engagement.clone(),
                customer: customer.clone(),
                roster: roster.clone(),
                opened: stamp.clone(),
                cancelled: None,
                seats_taken: 0,
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
                file.reseat(event);
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

    fn reseat(&mut self, event: &Event) {
        match event {
            Event::SeatTaken { role, successor } => self.roster.give(*role, successor),
            Event::DeputyAppointed { deputy } => self.roster.appoint(deputy),
            Event::DeputyshipEnded { number } => self.roster.end(*number),
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

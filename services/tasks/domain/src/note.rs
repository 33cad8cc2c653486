//! Notes: the append-only Enterprise Notes and Enterprise Status Notes of an engagement (E-3.5, E-5.5, I-19).
//!
//! The playbook names the GMFTA as the one who updates them; the log itself takes a note from any of the six.

use kernel::{Context, Decider, Kind, Refusal, Stamp};
use serde::{Deserialize, Serialize};

use crate::{
    File,
    guard::{begun, rostered, running},
};

/// Which of FTOP's two fields a note is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NoteKind {
    /// Enterprise Notes, 企业笔记 (E-3.5).
    EnterpriseNotes,
    /// Enterprise Status Notes, 企业状态笔记 (E-5.5).
    EnterpriseStatusNotes,
}

impl NoteKind {
    /// Both fields.
    pub const ALL: [Self; 2] = [Self::EnterpriseNotes, Self::EnterpriseStatusNotes];

    /// The rule that asks for it.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::EnterpriseNotes => "E-3.5",
            Self::EnterpriseStatusNotes => "E-5.5",
        }
    }
}

/// A note; written once, never altered or removed (I-19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The engagement, `engagements/{engagement}`.
    pub engagement: String,
    /// Which field.
    pub kind: NoteKind,
    /// What it says.
    pub text: String,
    /// Who wrote it and when.
    pub written: Stamp,
}

/// What somebody wants done with a note: there is only one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Write it.
    Write {
        /// The engagement, `engagements/{engagement}`.
        engagement: String,
        /// Which field.
        kind: NoteKind,
        /// What it says.
        text: String,
        /// The engagement's file, as known at the time of the decision.
        file: Option<File>,
    },
}

/// What happened to a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was written.
    NoteWritten {
        /// The engagement, `engagements/{engagement}`.
        engagement: String,
        /// Which field.
        kind: NoteKind,
        /// What it says.
        text: String,
    },
}

/// Decides about notes.
#[derive(Debug)]
pub struct Notes;

impl Decider for Notes {
    type State = Note;
    type Command = Command;
    type Event = Event;
    const PERSONAL: &'static [&'static str] = crate::personal::PERSONAL;

    fn decide(note: Option<&Note>, command: &Command, context: &Context) -> Result<Vec<Event>, Refusal> {
        let Command::Write { engagement, kind, text, file } = command;
        unwritten(note)?;
        let file = begun(engagement, file.as_ref())?;
        rostered(&file.roster, &file.unacknowledged, &file.roster.as_seated(&context.caller, context.now))?;
        let faults = running(file).into_iter().collect();
        Refusal::if_any(faults, Kind::NotReady, "NOTE_NOT_TAKEN", "the engagement takes no notes")?;
        Ok(vec![Event::NoteWritten { engagement: engagement.clone(), kind: *kind, text: text.clone() }])
    }

    fn apply(note: Option<Note>, event: &Event, stamp: &Stamp) -> Option<Note> {
        let Event::NoteWritten { engagement, kind, text } = event;
        note.or_else(|| {
            Some(Note {
                engagement: engagement.clone(),
                kind: *kind,
                text: text.clone(),
                written: stamp.clone(),
            })
        })
    }

    fn rule(event: &Event) -> &'static str {
        let Event::NoteWritten { kind, .. } = event;
        kind.rule()
    }
}

fn unwritten(note: Option<&Note>) -> Result<(), Refusal> {
    if note.is_none() {
        return Ok(());
    }
    let message = "a written note is never altered; write another";
    Err(Refusal::new(Kind::AlreadyExists, "I-19", "NOTE_WRITTEN", "note", message))
}

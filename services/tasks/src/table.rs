//! How files, tasks and notes are kept, and what of them other services act on.

use host::{Awaited, Resource, Told, wire};
use kernel::{Duty, Id, Stamp, Viewers, name};
use ledger::{Event, Record, State, Table, Value};
use prost_types::Any;
use proto::tasks::v1 as pb;
use tasks_domain::{Six, Template, note, task};

use crate::{
    follow::ENGAGEMENT,
    wire::{self as shown, ENGAGEMENTS},
};

/// What this service knows of an engagement; its identity is the engagement's.
pub(crate) enum Files {}

impl Table for Files {
    type Domain = tasks_domain::Files;
    const COLLECTION: &'static str = "files";
    const COLUMNS: &'static [&'static str] = &["open", "seats_taken"];
    /// Who sees the file sees what else there is of its engagement.
    const SEEN_AS: &'static str = ENGAGEMENTS;

    fn columns(file: &State<Self>) -> Vec<Value> {
        vec![i64::from(file.cancelled.is_none()).into(), i64::from(file.seats_taken).into()]
    }

    fn parent(file: &State<Self>) -> Option<String> {
        Some(file.engagement.clone())
    }

    fn viewers(file: &State<Self>) -> Viewers<'_> {
        Viewers::these(file.roster.everybody().chain(file.readers()))
    }
}

fn six(roster: &Six) -> Viewers<'_> {
    Viewers::these(roster.everybody())
}

/// The tasks.
pub(crate) enum Tasks {}

impl Table for Tasks {
    type Domain = tasks_domain::Tasks;
    const COLLECTION: &'static str = "tasks";
    const COLUMNS: &'static [&'static str] = &["engagement", "status", "assignee", "template"];

    fn columns(task: &State<Self>) -> Vec<Value> {
        vec![
            task.engagement.as_str().into(),
            task.status.as_str().into(),
            task.assignee.as_str().into(),
            task.template.map(Template::id).into(),
        ]
    }

    fn parent(task: &State<Self>) -> Option<String> {
        Some(task.engagement.clone())
    }

    fn stage(task: &State<Self>) -> Option<&'static str> {
        Some(task.status.as_str())
    }

    fn duties(task: &State<Self>) -> Vec<Duty> {
        task::duties(task)
    }

    fn viewers(task: &State<Self>) -> Viewers<'_> {
        six(&task.roster)
    }
}

impl Resource for Tasks {
    type Message = pb::Task;
    const AWAITED: &'static [Awaited] = &[Awaited {
        from: &ENGAGEMENT,
        reasons: &["EXECUTION_NOT_BEGUN", "SUMMARY_NOT_FINAL", "PILOT_NOT_EXECUTED", "NOT_REJOINED"],
    }];

    fn message(record: &Record<State<Self>>) -> pb::Task {
        shown::task(record)
    }

    fn publish(id: Id, event: &Event<Self>, _: &Stamp) -> Option<Any> {
        let task::Event::TaskCompleted { engagement, template, cycle, .. } = event else { return None };
        Some(wire::any(&pb::TaskCompleted {
            task: name::of(Self::COLLECTION, id),
            engagement: engagement.clone(),
            template: template.map(Template::id).unwrap_or_default().to_owned(),
            cycle: wire::number(*cycle),
        }))
    }
}

impl Told for Tasks {
    const KIND: &'static str = "task";

    fn rests(task: &State<Self>) -> bool {
        task.status.is_closed()
    }
}

/// The notes.
pub(crate) enum Notes {}

impl Table for Notes {
    type Domain = tasks_domain::Notes;
    const COLLECTION: &'static str = "notes";
    const COLUMNS: &'static [&'static str] = &["engagement", "kind", "author"];
    /// A note knows its engagement, and not the six.
    const SEEN_WITH: Option<&'static str> = Some("engagement");

    fn columns(note: &State<Self>) -> Vec<Value> {
        let kind = shown::note_kind(note.kind).as_str_name();
        vec![note.engagement.as_str().into(), kind.into(), note.written.person.as_str().into()]
    }

    fn parent(note: &State<Self>) -> Option<String> {
        Some(note.engagement.clone())
    }
}

impl Resource for Notes {
    type Message = pb::Note;
    const AWAITED: &'static [Awaited] = &[Awaited { from: &ENGAGEMENT, reasons: &["EXECUTION_NOT_BEGUN"] }];

    fn message(record: &Record<State<Self>>) -> pb::Note {
        shown::note(record)
    }

    fn publish(id: Id, event: &Event<Self>, _: &Stamp) -> Option<Any> {
        let note::Event::NoteWritten { engagement, kind, .. } = event;
        Some(wire::any(&pb::NoteWritten {
            note: name::of(Self::COLLECTION, id),
            engagement: engagement.clone(),
            kind: shown::note_kind(*kind).into(),
        }))
    }
}

//! Requests as commands, and resources as messages.

use host::{Desk, Fail, acts, by_person, chosen, lists, named, one_of, wire};
use kernel::{Caller, name};
use ledger::{Record, Statement};
use proto::tasks::v1::{
    BlockTaskRequest, CancelTaskRequest, CompleteTaskRequest, CreateTaskRequest, Evidence, ListNotesRequest,
    ListNotesResponse, ListTasksRequest, ListTasksResponse, ListTemplatesResponse, Note, ReassignTaskRequest,
    StartTaskRequest, Task, Template, UnblockTaskRequest, WriteNoteRequest, note, task,
};
use tasks_domain::{
    File,
    note::{self as notes, NoteKind},
    task::{self as tasks, Status},
};

use crate::table::{Files, Notes, Tasks};

/// The collection of the engagements, which the engagement service keeps.
pub(crate) const ENGAGEMENTS: &str = "engagements";

acts!(Tasks => Task = task {
    new CreateTaskRequest(request, fields) => {
        fields.name("engagement", ENGAGEMENTS, &request.engagement);
        tasks::Command::Create {
            engagement: request.engagement.clone(),
            title: fields.line("title", &request.title, 1, 200),
            description: fields.text("description", &request.description, 0, 4000),
            assignee: fields.maybe_person("assignee", &request.assignee),
            file: None,
        }
    }, informed by create_on_file, on |request: &CreateTaskRequest, command: &tasks::Command| {
        let tasks::Command::Create { file, .. } = command else { return Vec::new() };
        open_file(&request.engagement, file.as_deref())
    };
    StartTaskRequest(_request, _fields) => tasks::Command::Start;
    BlockTaskRequest(request, fields) => tasks::Command::Block {
        cause: fields.text("cause", &request.cause, 1, 2000),
    };
    UnblockTaskRequest(_request, _fields) => tasks::Command::Unblock;
    ReassignTaskRequest(request, fields) => tasks::Command::Reassign {
        assignee: fields.person("assignee", &request.assignee),
    };
    CompleteTaskRequest(request, fields) => tasks::Command::Complete {
        outcome: fields.text("outcome", &request.outcome, 0, 4000),
    };
    CancelTaskRequest(request, fields) => tasks::Command::Cancel {
        cause: fields.text("cause", &request.cause, 1, 2000),
    };
});

acts!(Notes => Note = note {
    new WriteNoteRequest(request, fields) => {
        fields.name("engagement", ENGAGEMENTS, &request.engagement);
        notes::Command::Write {
            engagement: request.engagement.clone(),
            kind: fields.choice("kind", request.kind, read_note_kind, NoteKind::EnterpriseNotes),
            text: fields.text("text", &request.text, 1, 20_000),
            file: None,
        }
    }, informed by write_on_file, on |request: &WriteNoteRequest, command: &notes::Command| {
        let notes::Command::Write { file, .. } = command;
        open_file(&request.engagement, file.as_ref())
    };
});

async fn create_on_file(
    request: &CreateTaskRequest,
    mut command: tasks::Command,
    _: Option<&tasks_domain::Task>,
    desk: &Desk,
    caller: &Caller,
) -> Result<tasks::Command, Fail> {
    if let tasks::Command::Create { file, .. } = &mut command {
        *file = file_of(desk, caller, &request.engagement).await?.map(Box::new);
    }
    Ok(command)
}

async fn write_on_file(
    request: &WriteNoteRequest,
    mut command: notes::Command,
    _: Option<&tasks_domain::Note>,
    desk: &Desk,
    caller: &Caller,
) -> Result<notes::Command, Fail> {
    let notes::Command::Write { file, .. } = &mut command;
    *file = file_of(desk, caller, &request.engagement).await?;
    Ok(command)
}

/// Demands that the file is still open and has the same six, and is on hold or not as it was, when the commit is written: a
/// cancellation, another holder of a seat or a pause may have come in between.
fn open_file(engagement: &str, file: Option<&File>) -> Vec<Statement> {
    let id = name::parse(ENGAGEMENTS, engagement);
    let seats = file.map_or(0, |file| i64::from(file.seats_taken));
    let stays_open = "UPDATE files SET open = 1 WHERE id = $1 AND open = 1 AND seats_taken = $2";
    vec![Statement::new(stays_open, vec![id.into(), seats.into()]).demanding_one("open file")]
}

/// What is on file of an engagement, for those who see it.
async fn file_of(desk: &Desk, caller: &Caller, engagement: &str) -> Result<Option<File>, Fail> {
    let Some(id) = name::parse(ENGAGEMENTS, engagement) else { return Ok(None) };
    let file = desk.look::<Files>(caller, id, engagement).await?;
    Ok(file.map(|file| file.state))
}

lists!(Tasks: ListTasksRequest(request, fields) => [
    named(fields, "engagement", "engagement = ?", ENGAGEMENTS, &request.engagement),
    chosen(fields, "state", "status = ?", request.state, status_name),
    by_person(fields, "assignee", "assignee = ?", &request.assignee),
    one_of(fields, "template", "template = ?", &template_ids(), &request.template),
] -> ListTasksResponse { tasks });

lists!(Notes: ListNotesRequest(request, fields) => [
    named(fields, "engagement", "engagement = ?", ENGAGEMENTS, &request.engagement),
    chosen(fields, "kind", "kind = ?", request.kind, |n| read_note_kind(n).map(|kind| note_kind(kind).as_str_name())),
    by_person(fields, "author", "author = ?", &request.author),
] -> ListNotesResponse { notes });

fn template_ids() -> [&'static str; 3] {
    tasks_domain::Template::ALL.map(tasks_domain::Template::id)
}

/// The three templates.
pub(crate) fn templates() -> ListTemplatesResponse {
    let template = |template: &tasks_domain::Template| Template {
        id: template.id().to_owned(),
        title: template.title().to_owned(),
        title_zh: template.title_zh().to_owned(),
        rule: template.rule().to_owned(),
        evidence: template.evidence().to_owned(),
    };
    ListTemplatesResponse { templates: tasks_domain::Template::ALL.iter().map(template).collect() }
}

/// A task as it is shown.
pub(crate) fn task(record: &Record<tasks_domain::Task>) -> Task {
    let task = &record.state;
    let mut shown = Task {
        name: name::of("tasks", record.id),
        etag: wire::etag(record.version),
        create_time: Some(proto::to_wire(record.create_time)),
        update_time: Some(proto::to_wire(record.update_time)),
        engagement: task.engagement.clone(),
        customer: task.customer.clone(),
        template: task.template.map(tasks_domain::Template::id).unwrap_or_default().to_owned(),
        cycle: wire::number(task.cycle),
        title: task.title.clone(),
        title_zh: task.title_zh.clone(),
        description: task.description.clone(),
        assignee: task.assignee.to_string(),
        evidence: task.evidence.as_ref().map(evidence),
        on_hold_since_time: held(task),
        ..Task::default()
    };
    show_status(&mut shown, &task.status);
    shown
}

/// The time since which it stands still with its engagement; a closed one does not (I-24).
fn held(task: &tasks_domain::Task) -> Option<prost_types::Timestamp> {
    let hold = task.pauses.hold().filter(|_| !task.status.is_closed());
    hold.map(|pause| proto::to_wire(pause.held))
}

fn show_status(task: &mut Task, status: &Status) {
    let state = match status {
        Status::Open => task::State::Open,
        Status::InProgress => task::State::InProgress,
        Status::Blocked { cause, .. } => {
            task.blocked_cause.clone_from(cause);
            task::State::Blocked
        }
        Status::Completed { stamp, outcome } => {
            task.completed = Some(wire::stamp(stamp));
            task.outcome.clone_from(outcome);
            task::State::Completed
        }
        Status::Cancelled { stamp, cause } => {
            task.cancelled = Some(wire::stamp(stamp));
            task.cancel_cause.clone_from(cause);
            task::State::Cancelled
        }
    };
    task.set_state(state);
}

fn evidence(evidence: &tasks::Evidence) -> Evidence {
    Evidence { description: evidence.description.clone(), time: Some(proto::to_wire(evidence.time)) }
}

/// A note as it is shown.
pub(crate) fn note(record: &Record<tasks_domain::Note>) -> Note {
    let note = &record.state;
    Note {
        name: name::of("notes", record.id),
        create_time: Some(proto::to_wire(record.create_time)),
        engagement: note.engagement.clone(),
        kind: note_kind(note.kind).into(),
        text: note.text.clone(),
        written: Some(wire::stamp(&note.written)),
    }
}

/// A kind of note as it is shown.
pub(crate) fn note_kind(kind: NoteKind) -> note::Kind {
    match kind {
        NoteKind::EnterpriseNotes => note::Kind::EnterpriseNotes,
        NoteKind::EnterpriseStatusNotes => note::Kind::EnterpriseStatusNotes,
    }
}

fn read_note_kind(number: i32) -> Option<NoteKind> {
    match note::Kind::try_from(number).ok()? {
        note::Kind::Unspecified => None,
        note::Kind::EnterpriseNotes => Some(NoteKind::EnterpriseNotes),
        note::Kind::EnterpriseStatusNotes => Some(NoteKind::EnterpriseStatusNotes),
    }
}

/// The column's word for a state that was asked for.
fn status_name(number: i32) -> Option<&'static str> {
    let name = task::State::try_from(number).ok()?.as_str_name();
    name.strip_prefix("STATE_").filter(|name| *name != "UNSPECIFIED")
}

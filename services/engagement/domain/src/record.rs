//! What the tasks service tells, as far as a gate asks: tasks completed, notes written (E-3.5, E-5.4, E-5.5).

use kernel::{Context, Fault, Refusal, Role, Stamp, Time};
use serde::{Deserialize, Serialize};

use crate::{Engagement, Event, Reengagement, gate::faults, standing};

/// The playbook's tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlaybookTask {
    /// Customer Get Modern Summary (E-3.3e).
    CustomerGetModernSummary,
    /// Get Modern Pilot (E-3.4a).
    GetModernPilot,
    /// Get Modern Architect Re-engagement, one per cycle (E-5.4).
    GetModernArchitectReengagement,
}

impl PlaybookTask {
    /// The rule that asks for it.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::CustomerGetModernSummary => "E-3.3e",
            Self::GetModernPilot => "E-3.4a",
            Self::GetModernArchitectReengagement => "E-5.4",
        }
    }
}

/// The two kinds of notes on the one log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NoteKind {
    /// Enterprise Notes (E-3.5).
    EnterpriseNotes,
    /// Enterprise Status Notes (E-5.5).
    EnterpriseStatusNotes,
}

/// The two tasks of the execution, and the note that counts after both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When the Customer Get Modern Summary task was completed (E-3.3e).
    pub summary_task: Option<Time>,
    /// When the Get Modern Pilot task was completed (E-3.4a).
    pub pilot_task: Option<Time>,
    /// When the first Enterprise Note after both was written (E-3.5).
    pub enterprise_note: Option<Time>,
}

/// A completed task counts once, and only on its own evidence (I-11); anything else changes nothing.
pub(crate) fn task(
    e: &Engagement,
    task: PlaybookTask,
    cycle: u32,
    completed: &Stamp,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::acts_as(&context.caller, &[Role::Service])?;
    let counts = e.is_live() && awaits(e, task, cycle);
    Ok(counts
        .then(|| Event::TaskCompletionRecorded { task, cycle, completed: completed.clone() })
        .into_iter()
        .collect())
}

/// The evidence of `task` is there and its completion is not (I-11).
fn awaits(e: &Engagement, task: PlaybookTask, cycle: u32) -> bool {
    match task {
        PlaybookTask::CustomerGetModernSummary => {
            cycle == 0 && summary_was_final(e) && e.record.summary_task.is_none()
        }
        PlaybookTask::GetModernPilot => cycle == 0 && pilot_was_executed(e) && e.record.pilot_task.is_none(),
        PlaybookTask::GetModernArchitectReengagement => {
            rejoined(e).is_some_and(|open| open.cycle == cycle && open.task_completed.is_none())
        }
    }
}

fn summary_was_final(e: &Engagement) -> bool {
    !e.earlier_summaries.is_empty() || e.summary.as_ref().is_some_and(crate::Summary::is_final)
}

/// This one, or one before it.
fn pilot_was_executed(e: &Engagement) -> bool {
    e.had_a_pilot() || e.pilot.as_ref().is_some_and(|pilot| pilot.executed.is_some())
}

fn rejoined(e: &Engagement) -> Option<&Reengagement> {
    e.reengagements.last().filter(|last| last.is_rejoined())
}

/// The GMFTA's Enterprise Note counts after both tasks, their status note since re-joining (E-3.5, E-5.5, I-17).
pub(crate) fn note(
    e: &Engagement,
    kind: NoteKind,
    written: &Stamp,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::acts_as(&context.caller, &[Role::Service])?;
    let event = match kind {
        NoteKind::EnterpriseNotes => enterprise_note(e, written),
        NoteKind::EnterpriseStatusNotes => status_note(e, written),
    };
    let counts = e.is_live() && is_the_architects(e, written);
    Ok(event.filter(|_| counts).into_iter().collect())
}

// Any of the six may write into the log; the playbook names the GMFTA as the one who updates the fields.
fn is_the_architects(e: &Engagement, written: &Stamp) -> bool {
    let deputy = e.deputised_at(Role::Gmfta, &written.person, written.time);
    written.role == Role::Gmfta && (deputy || e.held(Role::Gmfta, &written.person, written.time))
}

// The notes and completions come in the order of the tasks journal, so arrival is what "after" means here.
fn enterprise_note(e: &Engagement, written: &Stamp) -> Option<Event> {
    let both = e.record.summary_task.is_some() && e.record.pilot_task.is_some();
    let first = e.record.enterprise_note.is_none();
    (both && first).then(|| Event::EnterpriseNoteRecorded { written: written.clone() })
}

fn status_note(e: &Engagement, written: &Stamp) -> Option<Event> {
    let open = rejoined(e)?;
    let since = open.rejoined.as_ref().is_some_and(|rejoined| rejoined.time <= written.time);
    let counts = since && open.status_note.is_none();
    counts.then(|| Event::StatusNoteRecorded { cycle: open.cycle, written: written.clone() })
}

/// What the review still waits for from the tasks service (I-13).
pub(crate) fn unrecorded(record: &Record) -> Vec<Fault> {
    let (summary, pilot) = (record.summary_task.is_some(), record.pilot_task.is_some());
    let note = record.enterprise_note.is_some();
    let (summary_open, pilot_open) =
        ("the Customer Get Modern Summary task is open", "the Get Modern Pilot task is open");
    let unwritten = "the GMFTA wrote no Enterprise Note after both tasks";
    faults([
        Fault::unless(summary, "I-13", "SUMMARY_TASK_OPEN", "record.summary_task", summary_open),
        Fault::unless(pilot, "I-13", "PILOT_TASK_OPEN", "record.pilot_task", pilot_open),
        Fault::unless(note, "I-13", "ENTERPRISE_NOTE_MISSING", "record.enterprise_note", unwritten),
    ])
}

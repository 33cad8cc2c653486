//! What happened to an engagement, which stage it thereby entered, and which rule it carried out.

use kernel::{Channel, DataSet, Person, Roster, Stamp};
use serde::{Deserialize, Serialize};

use crate::{
    Alignment, AnalyticsReport, BlockerKind, Brief, Cancellation, Handover, InternalSync, Introduction,
    Method, NewAssignment, PilotOutcome, PlaybookTask, PrepMeeting, ReactiveStart, Review, Stage,
    SummaryContent, Workshop,
};

/// What happened; the variant's name is the event's kind in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is described where the command or the part of the state has it")]
pub enum Event {
    /// The Gateway left and the execution began (R-4, I-1).
    ReactiveEngagementBegun(ReactiveStart),
    /// The Gateway left while another engagement with the tenant was in progress (I-25).
    ReactiveEngagementHeld(ReactiveStart),
    /// A case of the tenant was found open beside this engagement; intake acts on it (I-25).
    CaseFoundBeside { case: String },
    /// A case took over what was validated, of a customer that was sent to intake (P-3).
    ArrivedAtIntake { case: String },
    /// The program team assigned the engagement (P-1).
    EngagementAssigned(NewAssignment),
    /// The sync validated every item and the customer qualified (P-2, P-3).
    SyncHeld { roster: Roster, items: DataSet, sync: InternalSync },
    /// The sync validated every item and the customer did not qualify (P-3).
    AssignmentReturned { roster: Roster, items: DataSet, sync: InternalSync },
    /// The motion was coordinated with the account team (P-4).
    AccountTeamAligned(Alignment),
    /// The delivery channel was named (R-2b, I-3).
    ChannelChosen { channel: Channel },
    /// The engagement needs these tasks; the tasks service acts on it.
    TasksWanted { customer: String, roster: Roster, tasks: Vec<PlaybookTask>, cycle: u32 },
    /// What a task waits for has happened; the tasks service acts on it (I-11).
    EvidenceReady { task: PlaybookTask, cycle: u32, description: String },
    /// The introduction email went out (E-1).
    IntroductionSent(Introduction),
    /// A prep meeting was held (E-2).
    PrepMeetingHeld(PrepMeeting),
    /// Somebody reported what Desktop Analytics shows (E-2d, E-2e).
    AnalyticsReported(AnalyticsReport),
    /// The planning workshop was held (E-3).
    WorkshopHeld(Workshop),
    /// A draft of the summary was saved (E-3.3).
    SummarySaved { version: u32, content: SummaryContent },
    /// The summary became final (E-3.3e).
    SummaryFinalized { version: u32 },
    /// The pilot was planned, or planned anew (E-3.4).
    PilotPlanned { devices: Vec<String> },
    /// The pilot started (E-3.4).
    PilotStarted { devices: Vec<String> },
    /// One device came out (E-3.4).
    PilotResultRecorded { device: String, outcome: PilotOutcome, remarks: String },
    /// Every enrolled device has come out (E-3.4a).
    PilotExecuted,
    /// The tasks service completed a task (E-3.3e, E-3.4a, E-5.4).
    TaskCompletionRecorded { task: PlaybookTask, cycle: u32, completed: Stamp },
    /// An Enterprise Note was written after both tasks (E-3.5).
    EnterpriseNoteRecorded { written: Stamp },
    /// An Enterprise Status Note was written since re-joining (E-5.5).
    StatusNoteRecorded { cycle: u32, written: Stamp },
    /// The internal customer review was held (E-4).
    ReviewHeld(Review),
    /// The customer was handed over to remote execution (E-4, E-5).
    HandedOver(Handover),
    /// Somebody asked for the GMFTA to come back (E-5.1).
    ReengagementRequested { cycle: u32, escalation: String },
    /// A Get Modern SME approved and briefed (E-5.1, E-5.2).
    ReengagementApproved { cycle: u32, brief: Brief },
    /// A Get Modern SME rejected the request (E-5.1).
    ReengagementRejected { cycle: u32, cause: String },
    /// The requester said anew what happened (E-5.1).
    ReengagementAmended { cycle: u32, escalation: String },
    /// The requester took the request back (E-5.1).
    ReengagementWithdrawn { cycle: u32, cause: String },
    /// A Get Modern SME revoked the approval (E-5.2).
    ReengagementRevoked { cycle: u32, cause: String },
    /// Tasks are wanted no more; the tasks service acts on it (E-5.2).
    TasksDropped { tasks: Vec<PlaybookTask>, cycle: u32, cause: String },
    /// The GMFTA re-joined (E-5.3).
    Rejoined { cycle: u32 },
    /// The GMFTA went back to standby (E-5.4, E-5.5).
    ReengagementCompleted { cycle: u32 },
    /// A blocker was raised (G-5, O-4).
    BlockerRaised { number: u32, kind: BlockerKind, description: String },
    /// A blocker was resolved (G-5, O-4).
    BlockerResolved { number: u32, resolution: String },
    /// The engagement was cancelled; tasks and intake act on it.
    EngagementCancelled {
        cancellation: Cancellation,
        customer: String,
        tenant: String,
        gmfta: Person,
        items: DataSet,
        method: Method,
    },
}

/// The stage an engagement enters with `event`; `None` when it stays where it is.
#[must_use]
pub fn enters(event: &Event) -> Option<Stage> {
    match event {
        Event::ReactiveEngagementHeld(_) => Some(Stage::Waiting),
        Event::EngagementAssigned(_) => Some(Stage::Assigned),
        Event::AssignmentReturned { .. } => Some(Stage::Returned),
        Event::SyncHeld { .. } => Some(Stage::Alignment),
        Event::ReactiveEngagementBegun(_) | Event::AccountTeamAligned(_) => Some(Stage::Introduction),
        Event::IntroductionSent(_) => Some(Stage::Preparation),
        Event::WorkshopHeld(_) => Some(Stage::Delivery),
        Event::ReviewHeld(_) => Some(Stage::Handover),
        Event::HandedOver(_) | Event::ReengagementCompleted { .. } => Some(Stage::Standby),
        Event::Rejoined { .. } => Some(Stage::Reengaged),
        Event::EngagementCancelled { .. } => Some(Stage::Cancelled),
        _ => None,
    }
}

/// The playbook rule that `event` carries out; empty when it is housekeeping.
pub(crate) fn rule(event: &Event) -> &'static str {
    match event {
        Event::ReactiveEngagementBegun(_) => "R-4",
        Event::ReactiveEngagementHeld(_) | Event::CaseFoundBeside { .. } => "I-25",
        Event::EngagementAssigned(_) => "P-1",
        Event::SyncHeld { .. } | Event::AssignmentReturned { .. } | Event::ArrivedAtIntake { .. } => "P-3",
        Event::AccountTeamAligned(_) => "P-4",
        Event::ChannelChosen { .. } => "R-2b",
        Event::EvidenceReady { .. } => "I-11",
        Event::IntroductionSent(_) => "E-1",
        Event::PrepMeetingHeld(_) => "E-2",
        Event::AnalyticsReported(_) => "E-2e",
        Event::WorkshopHeld(_) => "E-3",
        Event::SummarySaved { .. } => "E-3.3",
        Event::SummaryFinalized { .. } => "E-3.3e",
        Event::PilotPlanned { .. } | Event::PilotStarted { .. } | Event::PilotResultRecorded { .. } => {
            "E-3.4"
        }
        Event::PilotExecuted => "E-3.4a",
        Event::TaskCompletionRecorded { task, .. } => task.rule(),
        Event::EnterpriseNoteRecorded { .. } => "E-3.5",
        Event::StatusNoteRecorded { .. } => "E-5.5",
        Event::ReviewHeld(_) | Event::HandedOver(_) => "E-4",
        Event::ReengagementRequested { .. }
        | Event::ReengagementRejected { .. }
        | Event::ReengagementAmended { .. }
        | Event::ReengagementWithdrawn { .. } => "E-5.1",
        Event::ReengagementApproved { .. }
        | Event::ReengagementRevoked { .. }
        | Event::TasksDropped { .. } => "E-5.2",
        Event::Rejoined { .. } => "E-5.3",
        Event::ReengagementCompleted { .. } => "E-5",
        Event::BlockerRaised { .. } | Event::BlockerResolved { .. } => "G-5",
        Event::TasksWanted { .. } | Event::EngagementCancelled { .. } => "",
    }
}

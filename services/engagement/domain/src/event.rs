//! What happened to an engagement, which stage it thereby entered, and which rule it carried out.

use jiff::civil::Date;
use kernel::{Channel, DataSet, Person, Role, Roster, Stamp};
use serde::{Deserialize, Serialize};

use crate::{
    Alignment, AnalyticsReport, BlockerKind, Brief, Cancellation, Closure, Deputyship, Handover,
    InternalSync, Introduction, Method, NewAssignment, PilotOutcome, PlaybookTask, PrepMeeting,
    ReactiveStart, Review, Stage, SummaryContent, TakenOver, Workshop,
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
    /// Another delivery channel was named (R-2b, I-3).
    ChannelChanged { channel: Channel, cause: String },
    /// The engagement needs these tasks; the tasks service acts on it.
    TasksWanted {
        customer: String,
        roster: Roster,
        tasks: Vec<PlaybookTask>,
        cycle: u32,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        deputies: Vec<Deputyship>,
    },
    /// What a task waits for has happened; the tasks service acts on it (I-11).
    EvidenceReady { task: PlaybookTask, cycle: u32, description: String },
    /// The introduction email went out (E-1).
    IntroductionSent(Introduction),
    /// The introduction email went out again (E-1).
    IntroductionRepeated { email: Introduction, cause: String },
    /// A prep meeting was held (E-2).
    PrepMeetingHeld(PrepMeeting),
    /// Somebody reported what Desktop Analytics shows (E-2d, E-2e).
    AnalyticsReported(AnalyticsReport),
    /// The planning workshop was held (E-3).
    WorkshopHeld(Workshop),
    /// Another planning workshop was held (E-3).
    WorkshopRepeated { workshop: Workshop, cause: String },
    /// A draft of the summary was saved (E-3.3).
    SummarySaved { version: u32, content: SummaryContent },
    /// The summary became final (E-3.3e).
    SummaryFinalized { version: u32 },
    /// What a cancelled engagement with the same tenant had left was taken over; the tasks service acts on it (E-3.3, E-3.5).
    EngagementTakenOver(TakenOver),
    /// The pilot was planned, or planned anew (E-3.4).
    PilotPlanned { devices: Vec<String> },
    /// Another pilot was planned after one that was executed (E-3.4).
    PilotRepeated { devices: Vec<String>, cause: String },
    /// The pilot started (E-3.4).
    PilotStarted { devices: Vec<String> },
    /// One device came out (E-3.4).
    PilotResultRecorded { device: String, outcome: PilotOutcome, remarks: String },
    /// A device came out otherwise than was recorded (E-3.4).
    PilotResultCorrected {
        device: String,
        was: PilotOutcome,
        outcome: PilotOutcome,
        remarks: String,
        cause: String,
    },
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
    /// Another receives the customer, or is to be asked for there (E-4).
    ReceiverChanged { handover: Handover, cause: String },
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
    /// A seat was given to somebody who has yet to acknowledge; `people` is everyone who belongs to the engagement now.
    SeatGiven { role: Role, successor: Person, cause: String, people: Vec<Person> },
    /// A seat is its successor's, who has acknowledged or is still to; the tasks service acts on it (R-4, I-22).
    SeatTaken {
        role: Role,
        person: Person,
        successor: Person,
        cause: String,
        given: Stamp,
        acknowledged: bool,
        roster: Option<Roster>,
        people: Vec<Person>,
    },
    /// The successor acknowledged a seat that was theirs already.
    SeatAcknowledged { role: Role },
    /// A change of a seat was taken back before anybody acknowledged it (I-22).
    SeatKept { role: Role, cause: String, people: Vec<Person> },
    /// Somebody acts for a seat from a day to a day; the tasks service acts on it (I-22).
    DeputyAppointed {
        number: u32,
        role: Role,
        deputy: Person,
        holder: Person,
        first_day: Date,
        last_day: Date,
        cause: String,
        people: Vec<Person>,
    },
    /// A deputyship ended; the tasks service acts on it (I-22).
    DeputyshipEnded { number: u32, cause: String, people: Vec<Person> },
    /// The engagement was cancelled; tasks and intake act on it.
    EngagementCancelled {
        cancellation: Cancellation,
        customer: String,
        tenant: String,
        gmfta: Person,
        items: DataSet,
        method: Method,
    },
    /// The engagement was put on hold, or on hold anew; pauses are counted from 1 (I-24).
    EngagementHeld { number: u32, cause: String, review_date: Date },
    /// The engagement goes on where it stood (I-24).
    EngagementResumed,
    /// The engagement was closed after the handover; tasks act on it (E-5, I-22).
    EngagementClosed { closure: Closure, customer: String, tenant: String },
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
        Event::EngagementClosed { .. } => Some(Stage::Closed),
        _ => None,
    }
}

/// The playbook rule that `event` carries out; empty when it is housekeeping.
pub(crate) fn rule(event: &Event) -> &'static str {
    match event {
        Event::ReactiveEngagementBegun(_) | Event::SeatTaken { .. } | Event::SeatAcknowledged { .. } => "R-4",
        Event::ReactiveEngagementHeld(_) | Event::CaseFoundBeside { .. } => "I-25",
        Event::EngagementAssigned(_) => "P-1",
        Event::SyncHeld { .. } | Event::AssignmentReturned { .. } | Event::ArrivedAtIntake { .. } => "P-3",
        Event::AccountTeamAligned(_) => "P-4",
        Event::ChannelChosen { .. } | Event::ChannelChanged { .. } => "R-2b",
        Event::EvidenceReady { .. } => "I-11",
        Event::IntroductionSent(_) | Event::IntroductionRepeated { .. } => "E-1",
        Event::PrepMeetingHeld(_) => "E-2",
        Event::AnalyticsReported(_) => "E-2e",
        Event::WorkshopHeld(_) | Event::WorkshopRepeated { .. } => "E-3",
        Event::SummarySaved { .. } | Event::EngagementTakenOver(_) => "E-3.3",
        Event::SummaryFinalized { .. } => "E-3.3e",
        Event::PilotPlanned { .. }
        | Event::PilotRepeated { .. }
        | Event::PilotStarted { .. }
        | Event::PilotResultRecorded { .. }
        | Event::PilotResultCorrected { .. } => "E-3.4",
        Event::PilotExecuted => "E-3.4a",
        Event::TaskCompletionRecorded { task, .. } => task.rule(),
        Event::EnterpriseNoteRecorded { .. } => "E-3.5",
        Event::StatusNoteRecorded { .. } => "E-5.5",
        Event::ReviewHeld(_) | Event::HandedOver(_) | Event::ReceiverChanged { .. } => "E-4",
        Event::ReengagementRequested { .. }
        | Event::ReengagementRejected { .. }
        | Event::ReengagementAmended { .. }
        | Event::ReengagementWithdrawn { .. } => "E-5.1",
        Event::ReengagementApproved { .. }
        | Event::ReengagementRevoked { .. }
        | Event::TasksDropped { .. } => "E-5.2",
        Event::Rejoined { .. } => "E-5.3",
        Event::ReengagementCompleted { .. } | Event::EngagementClosed { .. } => "E-5",
        Event::EngagementHeld { .. } | Event::EngagementResumed => "I-24",
        Event::BlockerRaised { .. } | Event::BlockerResolved { .. } => "G-5",
        Event::SeatGiven { .. }
        | Event::SeatKept { .. }
        | Event::DeputyAppointed { .. }
        | Event::DeputyshipEnded { .. } => "I-22",
        Event::TasksWanted { .. } | Event::EngagementCancelled { .. } => "",
    }
}

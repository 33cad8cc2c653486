//! What somebody may want done with an engagement: one per call of the service, and three from its followers.

use jiff::{SignedDuration, civil::Date};
use kernel::{Channel, Contact, InProgress, Role, Stamp};

use crate::{
    Alignment, AnalyticsReport, BlockerKind, Brief, Cancellation, Closure, Introduction, Move, NewAssignment,
    NewDeputy, NewSeat, NoteKind, PilotOutcome, PlaybookTask, Predecessor, PrepMeeting, ReactiveStart,
    ReviewMeeting, SummaryContent, SyncMeeting, Workshop,
};

/// What somebody wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// The Gateway has left: begin the execution (R-4, I-1). From a service only.
    BeginReactive {
        /// What the Gateway leaves behind.
        start: ReactiveStart,
        /// Another engagement with the tenant is in progress, so that this one has to wait (I-25).
        must_wait: bool,
    },
    /// The Gateway has disengaged the case: one that waits ends with it (I-25). From a service only.
    EndWaiting,
    /// A case has taken over what was validated, of a customer that was sent to intake (P-3). From a service only.
    RecordCase {
        /// The case, `cases/{case}`.
        case: String,
    },
    /// A case of the tenant was opened while this one is in progress (I-25). From a service only.
    FindCase {
        /// The case, `cases/{case}`.
        case: String,
    },
    /// The tasks service completed a task (E-3.3e, E-3.4a, E-5.4). From a service only.
    RecordTaskCompletion {
        /// Which of the playbook's tasks.
        task: PlaybookTask,
        /// Its re-engagement cycle; 0 for the execution itself.
        cycle: u32,
        /// Who completed it and when.
        completed: Stamp,
    },
    /// The tasks service took a note (E-3.5, E-5.5). From a service only.
    RecordNote {
        /// Which of the two kinds.
        kind: NoteKind,
        /// Who wrote it and when.
        written: Stamp,
    },
    /// Assign the engagement to a GMFTA (P-1).
    AssignEngagement {
        /// The assignment.
        assignment: NewAssignment,
        /// The open case of the tenant, as intake says (I-4, I-25).
        case: Option<InProgress>,
    },
    /// Hold the internal sync (P-2, P-3).
    HoldInternalSync(SyncMeeting),
    /// Coordinate the motion with the account team (P-4).
    AlignAccountTeam {
        /// With whom, and what was agreed.
        alignment: Alignment,
        /// The delivery channel, when it is known already.
        channel: Option<Channel>,
    },
    /// Name the delivery channel (R-2b, I-3).
    ChooseChannel {
        /// CSS or FRP.
        channel: Channel,
        /// Why another than before; empty the first time.
        cause: String,
    },
    /// Send the introduction email (E-1).
    SendIntroduction {
        /// The email.
        email: Introduction,
        /// Why it goes out again; empty the first time.
        cause: String,
    },
    /// Hold a prep meeting (E-2).
    HoldPrepMeeting(PrepMeeting),
    /// Report what Desktop Analytics shows (E-2d, E-2e).
    ReportAnalytics {
        /// What it shows.
        report: AnalyticsReport,
        /// How long it counts at the gate; 28 days when nothing is said.
        counts: Option<SignedDuration>,
        /// Why it is reported anew; may be empty.
        cause: String,
    },
    /// Hold the planning workshop (E-3).
    HoldWorkshop {
        /// The workshop.
        workshop: Workshop,
        /// Why another is held; empty the first time.
        cause: String,
        /// The versions of Windows 10 that its plan may name beside those that are known: a fact of the settings.
        more_versions: Vec<String>,
    },
    /// Save the draft of the summary (E-3.3).
    SaveSummary {
        /// What it says; replaces the draft.
        content: SummaryContent,
    },
    /// Make the draft final (E-3.3e).
    FinalizeSummary,
    /// Take over what a cancelled engagement with the same tenant has left (E-3.3).
    TakeOver {
        /// The engagement that was named; none where there is none of that name.
        predecessor: Option<Predecessor>,
    },
    /// Plan the pilot (E-3.4).
    PlanPilot {
        /// The devices planned.
        devices: Vec<String>,
        /// Why there is another pilot, or the pilot is planned anew; empty the first time.
        cause: String,
    },
    /// Take back another pilot that was planned (E-3.4).
    WithdrawPilot {
        /// Why.
        cause: String,
    },
    /// Start the pilot (E-3.4).
    StartPilot {
        /// The devices enrolled.
        devices: Vec<String>,
    },
    /// Record how one device came out (E-3.4).
    RecordPilotResult {
        /// An enrolled device.
        device: String,
        /// How it came out.
        outcome: PilotOutcome,
        /// What happened; may be empty.
        remarks: String,
        /// Why the result before was wrong; empty the first time.
        cause: String,
    },
    /// Hold the internal customer review (E-4).
    HoldReview(ReviewMeeting),
    /// Hand the customer over to remote execution (E-4).
    HandOver {
        /// Whom to ask for at the receiver.
        receiver_contact: Contact,
    },
    /// Name another receiver, or another contact there, after the handover (E-4).
    ChangeReceiver {
        /// Another receiver; none when it stays.
        receiver: Option<Channel>,
        /// Whom to ask for now; none when it stays.
        receiver_contact: Option<Contact>,
        /// Why.
        cause: String,
    },
    /// Ask for the GMFTA to come back (E-5.1).
    RequestReengagement {
        /// What happened.
        escalation: String,
    },
    /// Approve the request and brief the GMFTA (E-5.1, E-5.2).
    ApproveReengagement(Brief),
    /// Reject the request (E-5.1).
    RejectReengagement {
        /// Why.
        cause: String,
    },
    /// Say anew what happened, before the request is decided (E-5.1).
    AmendReengagement {
        /// What happened.
        escalation: String,
        /// Why it is said anew; may be empty.
        cause: String,
    },
    /// Take the request back, before it is decided (E-5.1).
    WithdrawReengagement {
        /// Why.
        cause: String,
    },
    /// Revoke an approval, before the GMFTA re-joins (E-5.2).
    RevokeReengagement {
        /// Why.
        cause: String,
    },
    /// Re-join (E-5.3).
    RejoinEngagement,
    /// Go back to standby (E-5.4, E-5.5).
    CompleteReengagement,
    /// Raise a blocker (G-5, O-4).
    RaiseBlocker {
        /// What it is.
        kind: BlockerKind,
        /// The same in a sentence.
        description: String,
    },
    /// Resolve a blocker (G-5, O-4).
    ResolveBlocker {
        /// Its number.
        number: u32,
        /// How.
        resolution: String,
    },
    /// Give a seat to another person (R-4, I-22).
    ChangeSeat(NewSeat),
    /// Acknowledge the seat that was given to the caller.
    AcknowledgeSeat,
    /// Take back a change of a seat that waits for its successor (I-22).
    WithdrawSeatChange {
        /// Which of the six.
        role: Role,
        /// Why.
        cause: String,
    },
    /// Appoint a deputy for a seat (R-4, I-22).
    AppointDeputy(NewDeputy),
    /// End a deputyship before its last day, or once that is over (I-22).
    EndDeputy {
        /// Its number.
        number: u32,
        /// Why.
        cause: String,
    },
    /// Cancel the engagement, or send the customer to intake.
    CancelEngagement(Cancellation),
    /// Give the customer another name (I-23).
    RenameCustomer {
        /// The name.
        customer: String,
        /// Why.
        cause: String,
    },
    /// Move it to the tenant that it is about (I-25).
    MoveEngagement(Move),
    /// The case of an engagement that waits is for another tenant (I-25). From a service only.
    FollowCase {
        /// The tenant.
        tenant: String,
    },
    /// Put it on hold, or on hold anew (I-24).
    HoldEngagement {
        /// Why.
        cause: String,
        /// The day to look at it again; none when nobody said.
        review_date: Option<Date>,
    },
    /// Go on where it stood (I-24).
    ResumeEngagement,
    /// Close it after the handover (E-5, I-22).
    CloseEngagement(Closure),
}

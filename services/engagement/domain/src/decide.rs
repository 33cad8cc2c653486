//! The one table: each command, and the phase that decides on it.

use kernel::{Context, Decider, Kind, Refusal, Stamp};

use crate::{
    Command, Engagement, Event, apply, blockers, cancellation, event, introduction, pilot, preparation,
    proactive, reactive, record, reengagement, retraction, review, summary, tenancy, workshop,
};

/// The engagements, as a thing to decide on.
#[derive(Debug)]
pub enum Engagements {}

impl Decider for Engagements {
    type State = Engagement;
    type Command = Command;
    type Event = Event;
    const PERSONAL: &'static [&'static str] = crate::personal::PERSONAL;

    fn decide(
        state: Option<&Engagement>,
        command: &Command,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        match (state, command) {
            (None, Command::BeginReactive { start, must_wait }) => {
                reactive::begin(start, *must_wait, context)
            }
            (None, Command::AssignEngagement { assignment, case }) => {
                proactive::assign(assignment, case.as_ref(), context)
            }
            (None, _) => Err(Refusal::not_found("engagement")),
            (Some(engagement), command) => proceed(engagement, command, context),
        }
    }

    fn apply(state: Option<Engagement>, event: &Event, stamp: &Stamp) -> Option<Engagement> {
        apply::apply(state, event, stamp)
    }

    fn rule(event: &Event) -> &'static str {
        event::rule(event)
    }
}

fn proceed(e: &Engagement, command: &Command, context: &Context) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::BeginReactive { start, must_wait } => reactive::begin_after(e, start, *must_wait, context),
        Command::AssignEngagement { .. } => Err(already_begun()),
        Command::EndWaiting => tenancy::end_waiting(e, context),
        Command::RecordCase { case } => tenancy::arrived(e, case, context),
        Command::FindCase { case } => tenancy::find_case(e, case, context),
        Command::RecordTaskCompletion { task, cycle, completed } => {
            record::task(e, *task, *cycle, completed, context)
        }
        Command::RecordNote { kind, written } => record::note(e, *kind, written, context),
        Command::HoldInternalSync(meeting) => proactive::sync(e, meeting, context),
        Command::AlignAccountTeam { alignment, channel } => {
            proactive::align(e, alignment, channel.as_ref(), context)
        }
        Command::ChooseChannel { channel } => proactive::choose_channel(e, channel, context),
        Command::SendIntroduction(introduction) => introduction::send(e, introduction, context),
        Command::HoldPrepMeeting(meeting) => preparation::meet(e, meeting, context),
        Command::ReportAnalytics(report) => preparation::report(e, report, context),
        Command::HoldWorkshop(workshop) => workshop::hold(e, workshop, context),
        Command::SaveSummary { content } => summary::save(e, content, context),
        Command::FinalizeSummary => summary::finalize(e, context),
        Command::PlanPilot { devices } => pilot::plan(e, devices, context),
        Command::StartPilot { devices } => pilot::start(e, devices, context),
        Command::RecordPilotResult { device, outcome, remarks } => {
            pilot::record_result(e, device, *outcome, remarks, context)
        }
        Command::HoldReview { present, conclusions } => review::hold(e, present, conclusions, context),
        Command::HandOver { receiver_contact } => review::hand_over(e, receiver_contact, context),
        Command::RequestReengagement { escalation } => reengagement::request(e, escalation, context),
        Command::ApproveReengagement(brief) => reengagement::approve(e, brief, context),
        Command::RejectReengagement { cause } => reengagement::reject(e, cause, context),
        Command::AmendReengagement { escalation } => retraction::amend(e, escalation, context),
        Command::WithdrawReengagement { cause } => retraction::withdraw(e, cause, context),
        Command::RevokeReengagement { cause } => retraction::revoke(e, cause, context),
        Command::RejoinEngagement => reengagement::rejoin(e, context),
        Command::CompleteReengagement => reengagement::complete(e, context),
        Command::RaiseBlocker { kind, description } => blockers::raise(e, *kind, description, context),
        Command::ResolveBlocker { number, resolution } => blockers::resolve(e, *number, resolution, context),
        Command::CancelEngagement(cancellation) => cancellation::cancel(e, cancellation, context),
    }
}

pub(crate) fn already_begun() -> Refusal {
    Refusal::new(
        Kind::AlreadyExists,
        "I-20",
        "ALREADY_BEGUN",
        "engagement",
        "the engagement has begun already",
    )
}

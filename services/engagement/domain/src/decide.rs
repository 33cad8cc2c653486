//! The one table: each command, and the phase that decides on it.

use kernel::{Context, Decider, Kind, Refusal, Stamp};

use crate::{
    Command, Engagement, Event, apply, blockers, cancellation, channel, closure, customer, deputies, event,
    hold, introduction, pilot, pilot::PilotReport, preparation, proactive, reactive, receiver, record,
    reengagement, retraction, review, seats, summary, takeover, tenancy, workshop,
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

fn proceed(e: &Engagement, command: &Command, actor: &Context) -> Result<Vec<Event>, Refusal> {
    // Who acts for a seat has its rights; who takes or gives one is meant in person.
    let context = &e.as_seated(actor);
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
        Command::ChooseChannel { channel, cause } => channel::choose(e, channel, cause, context),
        Command::SendIntroduction { email, cause } => introduction::send(e, email, cause, context),
        Command::HoldPrepMeeting(meeting) => preparation::meet(e, meeting, context),
        Command::ReportAnalytics { report, counts, cause } => {
            preparation::report(e, report, *counts, cause, context)
        }
        Command::HoldWorkshop { workshop, cause, more_versions } => {
            workshop::hold(e, workshop, cause, more_versions, context)
        }
        Command::SaveSummary { content } => summary::save(e, content, context),
        Command::FinalizeSummary => summary::finalize(e, context),
        Command::TakeOver { predecessor } => takeover::take_over(e, predecessor.as_ref(), context),
        Command::PlanPilot { devices, cause } => pilot::plan(e, devices, cause, context),
        Command::WithdrawPilot { cause } => pilot::withdraw(e, cause, context),
        Command::StartPilot { devices } => pilot::start(e, devices, context),
        Command::RecordPilotResult { device, outcome, remarks, cause } => {
            pilot::record_result(e, &PilotReport { device, outcome: *outcome, remarks, cause }, context)
        }
        Command::HoldReview(meeting) => review::hold(e, meeting, context),
        Command::HandOver { receiver_contact } => review::hand_over(e, receiver_contact, context),
        Command::ChangeReceiver { receiver, receiver_contact, cause } => {
            receiver::change(e, receiver.as_ref(), receiver_contact.as_ref(), cause, context)
        }
        Command::RequestReengagement { escalation } => reengagement::request(e, escalation, context),
        Command::ApproveReengagement(brief) => reengagement::approve(e, brief, context),
        Command::RejectReengagement { cause } => reengagement::reject(e, cause, context),
        Command::AmendReengagement { escalation, cause } => retraction::amend(e, escalation, cause, context),
        Command::WithdrawReengagement { cause } => retraction::withdraw(e, cause, context),
        Command::RevokeReengagement { cause } => retraction::revoke(e, cause, context),
        Command::RejoinEngagement => reengagement::rejoin(e, context),
        Command::CompleteReengagement => reengagement::complete(e, context),
        Command::RaiseBlocker { kind, description } => blockers::raise(e, *kind, description, context),
        Command::ResolveBlocker { number, resolution } => blockers::resolve(e, *number, resolution, context),
        Command::ChangeSeat(new) => seats::change(e, new, actor),
        Command::AcknowledgeSeat => seats::acknowledge(e, actor),
        Command::WithdrawSeatChange { role, cause } => seats::withdraw(e, *role, cause, actor),
        Command::AppointDeputy(new) => deputies::appoint(e, new, actor),
        Command::EndDeputy { number, cause } => deputies::end(e, *number, cause, actor),
        Command::CancelEngagement(cancellation) => cancellation::cancel(e, cancellation, context),
        Command::RenameCustomer { customer, cause } => customer::rename(e, customer, cause, context),
        Command::MoveEngagement(to) => customer::relocate(e, to, context),
        Command::FollowCase { tenant } => customer::follow(e, tenant, context),
        Command::HoldEngagement { cause, review_date } => hold::hold(e, cause, *review_date, context),
        Command::ResumeEngagement => hold::resume(e, context),
        Command::CloseEngagement(closure) => closure::close(e, closure, context),
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

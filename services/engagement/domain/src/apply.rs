//! What an engagement is after an event; the row is nothing but these, one after the other.

use kernel::{Channel, DataSet, Roster, Stamp};

use crate::{
    Assignment, Blocker, Brief, Closure, Engagement, Event, InternalSync, Method, NewAssignment, Pilot,
    PilotResult, PlaybookTask, ReactiveStart, Reengagement, ReengagementState, Stage, Stamped, Summary,
    SummaryContent, enters,
};

/// The engagement after `event`; one that does not fit leaves it as it was.
pub(crate) fn apply(state: Option<Engagement>, event: &Event, stamp: &Stamp) -> Option<Engagement> {
    match (state, event) {
        (None, Event::ReactiveEngagementBegun(start)) => Some(begun(start, Stage::Introduction, stamp)),
        (None, Event::ReactiveEngagementHeld(start)) => Some(begun(start, Stage::Waiting, stamp)),
        (None, Event::EngagementAssigned(assignment)) => Some(assigned(assignment, stamp)),
        (Some(mut engagement), event) if fits(&engagement, event) => {
            engagement.take(event, stamp);
            if let Some(stage) = enters(event) {
                engagement.enter(stage, stamp.time);
            }
            Some(engagement)
        }
        (state, _) => state,
    }
}

/// Only one that waits can begin once more.
fn fits(engagement: &Engagement, event: &Event) -> bool {
    match event {
        Event::EngagementAssigned(_) => false,
        Event::ReactiveEngagementBegun(_) | Event::ReactiveEngagementHeld(_) => {
            engagement.stage == Stage::Waiting
        }
        _ => true,
    }
}

fn begun(start: &ReactiveStart, stage: Stage, stamp: &Stamp) -> Engagement {
    let ReactiveStart { case, customer, tenant, roster, channel, items, begun } = start;
    Engagement {
        case: Some(case.clone()),
        roster: Some(roster.clone()),
        channel: Some(channel.clone()),
        items: items.clone(),
        begun: *begun,
        ..Engagement::begin(Method::Reactive, stage, customer, tenant, &roster.gmfta, stamp.time)
    }
}

fn assigned(new: &NewAssignment, stamp: &Stamp) -> Engagement {
    let NewAssignment { customer, tenant, aim, gmfta, items } = new;
    Engagement {
        assignment: Some(Stamped::new(&Assignment { aim: aim.clone() }, stamp)),
        items: items.clone(),
        ..Engagement::begin(Method::Proactive, Stage::Assigned, customer, tenant, gmfta, stamp.time)
    }
}

impl Engagement {
    fn take(&mut self, event: &Event, stamp: &Stamp) {
        match event {
            Event::ReactiveEngagementBegun(start) | Event::ReactiveEngagementHeld(start) => {
                self.handed_over(start);
            }
            Event::SyncHeld { roster, items, sync } | Event::AssignmentReturned { roster, items, sync } => {
                self.synced(roster, items, sync, stamp);
            }
            Event::AccountTeamAligned(alignment) => self.alignment = Some(Stamped::new(alignment, stamp)),
            Event::ChannelChosen { channel } => self.channel_chosen(channel),
            Event::IntroductionSent(email) => self.introduction = Some(Stamped::new(email, stamp)),
            Event::PrepMeetingHeld(meeting) => self.prep_meetings.push(Stamped::new(meeting, stamp)),
            Event::AnalyticsReported(report) => self.analytics = Some(Stamped::new(report, stamp)),
            Event::WorkshopHeld(workshop) => self.workshop = Some(Stamped::new(workshop, stamp)),
            Event::SummarySaved { version, content } => self.summary_saved(*version, content, stamp),
            Event::SummaryFinalized { .. } => self.summary_finalized(stamp),
            Event::EngagementTakenOver(taken) => {
                self.draft_taken(taken);
                self.taken_over = Some(Stamped::new(taken, stamp));
            }
            Event::PilotPlanned { .. }
            | Event::PilotStarted { .. }
            | Event::PilotResultRecorded { .. }
            | Event::PilotExecuted => self.piloted(event, stamp),
            Event::TaskCompletionRecorded { task, completed, .. } => self.task_completed(*task, completed),
            Event::EnterpriseNoteRecorded { written } => self.record.enterprise_note = Some(written.time),
            Event::ReviewHeld(review) => self.review = Some(Stamped::new(review, stamp)),
            Event::HandedOver(handover) => self.handover = Some(Stamped::new(handover, stamp)),
            Event::ChannelChanged { .. }
            | Event::IntroductionRepeated { .. }
            | Event::WorkshopRepeated { .. }
            | Event::PilotRepeated { .. }
            | Event::PilotResultCorrected { .. }
            | Event::ReceiverChanged { .. } => self.supersede(event, stamp),
            Event::ReengagementRequested { cycle, escalation } => {
                self.reengagements.push(Reengagement::new(*cycle, escalation, stamp));
            }
            Event::BlockerRaised { .. } | Event::BlockerResolved { .. } => self.blocked(event, stamp),
            Event::SeatGiven { .. }
            | Event::SeatTaken { .. }
            | Event::SeatAcknowledged { .. }
            | Event::SeatKept { .. } => self.seated(event, stamp),
            Event::DeputyAppointed { .. } | Event::DeputyshipEnded { .. } => self.deputised(event, stamp),
            Event::EngagementCancelled { cancellation, .. } => {
                self.end_pause(stamp);
                self.cancellation = Some(Stamped::new(cancellation, stamp));
            }
            Event::EngagementHeld { cause, review_date, .. } => self.paused(cause, *review_date, stamp),
            Event::EngagementResumed => self.end_pause(stamp),
            Event::EngagementClosed { closure, .. } => self.closed(closure, stamp),
            Event::ArrivedAtIntake { case } => self.sent_to = Some(case.clone()),
            _ => self.cycled(event, stamp),
        }
    }

    /// The Gateway has left again: its roster, channel and facts take the place of those it left before (I-25).
    fn handed_over(&mut self, start: &ReactiveStart) {
        let ReactiveStart { case: _, customer, tenant, roster, channel, items, begun } = start.clone();
        self.gmfta = roster.gmfta.clone();
        (self.customer, self.tenant, self.items) = (customer, tenant, items);
        (self.roster, self.channel, self.begun) = (Some(roster), Some(channel), begun);
    }

    fn synced(&mut self, roster: &Roster, items: &DataSet, sync: &InternalSync, stamp: &Stamp) {
        self.roster = Some(roster.clone());
        self.items.clone_from(items);
        self.sync = Some(Stamped::new(sync, stamp));
    }

    fn channel_chosen(&mut self, channel: &Channel) {
        self.channel = Some(channel.clone());
    }

    fn summary_saved(&mut self, version: u32, content: &SummaryContent, stamp: &Stamp) {
        let (content, saved) = (content.clone(), stamp.clone());
        let draft = Summary { version, content, saved, finalized: None, from: None };
        self.earlier_summaries.extend(self.summary.replace(draft).filter(Summary::is_final));
    }

    fn summary_finalized(&mut self, stamp: &Stamp) {
        if let Some(summary) = &mut self.summary {
            summary.finalized = Some(stamp.clone());
        }
    }

    fn piloted(&mut self, event: &Event, stamp: &Stamp) {
        if let Event::PilotPlanned { devices } = event {
            self.pilot = Some(planned(devices, stamp));
        }
        let Some(pilot) = &mut self.pilot else { return };
        match event {
            Event::PilotStarted { devices } => {
                pilot.enrolled_devices.clone_from(devices);
                pilot.started = Some(stamp.clone());
            }
            Event::PilotResultRecorded { device, outcome, remarks } => pilot.results.push(PilotResult {
                device: device.clone(),
                outcome: *outcome,
                remarks: remarks.clone(),
                stamp: stamp.clone(),
            }),
            Event::PilotExecuted => pilot.executed = Some(stamp.time),
            _ => {}
        }
    }

    fn task_completed(&mut self, task: PlaybookTask, completed: &Stamp) {
        match task {
            PlaybookTask::CustomerGetModernSummary => self.record.summary_task = Some(completed.time),
            PlaybookTask::GetModernPilot => self.record.pilot_task = Some(completed.time),
            PlaybookTask::GetModernArchitectReengagement => {
                if let Some(open) = self.reengagements.last_mut() {
                    open.task_completed = Some(completed.clone());
                }
            }
        }
    }

    fn blocked(&mut self, event: &Event, stamp: &Stamp) {
        match event {
            Event::BlockerRaised { number, kind, description } => self.blockers.push(Blocker {
                number: *number,
                kind: *kind,
                description: description.clone(),
                raised: stamp.clone(),
                resolution: None,
                resolved: None,
            }),
            Event::BlockerResolved { number, resolution } => {
                let known = self.blockers.iter_mut().find(|blocker| blocker.number == *number);
                if let Some(blocker) = known {
                    blocker.resolution = Some(resolution.clone());
                    blocker.resolved = Some(stamp.clone());
                }
            }
            _ => {}
        }
    }

    /// A request that is open ends with the engagement.
    fn closed(&mut self, closure: &Closure, stamp: &Stamp) {
        self.end_pause(stamp);
        if let Some(open) = self.reengagements.last_mut().filter(|last| last.is_open()) {
            open.retract(ReengagementState::Closed, &closure.cause, stamp);
        }
        self.closure = Some(Stamped::new(closure, stamp));
    }

    fn cycled(&mut self, event: &Event, stamp: &Stamp) {
        let Some(open) = self.reengagements.last_mut() else { return };
        let mark = Some(stamp.clone());
        match event {
            Event::ReengagementApproved { brief, .. } => open.approved(brief, stamp),
            Event::ReengagementRejected { cause, .. } => {
                open.state = ReengagementState::Rejected;
                open.rejection_cause = Some(cause.clone());
                open.decided = mark;
            }
            Event::ReengagementAmended { escalation, .. } => {
                open.escalation.clone_from(escalation);
                open.amended = mark;
            }
            Event::ReengagementWithdrawn { cause, .. } => {
                open.retract(ReengagementState::Withdrawn, cause, stamp);
            }
            Event::ReengagementRevoked { cause, .. } => {
                open.retract(ReengagementState::Revoked, cause, stamp);
            }
            Event::Rejoined { .. } => {
                open.state = ReengagementState::Rejoined;
                open.rejoined = mark;
            }
            Event::StatusNoteRecorded { written, .. } => open.status_note = Some(written.clone()),
            Event::ReengagementCompleted { .. } => {
                open.state = ReengagementState::Completed;
                open.completed = mark;
            }
            _ => {}
        }
    }
}

pub(crate) fn planned(devices: &[String], stamp: &Stamp) -> Pilot {
    Pilot {
        planned_devices: devices.to_vec(),
        planned: stamp.clone(),
        enrolled_devices: Vec::new(),
        started: None,
        results: Vec::new(),
        executed: None,
    }
}

impl Reengagement {
    fn approved(&mut self, brief: &Brief, stamp: &Stamp) {
        self.state = ReengagementState::Approved;
        self.brief = Some(brief.clone());
        self.decided = Some(stamp.clone());
    }
}

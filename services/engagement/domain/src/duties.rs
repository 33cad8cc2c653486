//! What an engagement waits for: on whom, since when, and everything still missing for it.

use kernel::{DataSet, Duty, Fault, REPORT_ANALYTICS, REVIEW_HOLD, Role, Target, Time};

use crate::{
    Engagement, Pause, ReengagementState, SeatChange, Stage, blockers, hold, pilot, preparation, proactive,
    reengagement, review, standing, summary, tenancy,
};

/// The name of the setting by which a report on Desktop Analytics counts at the gate for a time (E-2e).
pub const DATA_FLOWS: &str = "DATA_FLOWS";
const ACKNOWLEDGE_SEAT: &str = "ACKNOWLEDGE_SEAT";
/// The same while the engagement is on hold: it can be done, and has no target to be late by (I-24).
const ACKNOWLEDGE_SEAT_ON_HOLD: &str = "ACKNOWLEDGE_SEAT_ON_HOLD";

/// The times within which prompt steps are due (E-5.1, E-5.3), and for which a report counts (E-2e).
pub const TARGETS: &[Target] = &[
    Target { action: "APPROVE_REENGAGEMENT", hours: 24 },
    Target { action: "REJOIN_ENGAGEMENT", hours: 4 },
    Target { action: ACKNOWLEDGE_SEAT, hours: 48 },
    Target { action: DATA_FLOWS, hours: preparation::COUNTS },
];

/// Everything this engagement waits for; nothing once it has ended. The clocks of duties stand still while it is on hold (I-24).
#[must_use]
pub fn duties(e: &Engagement) -> Vec<Duty> {
    let mut all = match e.hold() {
        Some(pause) => held(e, pause),
        None => steps(e),
    };
    for duty in &mut all {
        hold_up(e, duty);
        duty.since = e.on_the_clock(duty.since);
    }
    all
}

/// No step waits on anybody on hold; a seat that was given does, but against no clock. On its day somebody is to ask whether to go
/// on (I-24).
fn held(e: &Engagement, pause: &Pause) -> Vec<Duty> {
    let since = hold::beginning(pause.review_date).max(pause.held.time);
    let asks = architect(e, REVIEW_HOLD, since, Vec::new());
    let program_team = Duty { since, ..program_team(e, REVIEW_HOLD) };
    let acknowledging =
        |given: &SeatChange| Duty { action: ACKNOWLEDGE_SEAT_ON_HOLD, ..acknowledging(given) };
    let seats = e.seat_changes.iter().map(acknowledging);
    [asks, program_team].into_iter().chain(blocked(e)).chain(seats).collect()
}

fn steps(e: &Engagement) -> Vec<Duty> {
    let mut all = match e.stage {
        Stage::Assigned => vec![sync(e)],
        Stage::Returned => vec![program_team(e, "CANCEL_ENGAGEMENT")],
        Stage::Alignment => vec![architect(e, "ALIGN_ACCOUNT_TEAM", e.stage_since, Vec::new())],
        Stage::Introduction => vec![architect(e, "SEND_INTRODUCTION", e.stage_since, Vec::new())],
        Stage::Preparation => preparing(e),
        Stage::Delivery => delivering(e),
        Stage::Handover => handing_over(e),
        Stage::Standby => standing_by(e),
        Stage::Reengaged => completing(e),
        Stage::Waiting => vec![waiting(e)],
        Stage::Cancelled | Stage::Closed => return Vec::new(),
    };
    all.extend(channel(e));
    all.extend(blocked(e));
    all.extend(e.seat_changes.iter().map(acknowledging));
    all
}

/// A seat that was given waits for its successor.
fn acknowledging(given: &SeatChange) -> Duty {
    let SeatChange { role, successor, given, .. } = given;
    let person = Some(successor.clone());
    Duty { action: ACKNOWLEDGE_SEAT, role: *role, person, since: given.time, missing: Vec::new() }
}

/// The other steps of a seat wait for it too, once the one before has left.
fn hold_up(e: &Engagement, duty: &mut Duty) {
    let acknowledges = [ACKNOWLEDGE_SEAT, ACKNOWLEDGE_SEAT_ON_HOLD].contains(&duty.action);
    if !acknowledges && duty.person.as_ref() == e.holder(duty.role) {
        duty.missing.extend(standing::unacknowledged(e, duty.role));
    }
}

fn architect(e: &Engagement, action: &'static str, since: Time, missing: Vec<Fault>) -> Duty {
    Duty { action, role: Role::Gmfta, person: Some(e.gmfta.clone()), since, missing }
}

fn program_team(e: &Engagement, action: &'static str) -> Duty {
    Duty { action, role: Role::ProgramTeam, person: None, since: e.stage_since, missing: Vec::new() }
}

/// The Gateway has its own duty on the case: to start the handoff again, or to disengage it (I-25).
fn waiting(e: &Engagement) -> Duty {
    Duty { missing: vec![tenancy::in_the_way(e)], ..program_team(e, "CANCEL_ENGAGEMENT") }
}

fn sync(e: &Engagement) -> Duty {
    // What is known beforehand is to be confirmed all the same.
    let every = proactive::unvalidated(&DataSet::new(), &kernel::REQUIRED_ITEMS);
    architect(e, "HOLD_INTERNAL_SYNC", e.stage_since, every)
}

fn preparing(e: &Engagement) -> Vec<Duty> {
    let since = e.stage_since;
    let (unsettled, silent) = (preparation::unsettled(e), preparation::silent(e));
    let meeting = (!unsettled.is_empty()).then(|| architect(e, "HOLD_PREP_MEETING", since, unsettled));
    let report = reporting(e, silent);
    let workshop = architect(e, "HOLD_WORKSHOP", since, preparation::workshop_gate(e));
    meeting.into_iter().chain(report).chain([workshop]).collect()
}

/// A report is due where there is none, and anew once the last one counts no more (E-2e).
fn reporting(e: &Engagement, silent: Vec<Fault>) -> Option<Duty> {
    if !silent.is_empty() {
        return Some(architect(e, REPORT_ANALYTICS, e.stage_since, silent));
    }
    let until = e.analytics.as_ref()?.counts_until();
    Some(architect(e, REPORT_ANALYTICS, until, preparation::stale(e, Time::MAX).into_iter().collect()))
}

fn delivering(e: &Engagement) -> Vec<Duty> {
    let review = architect(e, "HOLD_REVIEW", e.stage_since, review::review_gate(e));
    unfinished_summary(e).into_iter().chain(piloting(e)).chain([review]).collect()
}

fn handing_over(e: &Engagement) -> Vec<Duty> {
    let begun_anew = unfinished_summary(e);
    [architect(e, "HAND_OVER", e.stage_since, Vec::new())].into_iter().chain(begun_anew).collect()
}

fn unfinished_summary(e: &Engagement) -> Option<Duty> {
    let done = e.summary.as_ref().is_some_and(crate::Summary::is_final);
    let gate = || summary::finalization_gate(e);
    (!done).then(|| architect(e, "FINALIZE_SUMMARY", e.stage_since, gate()))
}

fn piloting(e: &Engagement) -> Option<Duty> {
    let Some(pilot) = &e.pilot else {
        return Some(architect(e, "PLAN_PILOT", e.stage_since, Vec::new()));
    };
    let Some(started) = &pilot.started else {
        let since = e.stage_since.max(pilot.planned.time);
        return Some(architect(e, "START_PILOT", since, pilot::start_gate(e)));
    };
    let missing = || pilot::awaited(e).into_iter().map(result_missing).collect();
    pilot.executed.is_none().then(|| architect(e, "RECORD_PILOT_RESULT", started.time, missing()))
}

fn result_missing(device: &str) -> Fault {
    let message = format!("{device} has no result yet");
    Fault::new("E-3.4", "RESULT_MISSING", format!("pilot.results.{device}"), message)
}

fn standing_by(e: &Engagement) -> Vec<Duty> {
    let Some(open) = e.open_reengagement() else { return Vec::new() };
    let decided = open.decided.as_ref().map_or(open.requested.time, |decided| decided.time);
    if open.state == ReengagementState::Approved {
        return vec![architect(e, "REJOIN_ENGAGEMENT", decided, Vec::new())];
    }
    vec![Duty {
        action: "APPROVE_REENGAGEMENT",
        role: Role::GetModernSme,
        person: None,
        since: open.requested.time,
        missing: Vec::new(),
    }]
}

fn completing(e: &Engagement) -> Vec<Duty> {
    let complete = architect(e, "COMPLETE_REENGAGEMENT", e.stage_since, reengagement::completion_gate(e));
    [complete].into_iter().chain(unfinished_summary(e)).collect()
}

fn channel(e: &Engagement) -> Option<Duty> {
    let open =
        matches!(e.stage, Stage::Alignment | Stage::Introduction | Stage::Preparation | Stage::Delivery);
    let since = e.sync.as_ref().map_or(e.stage_since, |sync| sync.stamp.time);
    (open && e.channel.is_none()).then(|| architect(e, "CHOOSE_CHANNEL", since, Vec::new()))
}

fn blocked(e: &Engagement) -> Option<Duty> {
    let oldest = e.open_blockers().map(|blocker| blocker.raised.time).min()?;
    let on_gmfta = architect(e, "RESOLVE_BLOCKER", oldest, blockers::unresolved(e));
    // On standby the GMFTA has no lead duty; the FM sees to it, or has them called back (E-5).
    let fm = e.roster.as_ref().filter(|_| e.stage == Stage::Standby).map(|roster| roster.fm.clone());
    Some(match fm {
        Some(fm) => Duty { role: Role::Fm, person: Some(fm), ..on_gmfta },
        None => on_gmfta,
    })
}

//! Any sequence of commands keeps every invariant, judged from the journal alone; folding it gives the row.

use std::collections::BTreeSet;

use engagement_domain::*;
use kernel::{Caller, Channel, REQUIRED_ITEMS, Role, Stamp, Verdict, fold};
use proptest::prelude::*;

use crate::{life, support::*, transitions};

pub(crate) type Journal = [(Event, Stamp)];

/// The commands of the table, and each wrong one a guard is there for.
fn pool(hours: i64) -> Vec<(Caller, Command)> {
    let time = hour(hours);
    let mut gap = sync_meeting(Verdict::Qualified);
    gap.confirmed.pop();
    let mut email = introduction();
    email.installation_instructions.clear();
    let mut part = meeting();
    part.agenda.clear();
    let mut all = transitions::commands();
    all.extend([
        (gmfta(), Command::HoldInternalSync(gap)),
        (gmfta(), align(Some(Channel::Frp("fabrikam".into())))),
        (gmfta(), introduce(email)),
        (gmfta(), Command::HoldPrepMeeting(part)),
        (sme(), report(true, false)),
        (gmfta(), Command::SaveSummary { content: SummaryContent::default() }),
        (gmfta(), plan(devices(4))),
        (gmfta(), Command::StartPilot { devices: devices(11) }),
        (gmfta(), Command::StartPilot { devices: [devices(5), devices(1)].concat() }),
        (gmfta(), review(&FOUR[..3])),
        (sme(), request()),
        (caller("sol", Role::GetModernSme), approve()),
        (service(), task_done(PlaybookTask::GetModernArchitectReengagement, 2, time)),
        (service(), noted(NoteKind::EnterpriseStatusNotes, time)),
        (service(), noted(NoteKind::EnterpriseStatusNotes, hour(0))),
    ]);
    all.extend(devices(6).iter().map(|device| (fe(), result(device, PilotOutcome::Failed))));
    all.push((gmfta(), Command::StartPilot { devices: devices(6) }));
    all.extend([
        (fm(), give(Role::Fe, "zed")),
        (caller("zed", Role::Fe), Command::AcknowledgeSeat),
        (program(), hand(Role::Fm, "fay")),
        (caller("fay", Role::Fm), Command::AcknowledgeSeat),
        (caller("fay", Role::Fm), request()),
        (caller("zoe", Role::Gmfta), Command::RejoinEngagement),
        (program(), hand(Role::Gmfta, "ada")),
        (gmfta(), Command::AcknowledgeSeat),
    ]);
    all.extend(life::commands(hours));
    all
}

fn callers() -> Vec<Caller> {
    vec![
        gmfta(),
        fm(),
        fe(),
        sme(),
        approver(),
        program(),
        service(),
        caller("zoe", Role::Gmfta),
        caller("ada", Role::Fm),
        life::dora(),
        life::dirk(),
    ]
}

/// Picks by number: a command, how many hours later, and perhaps somebody else to give it.
type Pick = (prop::sample::Index, i64, Option<prop::sample::Index>);

fn picks() -> impl Strategy<Value = (prop::sample::Index, Vec<Pick>)> {
    let stranger = prop::option::weighted(0.2, any::<prop::sample::Index>());
    let pick = (any::<prop::sample::Index>(), 0..30_i64, stranger);
    (any::<prop::sample::Index>(), prop::collection::vec(pick, 1..80))
}

fn play(start: prop::sample::Index, picks: &[Pick]) -> Play {
    let milestones = transitions::milestones();
    let mut play = start.get(&milestones).1.clone();
    for (command, hours, stranger) in picks {
        play.hour += hours;
        let pool = pool(play.hour);
        let (owner, command) = command.get(&pool);
        let callers = callers();
        let who = stranger.as_ref().map_or(owner, |index| index.get(&callers));
        // A refusal is as good an answer as any here.
        let _ = play.give(who, command);
    }
    play
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_keeps_every_invariant((start, picks) in picks()) {
        let play = play(start, &picks);
        let written = serde_json::to_string(&play.journal.iter().map(|(event, _)| event).collect::<Vec<_>>());
        let read: Vec<Event> = serde_json::from_str(&written.expect("json")).expect("json");
        let stamps = play.journal.iter().map(|(_, stamp)| stamp);
        let folded = fold::<Engagements>(None, read.iter().zip(stamps));
        prop_assert_eq!(&folded, &play.state);
        let row = serde_json::to_string(&play.state).expect("json");
        prop_assert_eq!(serde_json::from_str::<Option<Engagement>>(&row).expect("json"), play.state.clone());
        if let Err(broken) = life::lawful(&play.journal) {
            prop_assert!(false, "{}", broken);
        }
        for at in 0..play.journal.len() {
            let (before, event, stamp) = (&play.journal[..at], &play.journal[at].0, &play.journal[at].1);
            if let Err(broken) = lawful(before, event, stamp) {
                prop_assert!(false, "{} broken by {:?} of {:?}", broken, event, stamp);
            }
        }
        if let Some(e) = &play.state {
            let keys: Vec<_> = duties(e).into_iter().map(|d| (d.action, d.role, d.person)).collect();
            prop_assert_eq!(keys.len(), keys.iter().collect::<std::collections::HashSet<_>>().len());
            prop_assert!(e.stage != Stage::Standby || e.handover.is_some(), "I-15");
            prop_assert_eq!(superseded(&play.journal), stood(e, &play.journal), "I-23");
            prop_assert!(e.reengagements.iter().filter(|one| one.is_open()).count() <= 1, "E-5.1");
        }
    }
}

/// I-23: what every change of what was recorded says about itself: why, by whom and when.
fn superseded(journal: &Journal) -> Vec<(&str, &Stamp)> {
    let cause = |event| match event {
        &Event::ChannelChanged { ref cause, .. }
        | &Event::IntroductionRepeated { ref cause, .. }
        | &Event::WorkshopRepeated { ref cause, .. }
        | &Event::PilotRepeated { ref cause, .. }
        | &Event::PilotWithdrawn { ref cause }
        | &Event::PilotReplanned { ref cause, .. }
        | &Event::AnalyticsRenewed { ref cause, .. }
        | &Event::ReengagementAmended { cause: Some(ref cause), .. }
        | &Event::PilotResultCorrected { ref cause, .. }
        | &Event::ReceiverChanged { ref cause, .. }
        | &Event::CustomerRenamed { ref cause, .. }
        | &Event::EngagementMoved { ref cause, .. }
        | &Event::CaseFollowed { ref cause, .. }
        | &Event::SeatTaken { ref cause, .. } => Some(cause.as_str()),
        _ => None,
    };
    journal.iter().filter_map(|(event, stamp)| cause(event).map(|cause| (cause, stamp))).collect()
}

/// What the engagement says of the same; a change of a seat that came to nothing replaced nothing that stood, and facts that a
/// sync corrects have no event of their own.
fn stood<'a>(e: &'a Engagement, journal: &Journal) -> Vec<(&'a str, &'a Stamp)> {
    let voids = |kept: &kernel::Superseded<Was>| {
        let voided = |(event, stamp): &(Event, Stamp)| {
            matches!(event, Event::SyncVoided { .. }) && *stamp == kept.stamp
        };
        matches!(kept.was, Was::Channel(_)) && journal.iter().any(voided)
    };
    let other = |was: &Was| matches!(was, Was::SeatChange(_) | Was::Items { .. } | Was::Sync(_));
    let replaced = e.superseded.iter().filter(|kept| !other(&kept.was) && !voids(kept));
    replaced.map(|kept| (kept.cause.as_str(), &kept.stamp)).collect()
}

fn holds(held: bool, rule: &'static str) -> Result<(), &'static str> {
    if held { Ok(()) } else { Err(rule) }
}

fn any_of(journal: &Journal, matches: impl Fn(&Event) -> bool) -> bool {
    journal.iter().any(|(event, _)| matches(event))
}

fn at(journal: &Journal, matches: impl Fn(&Event) -> bool) -> Option<usize> {
    journal.iter().position(|(event, _)| matches(event))
}

fn lawful(before: &Journal, event: &Event, stamp: &Stamp) -> Result<(), &'static str> {
    in_order(before, event)?;
    people(before, event, stamp)?;
    entering(before, event, stamp)?;
    delivering(before, event)?;
    pausing(before, event)?;
    calling_back(before, event)
}

/// I-7, I-15: each stage follows only those the playbook lets it follow.
fn in_order(before: &Journal, event: &Event) -> Result<(), &'static str> {
    use Stage::{
        Alignment, Assigned, Delivery, Handover, Introduction, Preparation, Reengaged, Returned, Standby,
        Waiting,
    };
    let Some(next) = enters(event) else { return Ok(()) };
    let last = last_stage(before);
    let follows: &[Option<Stage>] = match next {
        Assigned => &[None, Some(Alignment), Some(Stage::Returned)],
        Alignment | Returned => &[Some(Assigned)],
        Waiting => &[None, Some(Waiting)],
        Introduction => &[None, Some(Waiting), Some(Alignment)],
        Preparation => &[Some(Introduction)],
        Delivery => &[Some(Preparation)],
        Handover => &[Some(Delivery)],
        Standby => &[Some(Handover), Some(Reengaged)],
        Reengaged => &[Some(Standby)],
        Stage::Cancelled => {
            let over = |last| matches!(last, Standby | Reengaged | Stage::Cancelled | Stage::Closed);
            return holds(last.is_some_and(|last| !over(last)), "E-4");
        }
        Stage::Closed => &[Some(Standby), Some(Reengaged)],
    };
    holds(follows.contains(&last), "I-7")
}

/// I-24: while it is on hold nothing happens but what is no step of the execution.
fn pausing(before: &Journal, event: &Event) -> Result<(), &'static str> {
    let held = before.iter().rev().find_map(|(event, _)| match event {
        Event::EngagementHeld { .. } => Some(true),
        Event::EngagementResumed | Event::EngagementCancelled { .. } | Event::EngagementClosed { .. } => {
            Some(false)
        }
        _ => None,
    });
    let goes_on = matches!(
        event,
        Event::EngagementHeld { .. }
            | Event::EngagementResumed
            | Event::EngagementCancelled { .. }
            | Event::EngagementClosed { .. }
            | Event::CustomerRenamed { .. }
            | Event::EngagementMoved { .. }
            | Event::SyncVoided { .. }
            | Event::BlockerRaised { .. }
            | Event::BlockerResolved { .. }
            | Event::CaseFoundBeside { .. }
            | Event::SeatGiven { .. }
            | Event::SeatTaken { .. }
            | Event::SeatAcknowledged { .. }
            | Event::SeatKept { .. }
            | Event::DeputyAppointed { .. }
            | Event::DeputyshipEnded { .. }
            | Event::TaskCompletionRecorded { .. }
            | Event::EnterpriseNoteRecorded { .. }
            | Event::StatusNoteRecorded { .. }
    );
    holds(held != Some(true) || goes_on, "I-24")
}

/// Who held a seat, by the journal alone.
pub(crate) fn holder(before: &Journal, role: Role) -> Option<kernel::Person> {
    let taken = before.iter().rev().find_map(|(event, _)| match event {
        Event::SeatTaken { role: of, successor, .. } if *of == role => Some(successor.clone()),
        _ => None,
    });
    taken.or_else(|| roster().holder(role).cloned())
}

/// Who held a seat and had acknowledged it.
fn seat(before: &Journal, role: Role) -> Option<kernel::Person> {
    let acknowledged = before.iter().rev().find_map(|(event, _)| match event {
        Event::SeatTaken { role: of, acknowledged, .. } if *of == role => Some(*acknowledged),
        Event::SeatAcknowledged { role: of } if *of == role => Some(true),
        _ => None,
    });
    holder(before, role).filter(|_| acknowledged != Some(false))
}

fn last_stage(before: &Journal) -> Option<Stage> {
    before.iter().filter_map(|(event, _)| enters(event)).next_back()
}

/// I-18: whoever acts is rostered, and the architect's work is the architect's.
fn people(before: &Journal, event: &Event, stamp: &Stamp) -> Result<(), &'static str> {
    let held = seat(before, stamp.role);
    let sits = held.as_ref() == Some(&stamp.person);
    let six = sits || held.is_some() && life::acts(before, stamp);
    let ada = six && stamp.role == Role::Gmfta;
    let by = |role: Role| stamp.role == role;
    let gives = |role: Role| {
        by(Role::ProgramTeam) || six && by(Role::Fm) && [Role::Fe, Role::Sme, Role::Fta].contains(&role)
    };
    let ok = match event {
        Event::ReactiveEngagementBegun(_)
        | Event::ReactiveEngagementHeld(_)
        | Event::CaseFoundBeside { .. }
        | Event::ArrivedAtIntake { .. }
        | Event::CaseFollowed { .. }
        | Event::TaskCompletionRecorded { .. }
        | Event::EnterpriseNoteRecorded { .. }
        | Event::StatusNoteRecorded { .. } => by(Role::Service),
        // The Gateway ends what waits, with its case (I-25).
        Event::EngagementCancelled { .. } if by(Role::Service) => last_stage(before) == Some(Stage::Waiting),
        Event::EngagementAssigned(_)
        | Event::EngagementCancelled { .. }
        | Event::EngagementClosed { .. }
        | Event::CustomerRenamed { .. }
        | Event::EngagementMoved { .. }
        | Event::SyncVoided { .. } => by(Role::ProgramTeam),
        Event::ReengagementApproved { .. }
        | Event::ReengagementRejected { .. }
        | Event::ReengagementRevoked { .. } => by(Role::GetModernSme),
        Event::ChannelChosen { .. }
        | Event::ChannelChanged { .. }
        | Event::EngagementTakenOver(_)
        | Event::EngagementHeld { .. }
        | Event::EngagementResumed => by(Role::ProgramTeam) || ada,
        Event::ReceiverChanged { .. } => by(Role::ProgramTeam) || six,
        Event::AnalyticsReported(_)
        | Event::AnalyticsRenewed { .. }
        | Event::PilotResultRecorded { .. }
        | Event::PilotResultCorrected { .. }
        | Event::PilotExecuted
        | Event::BlockerResolved { .. } => six,
        Event::BlockerRaised { .. } => six && !before.is_empty(),
        Event::ReengagementRequested { .. }
        | Event::ReengagementAmended { .. }
        | Event::ReengagementWithdrawn { .. } => six && !by(Role::Gmfta),
        Event::SeatGiven { role, .. }
        | Event::SeatKept { role, .. }
        | Event::SeatTaken { role, acknowledged: false, .. } => gives(*role),
        // Nobody prolongs themselves as a deputy.
        Event::DeputyAppointed { role, deputy, .. } => {
            let may = gives(*role) || six && by(*role);
            may && (by(Role::ProgramTeam) || sits || *deputy != stamp.person)
        }
        Event::SeatTaken { role, successor, .. } => by(*role) && stamp.person == *successor,
        Event::SeatAcknowledged { role } => {
            by(*role) && holder(before, *role).as_ref() == Some(&stamp.person)
        }
        Event::TasksWanted { .. }
        | Event::TasksDropped { .. }
        | Event::EvidenceReady { .. }
        | Event::DeputyshipEnded { .. } => true,
        _ => ada,
    };
    holds(ok, "I-18")
}

/// I-1, I-3, I-6, I-8, I-9
fn entering(before: &Journal, event: &Event, stamp: &Stamp) -> Result<(), &'static str> {
    let voided = before.iter().rposition(|(event, _)| matches!(event, Event::SyncVoided { .. }));
    // A move before the execution has the sync held again, and a channel named again (I-21).
    let since = &before[voided.map_or(0, |at| at + 1)..];
    let synced = any_of(since, |e| matches!(e, Event::SyncHeld { .. }));
    match event {
        Event::ReactiveEngagementBegun(_) | Event::ReactiveEngagementHeld(_) => {
            let has_not_begun = matches!(last_stage(before), None | Some(Stage::Waiting));
            holds(has_not_begun && stamp.role == Role::Service, "I-1")
        }
        Event::ChannelChosen { .. } => holds(synced && !any_of(since, names_a_channel), "I-3"),
        Event::SyncHeld { items, sync, .. } => {
            let complete = REQUIRED_ITEMS.iter().all(|key| items.contains_key(*key));
            holds(complete && sync.assessment.verdict == Verdict::Qualified, "I-6")
        }
        Event::AccountTeamAligned(_) => holds(synced, "I-6"),
        Event::EngagementCancelled { cancellation, .. } => {
            let executing = any_of(before, |e| enters(e) == Some(Stage::Introduction));
            holds(!executing || cancellation.disposition == Disposition::Closed, "P-3")
        }
        Event::IntroductionSent(email) => {
            let parts = [&email.overview, &email.installation_instructions, &email.prep_meeting_arrangement];
            holds(parts.iter().all(|part| !part.is_empty()), "I-8")
        }
        Event::ChannelChanged { .. } => holds(any_of(before, names_a_channel), "I-3"),
        Event::IntroductionRepeated { email, .. } => holds(!email.overview.is_empty(), "I-8"),
        Event::WorkshopHeld(_) | Event::WorkshopRepeated { .. } => holds(ready(before, stamp), "I-9"),
        _ => Ok(()),
    }
}

fn ready(before: &Journal, held: &Stamp) -> bool {
    let met = |part: fn(&PrepMeeting) -> &String| {
        any_of(before, |e| matches!(e, Event::PrepMeetingHeld(meeting) if !part(meeting).is_empty()))
    };
    let last = before.iter().rev().find_map(|(event, stamp)| match event {
        Event::AnalyticsReported(report) | Event::AnalyticsRenewed { report, .. } => {
            Some((*report, held.time.duration_since(stamp.time)))
        }
        _ => None,
    });
    let flowing = last.is_some_and(|(report, age)| {
        report.installed && report.data_flowing && age <= jiff::SignedDuration::from_hours(28 * 24)
    });
    met(|m| &m.logistics) && met(|m| &m.objectives) && met(|m| &m.agenda) && flowing
}

/// I-10, I-11, I-12, I-13, I-14
fn delivering(before: &Journal, event: &Event) -> Result<(), &'static str> {
    let workshop = any_of(before, |e| matches!(e, Event::WorkshopHeld(_)));
    match event {
        Event::SummaryFinalized { .. } => holds(workshop, "I-10"),
        Event::PilotPlanned { devices }
        | Event::PilotReplanned { devices, .. }
        | Event::PilotRepeated { devices, .. } => holds(fits(devices), "I-12"),
        Event::PilotWithdrawn { .. } => holds(is_planned_further(before), "E-3.4"),
        Event::PilotResultCorrected { .. } => {
            let done = before.iter().find_map(|(event, _)| match event {
                Event::TaskCompletionRecorded { task: PlaybookTask::GetModernPilot, completed, .. } => {
                    Some(completed.time)
                }
                _ => None,
            });
            let settled =
                life::standing_pilot(before).zip(done).is_some_and(|(executed, done)| executed <= done);
            holds(!settled, "I-19")
        }
        Event::PilotStarted { devices } => {
            holds(workshop, "I-10")?;
            holds(fits(devices), "I-12")
        }
        Event::EvidenceReady { task, cycle, .. } => {
            let twice = any_of(before, |e| is_evidence(e, *task, *cycle));
            holds(!twice && evident(before, *task, *cycle), "I-11")
        }
        Event::TaskCompletionRecorded { task, cycle, .. } => {
            let twice = any_of(before, |e| is_completion(e, *task, *cycle));
            holds(!twice && any_of(before, |e| is_evidence(e, *task, *cycle)), "I-11")
        }
        Event::ReviewHeld(review) => {
            holds(recorded_in_order(before), "I-13")?;
            holds(any_of(before, names_a_channel), "I-3")?;
            holds(every_device_came_out(before), "E-3.4")?;
            holds(FOUR.iter().all(|role| review.present.contains(role)), "I-14")
        }
        _ => Ok(()),
    }
}

/// A further pilot is planned after one that was executed, and nobody has started it or taken it back.
fn is_planned_further(before: &Journal) -> bool {
    let further = before.iter().rev().find_map(|(event, _)| match event {
        Event::PilotRepeated { .. } => Some(true),
        Event::PilotStarted { .. } | Event::PilotWithdrawn { .. } => Some(false),
        _ => None,
    });
    further == Some(true)
}

fn names_a_channel(event: &Event) -> bool {
    matches!(event, Event::ChannelChosen { .. } | Event::ReactiveEngagementBegun(_))
}

fn fits(devices: &[String]) -> bool {
    let distinct: BTreeSet<_> = devices.iter().collect();
    (5..=10).contains(&distinct.len()) && distinct.len() == devices.len()
}

fn is_evidence(event: &Event, of: PlaybookTask, number: u32) -> bool {
    matches!(event, Event::EvidenceReady { task, cycle, .. } if *task == of && *cycle == number)
}

fn is_completion(event: &Event, of: PlaybookTask, number: u32) -> bool {
    matches!(event, Event::TaskCompletionRecorded { task, cycle, .. } if *task == of && *cycle == number)
}

fn evident(before: &Journal, task: PlaybookTask, number: u32) -> bool {
    match task {
        PlaybookTask::CustomerGetModernSummary => {
            any_of(before, |e| matches!(e, Event::SummaryFinalized { .. }))
        }
        PlaybookTask::GetModernPilot => every_device_came_out(before),
        PlaybookTask::GetModernArchitectReengagement => {
            any_of(before, |e| matches!(e, Event::Rejoined { cycle } if *cycle == number))
        }
    }
}

fn every_device_came_out(before: &Journal) -> bool {
    let mut open: BTreeSet<&String> = BTreeSet::new();
    let mut planned = None;
    for (event, _) in before {
        match event {
            Event::PilotRepeated { devices, .. } => {
                if !open.is_empty() {
                    return false;
                }
                planned = Some(devices);
            }
            Event::PilotWithdrawn { .. } => planned = None,
            Event::PilotStarted { devices } => {
                planned = None;
                open.extend(devices);
            }
            Event::PilotResultRecorded { device, .. } if !open.remove(device) => return false,
            _ => {}
        }
    }
    open.is_empty() && planned.is_none() && any_of(before, |e| matches!(e, Event::PilotStarted { .. }))
}

fn recorded_in_order(before: &Journal) -> bool {
    let done = |task| at(before, |e| is_completion(e, task, 0));
    let both = done(PlaybookTask::CustomerGetModernSummary).zip(done(PlaybookTask::GetModernPilot));
    let note = at(before, |e| matches!(e, Event::EnterpriseNoteRecorded { .. }));
    both.zip(note).is_some_and(|((summary, pilot), note)| summary.max(pilot) < note)
}

/// I-16, I-17
fn calling_back(before: &Journal, event: &Event) -> Result<(), &'static str> {
    match event {
        Event::Rejoined { cycle } => holds(duly_approved(before, *cycle), "I-16"),
        Event::ReengagementCompleted { cycle } => {
            let task =
                any_of(before, |e| is_completion(e, PlaybookTask::GetModernArchitectReengagement, *cycle));
            holds(task && noted_since(before, *cycle), "I-17")
        }
        _ => Ok(()),
    }
}

fn duly_approved(before: &Journal, number: u32) -> bool {
    let requester = before.iter().find_map(|(event, stamp)| match event {
        Event::ReengagementRequested { cycle, .. } if *cycle == number => Some(&stamp.person),
        _ => None,
    });
    let approver = before.iter().find_map(|(event, stamp)| match event {
        Event::ReengagementApproved { cycle, brief } if *cycle == number && !brief.nature.is_empty() => {
            Some(stamp)
        }
        _ => None,
    });
    let both = requester.zip(approver);
    both.is_some_and(|(requester, approver)| {
        approver.role == Role::GetModernSme && requester != &approver.person
    })
}

fn noted_since(before: &Journal, number: u32) -> bool {
    let rejoined = before.iter().find_map(|(event, stamp)| match event {
        Event::Rejoined { cycle } if *cycle == number => Some(stamp.time),
        _ => None,
    });
    let note = before.iter().find_map(|(event, _)| match event {
        Event::StatusNoteRecorded { cycle, written } if *cycle == number => Some(written.time),
        _ => None,
    });
    rejoined.zip(note).is_some_and(|(rejoined, note)| rejoined <= note)
}

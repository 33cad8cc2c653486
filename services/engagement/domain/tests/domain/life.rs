//! Real life in any order: people change, records are made again, work pauses and ends. What stands before and after each event keeps
//! I-16, I-18, I-19, I-22, I-23 and I-24; the commands are mixed with those of the playbook in `properties`.

use std::collections::BTreeSet;

use engagement_domain::*;
use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use kernel::{Caller, Channel, Context, DATED, Decider, Duty, Person, Role, Stamp, Time};

use crate::{
    properties::{Journal, holder},
    support::*,
};

pub(crate) fn dora() -> Caller {
    caller("dora", Role::Gmfta)
}

pub(crate) fn dirk() -> Caller {
    caller("dirk", Role::Fe)
}

/// What happens to people, records and the work itself, and each wrong one a guard is there for.
pub(crate) fn commands(hours: i64) -> Vec<(Caller, Command)> {
    let soon = |role, name: &str| deputise(role, name, hours, hours + 72);
    let later = |role, name: &str| deputise(role, name, hours + 240, hours + 480);
    let zoe = || caller("zoe", Role::Gmfta);
    let mut all = vec![
        (gmfta(), soon(Role::Gmfta, "dora")),
        (dora(), meet()),
        (dora(), later(Role::Gmfta, "dora")),
        (dora(), introduce_because(introduction(), "to the head of IT too")),
        (fe(), soon(Role::Fe, "dirk")),
        (dirk(), report(true, true)),
        (dirk(), corrected("pc-1", PilotOutcome::Failed)),
        (dirk(), later(Role::Fe, "dirk")),
        (program(), soon(Role::Gmfta, "gus")),
        (fm(), soon(Role::Sme, "gus")),
        (fm(), keep(Role::Fe)),
        (program(), keep(Role::Fm)),
        (zoe(), meet()),
        (zoe(), Command::ResumeEngagement),
        (zoe(), hold()),
        (gmfta(), Command::ResumeEngagement),
        (gmfta(), plan_because(devices(7), "a third site")),
        (gmfta(), Command::StartPilot { devices: devices(7) }),
        (gmfta(), withdraw_pilot()),
        (gmfta(), Command::WithdrawPilot { cause: " ".into() }),
        (approver(), approve()),
        (program(), choose_because(Channel::Css, "the partner gave up")),
    ];
    all.extend((1..4).map(|number| (service(), end_deputy(number))));
    all.extend((1..4).map(|number| (program(), end_deputy(number))));
    all
}

/// The person who did it acted for the seat on that day, by the journal alone.
pub(crate) fn acts(before: &Journal, stamp: &Stamp) -> bool {
    let day = stamp.time.to_zoned(TimeZone::UTC).date();
    let spans = open_deputies(before, stamp.role);
    spans.iter().any(|(deputy, first, last)| *deputy == stamp.person && *first <= day && day <= *last)
}

/// Who acts for a seat, and from which day to which.
fn open_deputies(before: &Journal, of: Role) -> Vec<(Person, Date, Date)> {
    let is_ended = |number: u32| {
        let ends =
            |event: &Event| matches!(event, Event::DeputyshipEnded { number: of, .. } if *of == number);
        before.iter().any(|(event, _)| ends(event))
    };
    let open = before.iter().filter_map(|(event, _)| match event {
        Event::DeputyAppointed { number, role, deputy, first_day, last_day, .. }
            if *role == of && !is_ended(*number) =>
        {
            Some((deputy.clone(), *first_day, *last_day))
        }
        _ => None,
    });
    open.collect()
}

/// The time at which the pilot that stands was executed, by the journal alone.
pub(crate) fn standing_pilot(before: &Journal) -> Option<Time> {
    let (mut stands, mut earlier) = (None, Vec::new());
    for (event, stamp) in before {
        match event {
            Event::PilotRepeated { .. } => earlier.extend(stands.take()),
            Event::PilotExecuted => stands = Some(stamp.time),
            Event::PilotWithdrawn { .. } => stands = earlier.last().copied(),
            _ => {}
        }
    }
    stands
}

/// What each event makes of what stood before it.
pub(crate) fn lawful(journal: &Journal) -> Result<(), String> {
    let mut stands: Option<Engagement> = None;
    for (at, (event, stamp)) in journal.iter().enumerate() {
        let after = Engagements::apply(stands.clone(), event, stamp);
        if let (Some(before), Some(now)) = (&stands, &after) {
            let broken = broken(before, now, &journal[..at], (event, stamp));
            broken.map_or(Ok(()), |rule| Err(format!("{rule} broken by {event:?} of {stamp:?}")))?;
        }
        stands = after;
    }
    Ok(())
}

fn broken(
    before: &Engagement,
    now: &Engagement,
    journal: &Journal,
    (event, stamp): (&Event, &Stamp),
) -> Option<&'static str> {
    let rules = [
        (kept(before, event, now), "I-23"),
        (settled(before, now), "I-19"),
        (nobody_else_sees(event, now), "I-18"),
        (nobody_briefs_themselves(journal, event, stamp), "E-5.2, I-16"),
        (seats_are_filled(before, now), "I-22"),
        (clocks_stand_still(now), "I-24: a clock runs"),
        (a_pause_is_no_time(now, stamp), "I-24: a pause counts"),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule)
}

/// I-23: what was superseded stays as it was kept, and what an event replaces is kept as it stood.
fn kept(before: &Engagement, event: &Event, after: &Engagement) -> bool {
    let known = after.superseded.starts_with(&before.superseded);
    let last = after.superseded.last().map(|kept| &kept.was);
    known && replaced(before, event).is_none_or(|was| last == Some(&was))
}

fn replaced(before: &Engagement, event: &Event) -> Option<Was> {
    match event {
        Event::ChannelChanged { .. } => before.channel.clone().map(Was::Channel),
        Event::IntroductionRepeated { .. } => before.introduction.clone().map(Was::Introduction),
        Event::WorkshopRepeated { .. } => before.workshop.clone().map(Was::Workshop),
        Event::PilotRepeated { .. } | Event::PilotWithdrawn { .. } => before.pilot.clone().map(Was::Pilot),
        Event::PilotResultCorrected { device, .. } => {
            let results = &before.pilot.as_ref()?.results;
            results.iter().find(|result| result.device == *device).cloned().map(Was::PilotResult)
        }
        Event::ReceiverChanged { .. } => before.handover.clone().map(Was::Handover),
        Event::SeatTaken { role, successor, given, .. } => {
            let (role, person) = (*role, before.holder(*role)?.clone());
            let (successor, given) = (successor.clone(), given.clone());
            Some(Was::Seat(SeatHeld { role, person, successor, given }))
        }
        Event::SeatKept { role, .. } => before.seat_change(*role).cloned().map(Was::SeatChange),
        _ => None,
    }
}

/// I-19: what a completed task and a written note left stays, and so do final summaries, pauses and deputyships.
fn settled(before: &Engagement, after: &Engagement) -> bool {
    let stays = |before: Option<Time>, after: Option<Time>| before.is_none() || before == after;
    let (one, two) = (&before.record, &after.record);
    stays(one.summary_task, two.summary_task)
        && stays(one.pilot_task, two.pilot_task)
        && stays(one.enterprise_note, two.enterprise_note)
        && after.earlier_summaries.starts_with(&before.earlier_summaries)
        && after.pauses.len() >= before.pauses.len()
        && after.deputies.len() >= before.deputies.len()
}

/// I-18: whom an event lets see the engagement are those who belong to it afterwards: no right is left behind with who left.
fn nobody_else_sees(event: &Event, after: &Engagement) -> bool {
    let (Event::SeatGiven { people, .. }
    | Event::SeatTaken { people, .. }
    | Event::SeatKept { people, .. }
    | Event::DeputyAppointed { people, .. }
    | Event::DeputyshipEnded { people, .. }) = event
    else {
        return true;
    };
    people.iter().collect::<BTreeSet<_>>() == after.people()
}

/// E-5.2: neither the GMFTA nor who acts for them approves their call-back, in whatever role they come.
fn nobody_briefs_themselves(before: &Journal, event: &Event, stamp: &Stamp) -> bool {
    let is_approval = matches!(event, Event::ReengagementApproved { .. });
    let gmfta = holder(before, Role::Gmfta).as_ref() == Some(&stamp.person);
    let deputy = open_deputies(before, Role::Gmfta).iter().any(|(deputy, ..)| *deputy == stamp.person);
    !is_approval || !(gmfta || deputy)
}

/// I-22: a seat that had a holder has one, and what waits on somebody waits on who belongs to it.
fn seats_are_filled(before: &Engagement, after: &Engagement) -> bool {
    let filled = Role::SIX.iter().all(|role| before.holder(*role).is_none() || after.holder(*role).is_some());
    let changes = |role: Role| after.seat_changes.iter().filter(|given| given.role == role).count();
    let people = after.people();
    let belongs = |duty: &Duty| duty.person.as_ref().is_none_or(|person| people.contains(person));
    filled && Role::SIX.into_iter().all(|role| changes(role) <= 1) && duties(after).iter().all(belongs)
}

/// I-24: on hold nothing that waits has a target that it could miss.
fn clocks_stand_still(e: &Engagement) -> bool {
    let timed = |duty: &Duty| TARGETS.iter().any(|target| target.action == duty.action);
    e.hold().is_none() || !duties(e).iter().any(timed)
}

/// I-24: put on hold now and resumed a month later, what waited waits as long as it had before.
fn a_pause_is_no_time(e: &Engagement, stamp: &Stamp) -> bool {
    let month = SignedDuration::from_hours(30 * 24);
    let held = give_at(e, &hold(), stamp.time).filter(|_| e.hold().is_none());
    let back = held.and_then(|held| give_at(&held, &Command::ResumeEngagement, stamp.time + month));
    let since = |e: &Engagement, pause: SignedDuration| -> Vec<_> {
        let waits = duties(e).into_iter().filter(|duty| !DATED.contains(&duty.action));
        waits.map(|duty| (duty.action, duty.role, duty.since - pause)).collect()
    };
    back.is_none_or(|back| since(e, SignedDuration::ZERO) == since(&back, month))
}

fn give_at(e: &Engagement, command: &Command, now: Time) -> Option<Engagement> {
    let context = Context { caller: program(), now };
    let events = Engagements::decide(Some(e), command, &context).ok()?;
    let stamp = context.stamp();
    kernel::fold::<Engagements>(Some(e.clone()), events.iter().map(|event| (event, &stamp)))
}

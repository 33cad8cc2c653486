//! Work that pauses and goes on: I-24.

use engagement_domain::*;
use jiff::civil::{Date, date};
use kernel::{Caller, Channel, Fault, Kind, REVIEW_HOLD, Role, Verdict};

use crate::support::*;

/// The hours of a play begin on 2 October 2019.
const TODAY: Date = date(2019, 10, 2);
const DAY: i64 = 24;

fn play_on_hold() -> Play {
    delivery().with(&[(gmfta(), hold())])
}

fn actions(play: &Play) -> Vec<&'static str> {
    duties(play.e()).iter().map(|duty| duty.action).collect()
}

fn subjects(faults: &[Fault]) -> Vec<(&'static str, &str)> {
    faults.iter().map(|fault| (fault.reason, fault.subject.as_str())).collect()
}

/// Every step of the execution, and who takes it.
fn steps() -> Vec<(Caller, Command)> {
    vec![
        (gmfta(), sync(Verdict::Qualified)),
        (gmfta(), align(None)),
        (program(), choose(Channel::Css)),
        (gmfta(), introduce(introduction())),
        (gmfta(), meet()),
        (fe(), report(true, true)),
        (gmfta(), hold_workshop(workshop())),
        (gmfta(), Command::SaveSummary { content: content() }),
        (gmfta(), Command::FinalizeSummary),
        (gmfta(), plan(devices(5))),
        (gmfta(), withdraw_pilot()),
        (gmfta(), Command::StartPilot { devices: devices(5) }),
        (fe(), result("pc-1", PilotOutcome::Succeeded)),
        (gmfta(), review(&FOUR)),
        (gmfta(), hand_over()),
        (gmfta(), Command::CompleteReengagement),
    ]
}

/// I-24
#[test]
fn on_hold_no_step_is_taken_at_any_stage_and_the_refusal_says_since_when_why_and_who_goes_on() {
    let plays =
        [assigned, alignment, reactive, preparation, prepared, delivery, executed, handover, reengaged];
    for begin in plays {
        let play = begin().with(&[(program(), hold())]);
        for (who, step) in steps() {
            let refusal = play.refused(&who, &step);
            if refusal.reason != "NOT_ROSTERED" {
                assert_eq!(
                    reasons(&refusal),
                    (Kind::NotReady, vec!["ON_HOLD"]),
                    "{}: {step:?}",
                    play.stage()
                );
            }
        }
    }
    let told = play_on_hold().refused(&gmfta(), &Command::FinalizeSummary).message;
    let held = play_on_hold().e().hold().expect("on hold").held.time.to_string();
    for word in [held.as_str(), "people/ada", "the customer is on holiday", "2020-06-30", "ResumeEngagement"]
    {
        assert!(told.contains(word), "{word}: {told}");
    }
}

/// I-24, I-18: whoever may not take the step is told that first.
#[test]
fn a_stranger_learns_nothing_of_the_hold() {
    for (_, step) in steps() {
        let refusal = play_on_hold().refused(&caller("zoe", Role::Fe), &step);
        assert_eq!(refusal.kind, Kind::Forbidden, "{step:?}");
    }
}

/// I-24
#[test]
fn notes_tasks_blockers_and_cancellation_go_on_while_it_is_on_hold() {
    let mut play = executed().with(&[(gmfta(), hold())]);
    let now = play.now();
    play.must(&service(), &task_done(PlaybookTask::CustomerGetModernSummary, 0, now));
    play.must(&service(), &task_done(PlaybookTask::GetModernPilot, 0, now));
    assert_eq!(play.must(&service(), &noted(NoteKind::EnterpriseNotes, now)).len(), 1);
    play.must(&fm(), &raise());
    play.must(&fm(), &resolve(1));
    play.must(&program(), &cancel(Disposition::Closed));
    assert_eq!((play.stage(), play.e().hold()), (Stage::Cancelled, None));
    assert!(duties(play.e()).is_empty());
}

/// I-24: three months over a summer.
#[test]
fn three_months_on_hold_stop_every_clock_and_the_work_goes_on_where_it_stood() {
    let mut play = delivery().with(&[(fm(), raise()), (gmfta(), plan(devices(5)))]);
    let before: Vec<_> = duties(play.e()).into_iter().map(|duty| (duty.action, duty.since)).collect();
    play.must(&gmfta(), &hold());
    play.hour += 92 * DAY - 1;
    assert_eq!(actions(&play), [REVIEW_HOLD, REVIEW_HOLD, "RESOLVE_BLOCKER"]);
    let stood = play.e().clone();
    play.must(&program(), &Command::ResumeEngagement);
    let e = play.e();
    assert_eq!((e.stage, e.stage_since, &e.pilot), (stood.stage, stood.stage_since, &stood.pilot));
    let after: Vec<_> = duties(e).into_iter().map(|duty| (duty.action, duty.since)).collect();
    let pause = jiff::SignedDuration::from_hours(92 * DAY);
    let shifted: Vec<_> = before.into_iter().map(|(action, since)| (action, since + pause)).collect();
    assert_eq!(after, shifted);
    play.must(&gmfta(), &Command::StartPilot { devices: devices(5) });
}

/// I-24: a call-back that waits is no older for the pause before it.
#[test]
fn what_began_after_a_pause_is_as_old_as_it_is() {
    let mut play = handover().with(&[(gmfta(), hold())]);
    play.hour += 30 * DAY;
    play = play.with(&[(gmfta(), Command::ResumeEngagement), (gmfta(), hand_over()), (fm(), request())]);
    assert_eq!(duties(play.e())[0].since, play.now());
}

/// I-24
#[test]
fn on_its_day_the_gmfta_and_the_program_team_are_asked_whether_to_go_on() {
    let play = play_on_hold();
    let all = duties(play.e());
    let asked: Vec<_> = all.iter().map(|duty| (duty.action, duty.role, duty.person.clone())).collect();
    let ada = Some(person("ada"));
    assert_eq!(asked, [(REVIEW_HOLD, Role::Gmfta, ada), (REVIEW_HOLD, Role::ProgramTeam, None)]);
    assert!(all.iter().all(|duty| duty.since.to_string() == "2020-06-30T00:00:00Z"));
    assert!(kernel::DATED.contains(&REVIEW_HOLD), "nobody is told before");
    let today = delivery().with(&[(gmfta(), hold_until(Some(TODAY)))]);
    assert_eq!(duties(today.e())[0].since, today.now(), "a hold of today waits since it was made");
}

/// I-24, I-23
#[test]
fn a_hold_is_prolonged_and_every_pause_stays_readable() {
    let mut play = play_on_hold();
    let first = play.e().pauses[0].held.clone();
    play.must(&program(), &hold_until(Some(date(2019, 12, 24))));
    let prolonged = play.now();
    play.must(&gmfta(), &Command::ResumeEngagement);
    let pauses = &play.e().pauses;
    assert_eq!((pauses.len(), &pauses[0].held), (2, &first));
    assert_eq!(pauses[0].ended.as_ref().map(|ended| ended.time), Some(prolonged));
    assert_eq!((pauses[1].review_date, pauses[1].held.time), (date(2019, 12, 24), prolonged));
    assert_eq!(pauses[1].ended.as_ref().map(|ended| &ended.person), Some(&gmfta().person));
    let refusal = play.refused(&gmfta(), &Command::ResumeEngagement);
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["NOT_ON_HOLD"]));
}

/// I-24
#[test]
fn a_hold_says_why_and_names_a_day_from_today_to_a_year_ahead() {
    let nothing = Command::HoldEngagement { cause: " ".into(), review_date: None };
    let refusal = delivery().refused(&gmfta(), &nothing);
    let missing = [("CAUSE_MISSING", "cause"), ("REVIEW_DATE_MISSING", "review_date")];
    assert_eq!((refusal.kind, subjects(&refusal.faults)), (Kind::Invalid, missing.to_vec()));
    let (yesterday, far) = (TODAY.yesterday().expect("a day"), date(2020, 10, 3));
    for (day, reason) in [(yesterday, "REVIEW_DATE_PAST"), (far, "REVIEW_DATE_FAR")] {
        assert_eq!(reasons(&delivery().refused(&gmfta(), &hold_until(Some(day)))).1, [reason]);
    }
    for day in [TODAY, date(2020, 10, 2)] {
        delivery().must(&gmfta(), &hold_until(Some(day)));
    }
}

/// I-24, I-18
#[test]
fn only_its_gmfta_and_the_program_team_pause_it_and_only_while_something_is_in_progress() {
    for who in [fm(), fe(), approver(), service(), caller("zoe", Role::Gmfta)] {
        assert_eq!(delivery().refused(&who, &hold()).kind, Kind::Forbidden, "{who:?}");
        assert_eq!(play_on_hold().refused(&who, &Command::ResumeEngagement).kind, Kind::Forbidden, "{who:?}");
    }
    let refusal = standby().refused(&gmfta(), &hold());
    assert!(refusal.reason == "WRONG_STATE" && refusal.message.contains("CloseEngagement"), "{refusal}");
    let cancelled = delivery().with(&[(program(), cancel(Disposition::Closed))]);
    assert_eq!(cancelled.refused(&program(), &hold()).reason, "WRONG_STATE");
}

/// I-24, R-4: a seat may be acknowledged on hold, and nobody is late with it.
#[test]
fn a_seat_that_was_given_waits_against_no_clock_while_it_is_on_hold() {
    let waits = |play: &Play| {
        let duties = duties(play.e());
        let seat = duties.iter().find(|duty| duty.person == Some(person("zoe"))).expect("it waits");
        (seat.action, seat.since)
    };
    let mut play = delivery().with(&[(program(), give(Role::Gmfta, "zoe"))]);
    let (action, since) = waits(&play);
    assert!(TARGETS.iter().any(|target| target.action == action), "{action}");
    play.must(&gmfta(), &hold());
    let (on_hold, same) = waits(&play);
    assert!((on_hold, same) == ("ACKNOWLEDGE_SEAT_ON_HOLD", since));
    assert!(!TARGETS.iter().any(|target| target.action == on_hold), "it has no clock");
    play.hour += 1000;
    let mut resumed = play.clone().with(&[(gmfta(), Command::ResumeEngagement)]);
    assert_eq!(waits(&resumed), (action, since + jiff::SignedDuration::from_hours(1001)));
    resumed.must(&caller("zoe", Role::Gmfta), &Command::AcknowledgeSeat);
    play.must(&caller("zoe", Role::Gmfta), &Command::AcknowledgeSeat);
}

/// I-24, R-4: the question whether to go on tells what else it waits for.
#[test]
fn on_its_day_a_gmfta_who_has_yet_to_acknowledge_is_told_so() {
    let play = play_on_hold().with(&[(program(), hand(Role::Gmfta, "zoe"))]);
    let asked = duties(play.e()).into_iter().find(|duty| duty.action == REVIEW_HOLD).expect("asked");
    assert_eq!(subjects(&asked.missing), [("SEAT_NOT_ACKNOWLEDGED", "seat_changes")]);
    let refusal = play.refused(&caller("zoe", Role::Gmfta), &Command::ResumeEngagement);
    assert_eq!(refusal.faults, asked.missing);
}

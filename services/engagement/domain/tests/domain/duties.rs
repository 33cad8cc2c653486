//! What waits on whom, and that a duty lacks exactly what its step would be refused for.

use engagement_domain::*;
use kernel::{Role, Verdict};

use crate::support::*;

/// What waits now; the others wait for a day to come.
fn actions(play: &Play) -> Vec<&'static str> {
    let due = duties(play.e()).into_iter().filter(|duty| duty.since <= play.now());
    due.map(|duty| duty.action).collect()
}

/// A-4, E-1 to E-5
#[test]
fn every_stage_waits_for_its_next_step() {
    let proactive_only = alignment().with(&[(gmfta(), align(None))]);
    let expected: Vec<(Play, &[&str])> = vec![
        (assigned(), &["HOLD_INTERNAL_SYNC"]),
        (returned(), &["CANCEL_ENGAGEMENT"]),
        (alignment(), &["ALIGN_ACCOUNT_TEAM", "CHOOSE_CHANNEL"]),
        (proactive_only, &["SEND_INTRODUCTION", "CHOOSE_CHANNEL"]),
        (reactive(), &["SEND_INTRODUCTION"]),
        (preparation(), &["HOLD_PREP_MEETING", "REPORT_ANALYTICS", "HOLD_WORKSHOP"]),
        (prepared(), &["HOLD_WORKSHOP"]),
        (delivery(), &["FINALIZE_SUMMARY", "PLAN_PILOT", "HOLD_REVIEW"]),
        (finalized_of(reactive()), &["PLAN_PILOT", "HOLD_REVIEW"]),
        (executed(), &["HOLD_REVIEW"]),
        (handover(), &["HAND_OVER"]),
        (standby(), &[]),
        (requested(), &["APPROVE_REENGAGEMENT"]),
        (approved(), &["REJOIN_ENGAGEMENT"]),
        (reengaged(), &["COMPLETE_REENGAGEMENT"]),
        (delivery().with(&[(program(), cancel(Disposition::Closed))]), &[]),
    ];
    for (play, actions_due) in expected {
        assert_eq!(actions(&play), actions_due, "{}", play.stage());
    }
}

/// I-9, I-13, I-17: one guard speaks for both.
#[test]
fn a_duty_lacks_what_its_step_is_refused_for() {
    let steps = [
        (preparation(), "HOLD_WORKSHOP", hold_workshop(workshop())),
        (delivery(), "FINALIZE_SUMMARY", Command::FinalizeSummary),
        (delivery(), "HOLD_REVIEW", review(&FOUR)),
        (reengaged(), "COMPLETE_REENGAGEMENT", Command::CompleteReengagement),
    ];
    for (play, action, command) in steps {
        let duty = duties(play.e()).into_iter().find(|duty| duty.action == action).expect(action);
        assert!(!duty.missing.is_empty());
        assert_eq!(duty.missing, play.refused(&gmfta(), &command).faults, "{action}");
        assert_eq!((duty.role, duty.person), (Role::Gmfta, Some(person("ada"))));
    }
}

/// P-3: what is prefilled is to be confirmed all the same.
#[test]
fn the_sync_waits_for_every_item_known_or_not() {
    let mut play = assigned();
    play.state.as_mut().expect("assigned").items.remove("language");
    let missing = &duties(play.e())[0].missing;
    let subjects: Vec<_> = missing.iter().map(|fault| fault.subject.clone()).collect();
    assert_eq!(subjects, kernel::REQUIRED_ITEMS.map(|item| format!("items.{item}")));
}

/// E-5, G-5: on standby the GMFTA has no lead duty.
#[test]
fn a_blocker_on_standby_waits_on_the_fm() {
    let blocker = |play: &Play| {
        let duty = duties(play.e()).into_iter().find(|duty| duty.action == "RESOLVE_BLOCKER").expect("open");
        (duty.role, duty.person)
    };
    let raised = (fm(), raise());
    assert_eq!(blocker(&delivery().with(std::slice::from_ref(&raised))), (Role::Gmfta, Some(person("ada"))));
    assert_eq!(blocker(&standby().with(&[raised])), (Role::Fm, Some(fm().person)));
}

/// E-3.4, G-5
#[test]
fn the_pilot_and_the_blockers_name_what_is_open() {
    let planned = plan(devices(5));
    let start = Command::StartPilot { devices: devices(5) };
    let mut play = delivery().with(&[(gmfta(), planned)]);
    assert_eq!(actions(&play)[1], "START_PILOT");
    play = play.with(&[(gmfta(), start), (fm(), raise()), (fe(), result("pc-2", PilotOutcome::Failed))]);
    play = play.with(&[(fm(), raise()), (fm(), resolve(1))]);
    let all = duties(play.e());
    let results = all.iter().find(|duty| duty.action == "RECORD_PILOT_RESULT").expect("open");
    assert_eq!(results.missing.len(), 4);
    let blockers = all.iter().find(|duty| duty.action == "RESOLVE_BLOCKER").expect("open");
    assert_eq!(blockers.missing[0].subject, "blockers[2]");
    assert_eq!(Some(blockers.since), play.e().open_blockers().map(|open| open.raised.time).next());
}

/// E-5.1, E-5.3: since the request, and since the approval.
#[test]
fn a_call_back_waits_since_it_was_asked_and_since_it_was_approved() {
    let asked = requested();
    let duty = &duties(asked.e())[0];
    assert_eq!((duty.role, duty.person.clone(), duty.since), (Role::GetModernSme, None, asked.now()));
    let decided = approved();
    assert_eq!(duties(decided.e())[0].since, decided.now());
    assert!(TARGETS.iter().any(|target| target.action == "REJOIN_ENGAGEMENT" && target.hours == 4));
    assert_eq!(assigned().with(&[(gmfta(), sync(Verdict::Undetermined))]).stage(), Stage::Returned);
}

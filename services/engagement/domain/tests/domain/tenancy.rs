//! I-25: one engagement in progress for each tenant, and what becomes of two that began at the same moment.

use engagement_domain::*;
use kernel::{InProgress, Kind, Role};

use crate::support::*;

/// An assignment while a case stands so at intake.
fn assign_while(stage: &str) -> Command {
    assign_beside(Some(InProgress {
        name: Some("cases/7".to_owned()),
        stage: stage.to_owned(),
        is_held: false,
    }))
}

#[test]
fn nobody_is_assigned_beside_an_open_case_and_the_refusal_names_it() {
    let refusal = Play::default().refused(&program(), &assign_while("RESEARCH"));
    assert_eq!(reasons(&refusal), (Kind::AlreadyExists, vec!["CASE_OPEN"]));
    assert_eq!(refusal.faults[0].rule, "I-25");
    assert!(refusal.message.contains("cases/7, in RESEARCH"), "{refusal}");
    assert_eq!(assigned().stage(), Stage::Assigned);
}

#[test]
fn nobody_is_assigned_beside_a_case_that_is_held_back_and_the_refusal_says_what_to_do() {
    let held =
        InProgress { name: Some("engagements/7".to_owned()), stage: "WAITING".to_owned(), is_held: true };
    let refusal = Play::default().refused(&program(), &assign_beside(Some(held)));
    assert_eq!(reasons(&refusal), (Kind::AlreadyExists, vec!["CASE_HELD"]));
    assert!(refusal.message.contains("engagements/7, in WAITING"), "{refusal}");
    assert!(refusal.message.contains("start its handoff again or disengage it"), "{refusal}");
}

/// I-4: never an engagement for who does not qualify.
#[test]
fn above_all_nobody_is_assigned_beside_a_case_that_does_not_qualify() {
    let refusal = Play::default().refused(&program(), &assign_while("NOT_QUALIFIED"));
    assert_eq!((refusal.reason, refusal.faults[0].rule), ("CASE_OPEN", "I-4"));
    assert!(refusal.message.contains("refers it to a partner"), "{refusal}");
}

#[test]
fn who_may_not_assign_hears_nothing_of_the_case() {
    let refusal = Play::default().refused(&gmfta(), &assign_while("RESEARCH"));
    assert_eq!(reasons(&refusal), (Kind::Forbidden, vec!["ROLE_NOT_ALLOWED"]));
}

#[test]
fn an_engagement_waits_while_its_tenant_has_another_and_wants_no_tasks() {
    let mut play = Play::default();
    let events = play.must(&service(), &begin_waiting());
    assert_eq!(events, [Event::ReactiveEngagementHeld(left_behind())]);
    assert!(!play.stage().is_in_progress() && !play.stage().is_end());
    let due: Vec<_> = duties(play.e()).into_iter().map(|duty| (duty.action, duty.role)).collect();
    assert_eq!(due, [("CANCEL_ENGAGEMENT", Role::ProgramTeam)]);
    assert_eq!(duties(play.e())[0].missing[0].reason, "ENGAGEMENT_IN_PROGRESS");
}

/// I-1: nothing of the execution happens meanwhile.
#[test]
fn nothing_is_executed_while_an_engagement_waits() {
    let early = [introduce(introduction()), Command::HoldPrepMeeting(meeting())];
    for command in early {
        assert_eq!(reasons(&waiting().refused(&gmfta(), &command)), (Kind::NotReady, vec!["WRONG_STATE"]));
    }
}

#[test]
fn an_engagement_that_waits_begins_with_what_the_gateway_hands_over_then() {
    let mut start = left_behind();
    start.roster.fm = person("fay");
    let mut play = waiting();
    let events = play.must(&service(), &Command::BeginReactive { start, must_wait: false });
    assert!(
        matches!(events[..], [Event::ReactiveEngagementBegun(_), Event::TasksWanted { .. }]),
        "{events:?}"
    );
    assert_eq!(play.stage(), Stage::Introduction);
    assert_eq!(play.e().roster.as_ref().map(|roster| &roster.fm), Some(&person("fay")));
    assert_eq!(play.refused(&service(), &begin()).reason, "ALREADY_BEGUN");
}

#[test]
fn an_engagement_that_waits_ends_with_its_case_and_no_other_does() {
    let mut play = waiting();
    play.must(&service(), &Command::EndWaiting);
    assert_eq!(play.stage(), Stage::Cancelled);
    assert_eq!(play.must(&service(), &begin()), [], "what was cancelled stays so");
    let mut other = delivery();
    assert_eq!(other.must(&service(), &Command::EndWaiting), []);
    assert_eq!(other.stage(), Stage::Delivery);
}

#[test]
fn the_program_team_cancels_an_engagement_that_waits() {
    let mut play = waiting();
    play.must(&program(), &cancel(Disposition::Closed));
    assert_eq!(play.stage(), Stage::Cancelled);
    let refusal = waiting().refused(&program(), &cancel(Disposition::SentToIntake));
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["INTAKE_NOT_POSSIBLE"]));
}

#[test]
fn a_case_beside_an_engagement_in_progress_is_told_and_its_own_is_not() {
    let case = |number: u8| Command::FindCase { case: format!("cases/{number}") };
    assert_eq!(delivery().must(&service(), &case(1)), [], "its own");
    let told = vec![Event::CaseFoundBeside { case: "cases/2".to_owned() }];
    assert_eq!(delivery().must(&service(), &case(2)), told);
    assert_eq!(standby().must(&service(), &case(2)), [], "standby is not in progress");
    assert_eq!(waiting().must(&service(), &case(2)), []);
}

/// P-3: the program team sees where the customer went.
#[test]
fn an_engagement_that_was_sent_to_intake_names_the_case_that_took_over() {
    let case = Command::RecordCase { case: "cases/2".to_owned() };
    let mut play = returned().with(&[(program(), cancel(Disposition::SentToIntake))]);
    play.must(&service(), &case);
    assert_eq!(play.e().sent_to.as_deref(), Some("cases/2"));
    assert_eq!(play.must(&service(), &case), [], "told twice");
    assert_eq!(delivery().must(&service(), &case), [], "one that goes on was sent nowhere");
    assert_eq!(play.refused(&program(), &case).kind, Kind::Forbidden);
}

#[test]
fn only_a_service_ends_what_waits_or_finds_a_case() {
    for command in [Command::EndWaiting, Command::FindCase { case: "cases/2".to_owned() }, begin_waiting()] {
        assert_eq!(waiting().refused(&program(), &command).kind, Kind::Forbidden);
    }
}

/// I-22, I-25: its case has the seats, and hands them over when the Gateway leaves again.
#[test]
fn no_seat_changes_hands_while_an_engagement_waits() {
    for command in [give(Role::Fe, "zed"), hand(Role::Gmfta, "zoe")] {
        let refusal = waiting().refused(&program(), &command);
        assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["WRONG_STATE"]));
        assert!(refusal.message.contains("ChangeSeat of the intake service"), "{refusal}");
    }
}

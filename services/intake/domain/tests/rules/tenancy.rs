//! I-25: the Gateway is told of an engagement in progress before it commits itself, and has a way out of what slipped through.

use intake_domain::{Case, CaseCommand as C, CaseEvent, CaseState, duties};
use kernel::{DataSet, InProgress, Item, Kind, Role, Verdict};

use crate::support::*;

fn due(case: &Case) -> Vec<(&'static str, Role)> {
    duties(case).into_iter().map(|duty| (duty.action, duty.role)).collect()
}

fn in_progress() -> InProgress {
    InProgress { name: Some(OTHER.to_owned()), stage: "DELIVERY".to_owned(), is_held: false }
}

fn unseen() -> InProgress {
    InProgress::default()
}

fn open_beside(engagement: Option<InProgress>) -> C {
    let mut opening = open(None, None, data(&[]));
    if let C::OpenCase { engagement: beside, .. } = &mut opening {
        *beside = engagement;
    }
    opening
}

fn beside(engagement: Option<InProgress>) -> C {
    C::StartHandoff { roster: roster(), cause: String::new(), engagement }
}

#[test]
fn no_case_opens_beside_an_engagement_in_progress_which_is_named_to_who_sees_it() {
    let refused = attempt(None, &open_beside(Some(in_progress())), &manager()).expect_err("one at a time");
    let why = vec![("I-25", "ENGAGEMENT_IN_PROGRESS")];
    assert_eq!((refused.kind, faults(&refused)), (Kind::AlreadyExists, why));
    assert!(refused.message.contains("engagements/2, in DELIVERY"), "{refused}");
    let refused = attempt(None, &open_beside(Some(unseen())), &manager()).expect_err("one at a time");
    assert!(!refused.message.contains("engagements/"), "{refused}");
    assert!(refused.message.contains("the program team can cancel it"), "{refused}");
    assert!(attempt(None, &open_beside(None), &manager()).is_ok());
}

#[test]
fn neither_the_handoff_nor_the_exit_goes_on_beside_an_engagement_in_progress() {
    let start = beside(Some(unseen()));
    let exit = C::ExitGateway { engagement: Some(unseen()) };
    for (case, command) in [(ready(), start), (handed_off(6), exit)] {
        let refused = refusal(&case, &command, &manager());
        let why = vec![("I-25", "ENGAGEMENT_IN_PROGRESS")];
        assert_eq!((refused.kind, faults(&refused)), (Kind::NotReady, why));
    }
}

#[test]
fn no_case_goes_on_beside_one_that_is_held_back() {
    let held_back = InProgress { name: Some(OWN.to_owned()), stage: "WAITING".to_owned(), is_held: true };
    let refused =
        attempt(None, &open_beside(Some(held_back.clone())), &manager()).expect_err("one at a time");
    assert_eq!((refused.kind, faults(&refused)), (Kind::AlreadyExists, vec![("I-25", "CASE_HELD")]));
    assert!(refused.message.contains("start its handoff again, or disengage it"), "{refused}");
    let start = beside(Some(held_back.clone()));
    let exit = C::ExitGateway { engagement: Some(held_back) };
    for (case, command) in [(ready(), start), (handed_off(6), exit)] {
        let refused = refusal(&case, &command, &manager());
        assert_eq!((refused.kind, faults(&refused)), (Kind::NotReady, vec![("I-25", "CASE_HELD")]));
    }
}

/// What the case itself lacks is told first, and nobody is asked about it.
#[test]
fn who_cannot_exit_anyway_is_told_why_and_not_of_the_engagement() {
    let refused = refusal(&handed_off(5), &C::ExitGateway { engagement: Some(unseen()) }, &manager());
    assert_eq!(faults(&refused), [("R-4", "ACKNOWLEDGEMENT_MISSING")]);
    assert!(!handed_off(5).may_exit() && handed_off(6).may_exit());
    let unassigned = validated(None, None, qualifying());
    assert!(!unassigned.may_start_handoff() && ready().may_start_handoff());
}

#[test]
fn a_case_learns_the_name_the_stage_and_the_end_of_its_engagement() {
    let case = then(&exited(), &follow("INTRODUCTION"), &follower());
    let led_to = case.led_to.clone().expect("an engagement");
    assert_eq!((&*led_to.engagement, &*led_to.stage), (OWN, "INTRODUCTION"));
    assert_eq!((led_to.since, led_to.ended), (minute(2), None));
    let (same, events) = attempt(Some(&case), &follow("INTRODUCTION"), &follower()).expect("told twice");
    assert_eq!((same, events), (case.clone(), vec![]));
    let over = then(&case, &follow("CANCELLED"), &follower());
    assert_eq!(over.led_to.expect("an engagement").ended, Some(minute(2)));
    assert_eq!(over.state, CaseState::Exited);
}

#[test]
fn only_a_service_says_what_became_of_a_case() {
    for command in [follow("DELIVERY"), find(), settle()] {
        for who in [manager(), program()] {
            assert_eq!(faults(&refusal(&ready(), &command, &who)), [("I-18", "ROLE_NOT_ALLOWED")]);
        }
    }
}

#[test]
fn a_case_whose_engagement_waits_is_the_gateways_duty() {
    assert_eq!(due(&exited()), []);
    assert_eq!(due(&held()), [("START_HANDOFF", Role::ReengagementManager)]);
    let [missing] = &duties(&held())[0].missing[..] else { panic!("one cause") };
    assert_eq!((missing.rule, missing.reason), ("I-25", "ENGAGEMENT_IN_PROGRESS"));
    assert!(!missing.message.contains("engagements/"), "who sees the case may not see the engagement");
    assert!(!held().is_live());
}

#[test]
fn a_case_whose_engagement_waits_is_handed_over_again_with_the_acknowledgements_it_has() {
    let still = beside(Some(unseen()));
    assert_eq!(faults(&refusal(&held(), &still, &manager())), [("I-25", "ENGAGEMENT_IN_PROGRESS")]);
    let (again, events) = attempt(Some(&held()), &start(), &manager()).expect("the other has ended");
    let reopened = CaseEvent::CaseReopened { tenant: "contoso.example".to_owned() };
    assert_eq!(
        events,
        [
            reopened,
            CaseEvent::HandoffStarted { roster: roster(), cause: Some("the six were named anew".to_owned()) }
        ]
    );
    assert_eq!((again.state, again.is_live(), again.is_held()), (CaseState::Handoff, true, false));
    let left = then(&again, &exit(), &manager());
    assert_eq!((left.state, left.is_held(), due(&left)), (CaseState::Exited, false, vec![]));
}

#[test]
fn a_case_that_led_to_an_engagement_is_never_reopened() {
    for case in [exited(), then(&exited(), &follow("DELIVERY"), &follower())] {
        assert_eq!(faults(&refusal(&case, &start(), &manager())), [("R-4", "WRONG_STATE")]);
        assert_eq!(faults(&refusal(&case, &disengage(), &manager())), [("", "WRONG_STATE")]);
    }
}

#[test]
fn a_case_whose_engagement_waits_can_be_disengaged() {
    let over = then(&held(), &disengage(), &manager());
    assert_eq!((over.state, due(&over)), (CaseState::Disengaged, vec![]));
}

#[test]
fn a_case_whose_engagement_was_cancelled_meanwhile_does_not_exit() {
    let again = then(&held(), &start(), &manager());
    let over = then(&again, &follow("CANCELLED"), &follower());
    let refused = refusal(&over, &exit(), &manager());
    assert_eq!(faults(&refused), [("I-25", "ENGAGEMENT_ENDED")]);
    assert!(refused.message.contains("disengage the case"), "{refused}");
    assert_eq!(due(&over)[0], ("DISENGAGE_CASE", Role::ReengagementManager), "the step that helps");
    assert_eq!(then(&over, &disengage(), &manager()).state, CaseState::Disengaged);
}

/// I-25: whatever was in progress beside it had ended, or the Gateway had not left.
#[test]
fn a_case_that_the_gateway_has_left_knows_of_nothing_beside_it_when_it_is_handed_over_again() {
    let left = then(&then(&handed_off(6), &find(), &follower()), &exit(), &manager());
    let again = then(&then(&left, &follow("WAITING"), &follower()), &start(), &manager());
    assert_eq!((again.state, again.conflict()), (CaseState::Handoff, None));
    assert_eq!(due(&again), due(&handed_off(6)), "as of any that is handed over");
}

#[test]
fn two_that_began_at_the_same_moment_are_a_duty_of_the_gateway_and_of_the_program_team() {
    let case = then(&ready(), &find(), &follower());
    let both = [("DISENGAGE_CASE", Role::ReengagementManager), ("CANCEL_ENGAGEMENT", Role::ProgramTeam)];
    assert!(due(&case).ends_with(&both), "{:?}", due(&case));
    assert_eq!(case.conflict().map(|beside| beside.since), Some(minute(2)));
    let (same, events) = attempt(Some(&case), &find(), &follower()).expect("told twice");
    assert_eq!((same, events), (case.clone(), vec![]));
    let over = then(&case, &settle(), &follower());
    assert_eq!((due(&over), over.conflict()), (due(&ready()), None));
    assert_eq!(due(&then(&case, &disengage(), &manager())), []);
}

/// I-4: the way out of who does not qualify is the referral.
#[test]
fn a_customer_that_does_not_qualify_is_referred_although_an_engagement_is_beside_it() {
    let case = then(&validated(None, None, failing()), &find(), &follower());
    assert_eq!(case.verdict(), Some(Verdict::NotQualified));
    let gateway = Role::ReengagementManager;
    let all = [
        ("REFER_TO_PARTNER", gateway),
        ("SHARE_GUIDANCE", gateway),
        ("CANCEL_ENGAGEMENT", Role::ProgramTeam),
    ];
    assert_eq!(due(&case), all);
}

#[test]
fn nothing_is_found_beside_a_case_that_has_ended() {
    for case in [exited(), then(&qualified(), &disengage(), &manager())] {
        let (same, events) = attempt(Some(&case), &find(), &follower()).expect("no fault");
        assert_eq!((same, events), (case.clone(), vec![]));
    }
}

fn qualified() -> Case {
    validated(Some("gmfta"), Some("fm"), qualifying())
}

fn learnt_later(items: DataSet) -> DataSet {
    items.into_iter().map(|(key, item)| (key, Item { learnt: minute(5).into(), ..item })).collect()
}

/// P-3: what was validated elsewhere is not lost on the way.
#[test]
fn an_open_case_takes_over_what_it_does_not_know_better() {
    let case = opened(None, None, failing());
    let (after, events) =
        attempt(Some(&case), &take_over(learnt_later(qualifying())), &follower()).expect("sent to intake");
    assert_eq!(after.items["licence_count"].learnt, minute(5).into(), "with its time");
    let taken = CaseEvent::AssignmentTakenOver { engagement: OTHER.to_owned() };
    assert!(
        matches!(&events[..], [CaseEvent::ResearchRecorded { .. }, last] if *last == taken),
        "{events:?}"
    );
    let (same, events) = attempt(Some(&after), &take_over(qualifying()), &follower()).expect("old news");
    assert_eq!((same.items, events), (after.items, vec![taken]));
}

/// I-21: the facts of a customer who is sent are not lost on a case that is held back, and its verdict has not seen them.
#[test]
fn a_case_that_is_held_back_takes_over_what_it_does_not_know_better() {
    let items = learnt_later(failing());
    let (after, events) = attempt(Some(&held()), &take_over(items), &follower()).expect("sent to intake");
    let [CaseEvent::ResearchRecorded { .. }, CaseEvent::VerdictOutdated { .. }, _] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((after.items["licence_count"].learnt, after.is_held()), (minute(5).into(), true));
    let again = then(&after, &start(), &manager());
    assert_eq!(faults(&refusal(&again, &exit(), &manager())), [("I-21", "VERDICT_OUTDATED")]);
}

/// I-21
#[test]
fn a_verdict_is_outdated_by_facts_that_arrive_with_a_customer_who_is_sent() {
    let case = validated(None, None, failing());
    let items = learnt_later(qualifying());
    let (after, events) = attempt(Some(&case), &take_over(items), &follower()).expect("sent to intake");
    assert_eq!(after.items["licence_count"].learnt, minute(5).into());
    let [CaseEvent::ResearchRecorded { .. }, CaseEvent::VerdictOutdated { .. }, _] = &events[..] else {
        panic!("{events:?}");
    };
    assert!(!after.outdated_items().is_empty());
}

#[test]
fn a_case_that_takes_over_the_engagement_beside_it_is_settled_with_that() {
    let case = then(&ready(), &find(), &follower());
    let after = then(&case, &take_over(qualifying()), &follower());
    assert_eq!(after.conflict(), None);
}

#[test]
fn only_a_service_sends_a_customer_to_a_case() {
    assert_eq!(
        faults(&refusal(&ready(), &take_over(qualifying()), &manager())),
        [("I-18", "ROLE_NOT_ALLOWED")]
    );
}

/// What earlier releases wrote of a case says nothing of an engagement.
#[test]
fn a_case_of_an_earlier_release_reads_as_one_without_an_engagement() {
    let mut written = serde_json::to_value(exited()).expect("writes");
    for member in ["led_to", "beside"] {
        written.as_object_mut().expect("an object").remove(member).expect(member);
    }
    let read: Case = serde_json::from_value(written).expect("reads");
    assert_eq!(read, exited());
}

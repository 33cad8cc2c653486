//! R-2b to R-4: the channel, the assignments, the handoff, the referral, the way out.

use intake_domain::{Case, CaseCommand as C, CaseEvent, CaseState, Cases, Level, TARGETS, duties};
use kernel::{Channel, Kind, Role, Roster, fold};

use crate::support::*;

fn due(case: &Case) -> Vec<&'static str> {
    duties(case).into_iter().map(|duty| duty.action).collect()
}

/// I-3
#[test]
fn a_channel_exists_only_on_a_qualified_case() {
    for case in [
        opened(None, None, qualifying()),
        coordinated(None, None, qualifying()),
        validated(None, None, undecided()),
        introduced(),
        validated(None, None, failing()),
    ] {
        assert_eq!(faults(&refusal(&case, &choose(), &manager())), [("I-3", "WRONG_STATE")]);
    }
}

/// R-2b, I-3
#[test]
fn there_is_exactly_one_channel() {
    for case in [ready(), handed_off(0)] {
        for other in [partner(), choose(), again(choose())] {
            assert_eq!(faults(&refusal(&case, &other, &manager())), [("I-3", "CHANNEL_ALREADY_CHOSEN")]);
        }
    }
    let nameless = C::ChooseChannel { channel: Channel::Frp(" ".to_owned()), cause: String::new() };
    let refused = refusal(&validated(None, None, qualifying()), &nameless, &manager());
    assert_eq!((refused.kind, faults(&refused)), (Kind::Invalid, vec![("R-2b", "PARTNER_MISSING")]));
}

/// R-2b, I-18
#[test]
fn only_a_reengagement_manager_chooses_the_channel() {
    let refused = refusal(&validated(None, None, qualifying()), &choose(), &program());
    assert_eq!((refused.kind, faults(&refused)), (Kind::Forbidden, vec![("I-18", "ROLE_NOT_ALLOWED")]));
}

///
#[test]
fn every_missing_role_is_requested_at_once() {
    let case = validated(None, None, qualifying());
    let (_, events) = attempt(Some(&case), &request(&[]), &manager()).expect("both are missing");
    let wanted = [Role::Fm, Role::Gmfta].map(|role| CaseEvent::AssignmentRequested { role });
    assert_eq!(events, wanted);
}

///
#[test]
fn an_fm_who_is_there_is_not_requested() {
    let case = validated(None, Some("fm"), qualifying());
    let after = then(&case, &request(&[]), &manager());
    assert!(after.assignment_requests.iter().all(|request| request.role == Role::Gmfta));
    let refused = refusal(&case, &request(&[Role::Fm]), &manager());
    assert_eq!(faults(&refused), [("R-3", "ALREADY_ASSIGNED")]);
}

/// I-5
#[test]
fn at_most_one_open_request_per_role() {
    let asked = then(&validated(None, None, qualifying()), &request(&[]), &manager());
    let twice = refusal(&asked, &request(&[Role::Fm, Role::Gmfta]), &manager());
    assert_eq!(faults(&twice), [("I-5", "ALREADY_REQUESTED"), ("I-5", "ALREADY_REQUESTED")]);
    assert_eq!(faults(&refusal(&asked, &request(&[]), &manager())), [("R-3", "NOTHING_TO_REQUEST")]);
}

///
#[test]
fn only_the_fm_and_the_gmfta_are_requested() {
    let case = validated(None, None, qualifying());
    let refused = refusal(&case, &request(&[Role::Fe, Role::Fm, Role::Fm]), &manager());
    assert_eq!(refused.kind, Kind::Invalid);
    assert_eq!(faults(&refused), [("R-3", "ROLE_NOT_REQUESTABLE"), ("R-3", "ROLE_REPEATED")]);
}

/// R-3, readings 4 and 22
#[test]
fn assignments_are_requested_from_the_contact_with_the_account_team_until_the_handoff() {
    let early = then(&opened(None, None, qualifying()), &ask(None), &manager());
    for case in [early, validated(None, None, failing()), handed_off(0)] {
        assert_eq!(faults(&refusal(&case, &request(&[]), &manager())), [("R-3", "WRONG_STATE")]);
    }
    let open = [coordinated(None, None, qualifying()), validated(None, None, undecided())];
    for case in open.into_iter().chain([validated(None, None, qualifying())]) {
        let asked = then(&case, &request(&[]), &manager());
        assert_eq!(faults(&refusal(&asked, &request(&[]), &manager())), [("R-3", "NOTHING_TO_REQUEST")]);
        assert_eq!(due(&asked).iter().filter(|action| **action == "FILL_ASSIGNMENT").count(), 1);
        let filled = then(&asked, &fill(Role::Fm, "fm"), &program());
        assert_eq!((filled.state, filled.fm), (case.state, Some(person("fm"))));
    }
}

///
#[test]
fn an_assignment_fills_a_request_only() {
    let case = validated(None, None, qualifying());
    assert_eq!(faults(&refusal(&case, &fill(Role::Fm, "fm"), &program())), [("R-3", "NO_OPEN_REQUEST")]);
    let asked = then(&case, &request(&[]), &manager());
    let filled = then(&asked, &fill(Role::Fm, "fm"), &program());
    assert_eq!((filled.fm.clone(), filled.gmfta.clone()), (Some(person("fm")), None));
    assert_eq!(faults(&refusal(&filled, &fill(Role::Fm, "fm"), &program())), [("R-3", "ALREADY_ASSIGNED")]);
    let given = refusal(&ready(), &fill(Role::Fm, "other"), &program());
    assert_eq!(faults(&given), [("R-3", "NO_OPEN_REQUEST")]);
}

///
#[test]
fn a_wrongly_assigned_person_is_replaced_until_the_gateway_leaves() {
    for case in [filled(), handed_off_from(&filled(), 2)] {
        let silent = refusal(&case, &fill(Role::Fm, "second"), &program());
        assert_eq!(faults(&silent), [("I-23", "CAUSE_MISSING")]);
        let replaced = then(&case, &refill(Role::Fm, "second"), &program());
        assert_eq!((replaced.fm.as_ref(), replaced.state), (Some(&person("second")), case.state));
        let of_fm = replaced.assignment_requests.iter().find(|request| request.role == Role::Fm);
        assert_eq!(of_fm.and_then(|request| request.person.clone()), Some(person("second")));
        assert_eq!(replaced.assignment_requests.len(), 2);
    }
    let left = then(&handed_off_from(&filled(), 6), &exit(), &manager());
    let late = refusal(&left, &refill(Role::Fm, "second"), &program());
    assert_eq!(faults(&late), [("R-3", "WRONG_STATE")]);
}

/// I-5
#[test]
fn no_handoff_while_fm_gmfta_or_channel_is_missing_and_all_are_named_at_once() {
    let case = validated(None, None, qualifying());
    let all = refusal(&case, &start(), &manager());
    let missing = ("I-5", "ASSIGNMENT_MISSING");
    assert_eq!(faults(&all), [("R-2b", "CHANNEL_MISSING"), missing, missing]);
    let duty = duties(&case).into_iter().find(|duty| duty.action == "START_HANDOFF").expect("due");
    assert_eq!(duty.missing, all.faults);
    let asked = then(&then(&case, &choose(), &manager()), &request(&[]), &manager());
    let half = then(&asked, &fill(Role::Fm, "fm"), &program());
    assert_eq!(faults(&refusal(&half, &start(), &manager())), [("I-5", "ASSIGNMENT_OPEN")]);
    let whole = then(&half, &fill(Role::Gmfta, "gmfta"), &program());
    assert_eq!(then(&whole, &start(), &manager()).state, CaseState::Handoff);
}

///
#[test]
fn the_six_include_the_assigned_fm_and_gmfta() {
    let strangers = Roster { gmfta: person("x"), fm: person("y"), ..roster() };
    let refused = refusal(&ready(), &hand_off(strangers), &manager());
    assert_eq!(faults(&refused), [("R-4", "ROSTER_DIFFERS"), ("R-4", "ROSTER_DIFFERS")]);
    assert_eq!(refused.faults[0].subject, "roster.fm");
}

/// I-1
#[test]
fn the_gateway_does_not_leave_with_five_of_six() {
    for count in 0..6 {
        let refused = refusal(&handed_off(count), &exit(), &manager());
        assert_eq!(refused.reason, "HANDOFF_NOT_ACKNOWLEDGED");
        assert_eq!(refused.faults.len(), 6 - count);
        assert!(faults(&refused).iter().all(|fault| *fault == ("R-4", "ACKNOWLEDGEMENT_MISSING")));
    }
}

/// R-4, I-1: an earlier release named another GMFTA and left the one before in their seat.
#[test]
fn a_roster_that_differs_from_the_assigned_waits_for_a_handoff_to_start_again() {
    let named = CaseEvent::AssignmentFilled { role: Role::Gmfta, person: person("second") };
    let stamp = program().stamp();
    let case = fold::<Cases>(Some(handed_off_from(&filled(), 5)), [(&named, &stamp)]).expect("a case");
    let refused = refusal(&case, &exit(), &manager());
    assert!(faults(&refused).contains(&("R-4", "ROSTER_DIFFERS")), "{refused}");
    let actions: Vec<_> = duties(&case).into_iter().map(|duty| (duty.action, duty.role)).collect();
    let expected = [("ACKNOWLEDGE_HANDOFF", Role::Ats), ("START_HANDOFF", Role::ReengagementManager)];
    assert_eq!(actions, expected, "the step that helps");
    assert_eq!(faults(&refusal(&case, &start(), &manager())), [("R-4", "ROSTER_DIFFERS")]);
    let seated = then(&case, &reseat(Role::Gmfta, "second"), &manager());
    assert_eq!(seated.handoff.as_ref().map(|it| it.roster.gmfta.clone()), Some(person("second")));
    let second = Roster { gmfta: person("second"), ..roster() };
    let corrected = then(&case, &hand_off(second), &manager());
    let silent = refusal(&corrected, &exit(), &manager());
    assert_eq!(faults(&silent), [("R-4", "ACKNOWLEDGEMENT_MISSING"); 2]);
    let whole = then(&corrected, &C::AcknowledgeHandoff, &by(Role::Gmfta, "second"));
    let whole = then(&whole, &C::AcknowledgeHandoff, &by(Role::Ats, "ats"));
    assert_eq!(then(&whole, &exit(), &manager()).state, CaseState::Exited);
}

///
#[test]
fn correcting_the_six_keeps_the_acknowledgements_of_the_seats_that_stay() {
    let other = Roster { fe: person("other"), ats: person("second"), ..roster() };
    let case = then(&handed_off(5), &hand_off(other.clone()), &manager());
    let handoff = case.handoff.as_ref().expect("started");
    assert_eq!((case.state, &handoff.roster), (CaseState::Handoff, &other));
    let given: Vec<_> = handoff.acknowledgements.iter().map(|stamp| stamp.role).collect();
    assert_eq!(given, [Role::Gmfta, Role::Fm, Role::Sme, Role::Fta]);
    let replaced = refusal(&case, &C::AcknowledgeHandoff, &by(Role::Fe, "fe"));
    assert_eq!(faults(&replaced), [("I-18", "NOT_ROSTERED")]);
    let back = then(&case, &start(), &manager());
    assert!(!back.handoff.as_ref().expect("started").acknowledged(Role::Fe), "an old one does not revive");
    let left = then(&handed_off(6), &exit(), &manager());
    assert_eq!(faults(&refusal(&left, &start(), &manager())), [("R-4", "WRONG_STATE")]);
}

/// R-4, I-1
#[test]
fn the_gateway_leaves_with_all_six_and_says_everything_the_engagement_needs() {
    let (case, events) = attempt(Some(&handed_off(6)), &exit(), &manager()).expect("six");
    assert_eq!((case.state, case.is_live()), (CaseState::Exited, false));
    let [CaseEvent::GatewayExited { customer, tenant, roster: six, channel, items }] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((customer.as_str(), tenant.as_str()), ("Contoso", "contoso.example"));
    assert_eq!((six, channel, items), (&roster(), &Channel::Css, &case.items));
    assert_eq!(faults(&refusal(&case, &exit(), &manager())), [("R-4", "WRONG_STATE")]);
}

/// I-18
#[test]
fn the_six_acknowledge_in_person_and_in_their_own_seat_once() {
    let case = handed_off(1);
    for (role, id) in [(Role::Fe, "stranger"), (Role::Fe, "sme")] {
        let refused = refusal(&case, &C::AcknowledgeHandoff, &by(role, id));
        assert_eq!((refused.kind, faults(&refused)), (Kind::Forbidden, vec![("I-18", "NOT_ROSTERED")]));
    }
    let manager = refusal(&case, &C::AcknowledgeHandoff, &manager());
    assert_eq!(manager.reason, "ROLE_NOT_ALLOWED");
    let twice = refusal(&case, &C::AcknowledgeHandoff, &by(Role::Gmfta, "gmfta"));
    assert_eq!(faults(&twice), [("R-4", "ALREADY_ACKNOWLEDGED")]);
}

/// one person may hold two of the seats, and acknowledges in each.
#[test]
fn who_holds_two_seats_acknowledges_twice() {
    let double = Roster { fe: person("sme"), ..roster() };
    let case = then(&ready(), &hand_off(double), &manager());
    let once = then(&case, &C::AcknowledgeHandoff, &by(Role::Sme, "sme"));
    assert!(!once.handoff.as_ref().expect("started").acknowledged(Role::Fe));
    then(&once, &C::AcknowledgeHandoff, &by(Role::Fe, "sme"));
}

/// R-2c, I-4
#[test]
fn not_qualified_closes_only_with_referral_and_guidance_in_either_order() {
    let case = validated(None, None, failing());
    for [first, second] in [[refer(), share()], [share(), refer()]] {
        let half = then(&case, &first, &manager());
        assert_eq!(half.state, CaseState::NotQualified);
        let (closed, events) = attempt(Some(&half), &second, &manager()).expect("closes");
        assert!(matches!(events[..], [_, CaseEvent::CaseReferred { .. }]));
        assert_eq!((closed.state, closed.is_live()), (CaseState::Referred, false));
    }
}

/// R-2c
#[test]
fn referral_and_guidance_are_given_once_and_only_to_who_does_not_qualify() {
    let case = validated(None, None, failing());
    let referred = then(&case, &refer(), &manager());
    assert_eq!(faults(&refusal(&referred, &refer(), &manager())), [("R-2c", "ALREADY_REFERRED")]);
    let shared = then(&case, &share(), &manager());
    assert_eq!(faults(&refusal(&shared, &share(), &manager())), [("R-2c", "ALREADY_SHARED")]);
    for command in [refer(), share()] {
        assert_eq!(faults(&refusal(&ready(), &command, &manager())), [("R-2c", "WRONG_STATE")]);
    }
}

/// I-4
#[test]
fn disengaging_is_no_way_around_referral_and_guidance() {
    let case = validated(None, None, failing());
    let (referral, guidance) = (("I-4", "REFERRAL_MISSING"), ("I-4", "GUIDANCE_MISSING"));
    assert_eq!(faults(&refusal(&case, &disengage(), &manager())), [referral, guidance]);
    let referred = then(&case, &refer(), &manager());
    assert_eq!(faults(&refusal(&referred, &disengage(), &manager())), [guidance]);
}

/// I-4
#[test]
fn a_customer_that_does_not_qualify_never_gets_an_engagement() {
    let case = validated(Some("gmfta"), Some("fm"), failing());
    for command in [choose(), request(&[]), start(), exit()] {
        assert_eq!(refusal(&case, &command, &manager()).reason, "WRONG_STATE", "{}", command.name());
    }
}

#[test]
fn every_other_live_case_may_be_disengaged() {
    for case in [
        opened(None, None, data(&[])),
        coordinated(None, None, data(&[])),
        validated(None, None, undecided()),
        introduced(),
        ready(),
        handed_off(5),
    ] {
        let ended = then(&case, &disengage(), &manager());
        assert_eq!((ended.state, ended.is_live()), (CaseState::Disengaged, false));
        assert_eq!(ended.cause.as_deref(), Some("the customer postponed"));
        assert_eq!(refusal(&ended, &disengage(), &manager()).reason, "WRONG_STATE");
    }
}

#[test]
fn each_state_waits_for_its_own_steps() {
    let unassigned = validated(None, None, qualifying());
    assert_eq!(due(&opened(None, None, data(&[]))), ["ASK_ARCHITECT", "CONTACT_ACCOUNT_TEAM"]);
    assert_eq!(due(&coordinated(None, None, data(&[]))), ["VALIDATE_CUSTOMER"]);
    assert_eq!(due(&validated(None, None, undecided())), ["REQUEST_ASSIGNMENTS", "INTRODUCE_BENEFIT"]);
    let designated = validated(Some("gmfta"), None, undecided());
    assert_eq!(due(&designated), ["INTRODUCE_BENEFIT", "ANSWER_ARCHITECT"]);
    assert_eq!(due(&unassigned), ["CHOOSE_CHANNEL", "REQUEST_ASSIGNMENTS", "START_HANDOFF"]);
    let asked = then(&unassigned, &request(&[]), &manager());
    assert_eq!(due(&asked), ["CHOOSE_CHANNEL", "FILL_ASSIGNMENT", "START_HANDOFF"]);
    assert_eq!(due(&validated(None, None, failing())), ["REFER_TO_PARTNER", "SHARE_GUIDANCE"]);
    assert_eq!(due(&handed_off(5)), ["ACKNOWLEDGE_HANDOFF", "EXIT_GATEWAY", "ANSWER_ARCHITECT"]);
    assert_eq!(due(&then(&ready(), &disengage(), &manager())), [""; 0]);
}

/// I-1
#[test]
fn the_handoff_waits_on_each_silent_person_by_name() {
    let due = duties(&handed_off(4));
    let waiting = due.iter().filter(|duty| duty.action == "ACKNOWLEDGE_HANDOFF");
    let silent: Vec<_> = waiting.filter_map(|duty| Some((duty.role, duty.person.clone()?))).collect();
    assert_eq!(silent, [(Role::Fta, person("fta")), (Role::Ats, person("ats"))]);
    let last = due.iter().find(|duty| duty.action == "EXIT_GATEWAY").expect("due");
    assert_eq!(last.missing, refusal(&handed_off(4), &exit(), &manager()).faults);
}

#[test]
fn every_target_is_for_a_duty_that_exists() {
    let asked = then(&validated(None, None, qualifying()), &request(&[]), &manager());
    let cases = [introduced_unanswered(), asked, handed_off(0)];
    let all: Vec<_> = cases.iter().flat_map(due).collect();
    for target in TARGETS {
        assert!(all.contains(&target.action), "{}", target.action);
    }
}

fn introduced_unanswered() -> Case {
    then(&introduced(), &validate(Level::Customer), &manager())
}

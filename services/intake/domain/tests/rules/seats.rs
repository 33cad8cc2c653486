//! Seats before the exit, I-1, I-22, I-23.

use intake_domain::{CaseCommand as C, CaseState, Was, duties};
use kernel::{Kind, Role};

use crate::support::*;

/// R-4, I-22: the FM leaves before the exit, named and never requested.
#[test]
fn whoever_was_named_and_never_requested_is_replaced_before_the_exit() {
    let case = handed_off(6);
    assert!(case.assignment_requests.is_empty(), "nobody was requested");
    let changed = then(&case, &reseat(Role::Fm, "fay"), &manager());
    let handoff = changed.handoff.as_ref().expect("it goes on");
    assert_eq!((changed.fm.clone(), handoff.roster.fm.clone()), (Some(person("fay")), person("fay")));
    assert_eq!((handoff.acknowledgements.len(), changed.state), (5, CaseState::Handoff));
    let refused = refusal(&changed, &exit(), &manager());
    assert_eq!(faults(&refused), [("R-4", "ACKNOWLEDGEMENT_MISSING")]);
    let due: Vec<_> = duties(&changed).into_iter().map(|duty| (duty.action, duty.person)).collect();
    assert_eq!(due[0], ("ACKNOWLEDGE_HANDOFF", Some(person("fay"))));
    let gone = refusal(&changed, &C::AcknowledgeHandoff, &by(Role::Fm, "fm"));
    assert_eq!(faults(&gone), [("I-18", "NOT_ROSTERED")]);
    let whole = then(&changed, &C::AcknowledgeHandoff, &by(Role::Fm, "fay"));
    assert_eq!(then(&whole, &exit(), &manager()).state, CaseState::Exited);
    let [kept] = whole.superseded.as_slice() else { panic!("one: {:?}", whole.superseded) };
    let Was::Seat(held) = &kept.was else { panic!("a seat: {kept:?}") };
    assert_eq!((&held.person, &held.successor), (&person("fm"), &person("fay")));
    assert_eq!((kept.cause.as_str(), kept.stamp.role), ("left", Role::ReengagementManager));
    assert_eq!(held.acknowledged.as_ref().map(|stamp| stamp.person.clone()), Some(person("fm")));
}

/// R-4, I-22
#[test]
fn each_of_the_six_is_replaced_in_the_handoff_and_loses_their_acknowledgement_alone() {
    for role in Role::SIX {
        for count in [0, 6] {
            let case = handed_off(count);
            let changed = then(&case, &reseat(role, "new"), &manager());
            let handoff = changed.handoff.as_ref().expect("it goes on");
            assert_eq!(handoff.roster.holder(role), Some(&person("new")), "{role}");
            assert_eq!(handoff.acknowledgements.len(), count.saturating_sub(1), "{role}");
            assert!(!handoff.acknowledged(role), "{role}");
            let whole = then(&changed, &C::AcknowledgeHandoff, &by(role, "new"));
            assert!(whole.handoff.expect("it goes on").acknowledged(role), "{role}");
        }
    }
}

/// R-3, I-22
#[test]
fn before_the_handoff_a_change_names_another_fm_or_gmfta_and_the_others_have_no_seat_yet() {
    for (role, case) in [(Role::Fm, ready()), (Role::Gmfta, filled())] {
        let changed = then(&case, &reseat(role, "new"), &program());
        let assigned = if role == Role::Fm { changed.fm.clone() } else { changed.gmfta.clone() };
        assert_eq!((assigned, changed.state), (Some(person("new")), CaseState::Qualified));
        assert!(!changed.involved().any(|one| *one == person(if role == Role::Fm { "fm" } else { "gmfta" })));
    }
    let early = refusal(&ready(), &reseat(Role::Fe, "new"), &manager());
    assert_eq!(faults(&early), [("R-4", "SEAT_NOT_FILLED")]);
    assert!(early.message.contains("StartHandoff"), "{early}");
    let nobody = refusal(&validated(None, None, qualifying()), &reseat(Role::Fm, "new"), &manager());
    assert!(nobody.message.contains("RequestAssignments"), "{nobody}");
}

/// I-18
#[test]
fn the_program_team_gives_the_seats_of_fm_and_gmfta_and_the_re_engagement_manager_all() {
    for role in Role::SIX {
        then(&handed_off(3), &reseat(role, "new"), &manager());
        let outcome = attempt(Some(&handed_off(3)), &reseat(role, "new"), &program());
        let is_theirs = [Role::Fm, Role::Gmfta].contains(&role);
        assert_eq!(outcome.is_ok(), is_theirs, "{role}");
        let refused = refusal(&handed_off(3), &reseat(role, "new"), &by(Role::Fm, "fm"));
        assert_eq!(refused.kind, Kind::Forbidden);
    }
}

/// I-22: named at the opening, and gone before anybody was qualified.
#[test]
fn fm_and_gmfta_are_replaced_at_every_stage_until_the_gateway_leaves() {
    let named = (Some("gmfta"), Some("fm"));
    let cases = [
        opened(named.0, named.1, qualifying()),
        coordinated(named.0, named.1, qualifying()),
        validated(named.0, named.1, undecided()),
        introduced(),
        ready(),
        validated(named.0, named.1, failing()),
        handed_off(6),
    ];
    for case in cases {
        for role in [Role::Fm, Role::Gmfta] {
            for who in [manager(), program()] {
                let changed = then(&case, &reseat(role, "new"), &who);
                let assigned = if role == Role::Fm { &changed.fm } else { &changed.gmfta };
                assert_eq!((assigned, changed.state), (&Some(person("new")), case.state), "{role}");
                let Some((_, Was::Seat(held))) = superseded(&changed).pop() else { panic!("{changed:?}") };
                assert_eq!((held.role, &held.successor), (role, &person("new")));
            }
        }
    }
    let asked = then(&opened(named.0, named.1, qualifying()), &ask(None), &manager());
    let changed = then(&asked, &reseat(Role::Gmfta, "new"), &manager());
    let answers = duties(&changed).into_iter().find(|duty| duty.action == "ANSWER_ARCHITECT");
    assert_eq!(answers.and_then(|duty| duty.person), Some(person("new")), "the question goes with the seat");
    then(&changed, &answer(), &by(Role::Gmfta, "new"));
    assert_eq!(refusal(&changed, &answer(), &by(Role::Gmfta, "gmfta")).kind, Kind::Forbidden);
}

/// R-1, I-23: another GMFTA than the one who was named at the opening, before anybody answered or was even asked.
#[test]
fn who_was_designated_before_another_is_asked_stays_readable() {
    let opened = opened(Some("gmfta"), Some("fm"), qualifying());
    for (case, inquiries) in [(opened.clone(), 0), (then(&opened, &ask(None), &manager()), 1)] {
        let other = then(&case, &ask(Some("second")), &manager());
        assert_eq!(other.gmfta, Some(person("second")));
        let kept = superseded(&other);
        let Some(("another architect is designated", Was::Seat(held))) = kept.first() else {
            panic!("{kept:?}")
        };
        assert_eq!(
            (held.role, &held.person, &held.successor),
            (Role::Gmfta, &person("gmfta"), &person("second"))
        );
        let asked = kept.iter().filter(|(_, was)| matches!(was, Was::Inquiry(_))).count();
        assert_eq!((asked, kept.len()), (inquiries, inquiries + 1));
        assert!(!other.involved().any(|one| *one == person("gmfta")), "who has left sees it no more");
    }
    let said = then(&opened, &again(ask(Some("second"))), &manager());
    assert_eq!(superseded(&said)[0].0, CAUSE);
}

/// R-4, I-23: the six are corrected, and who was named and had acknowledged before stays readable.
#[test]
fn a_handoff_that_is_started_anew_keeps_the_one_before() {
    let corrected = kernel::Roster { fe: person("new"), ..roster() };
    let anew = then(&handed_off(6), &again(hand_off(corrected)), &manager());
    let [(CAUSE, Was::Handoff(before))] = superseded(&anew)[..] else { panic!("{:?}", anew.superseded) };
    assert_eq!((&before.roster, before.acknowledgements.len()), (&roster(), 6));
    assert_eq!(anew.handoff.as_ref().map(|handoff| handoff.acknowledgements.len()), Some(5));
    assert_eq!(superseded(&then(&anew, &start(), &manager()))[1].0, "the six were named anew");
}

///
#[test]
fn a_seat_changes_until_the_exit_with_a_cause_and_to_somebody_else() {
    let exited = then(&handed_off(6), &exit(), &manager());
    assert_eq!(faults(&refusal(&exited, &reseat(Role::Fm, "new"), &manager())), [("R-4", "WRONG_STATE")]);
    let silent = C::ChangeSeat { role: Role::Fm, successor: person("new"), cause: " ".to_owned() };
    assert_eq!(faults(&refusal(&ready(), &silent, &manager())), [("I-23", "CAUSE_MISSING")]);
    let same = refusal(&handed_off(3), &reseat(Role::Fm, "fm"), &manager());
    assert_eq!(faults(&same), [("R-4", "ALREADY_SEATED")]);
    let nobodys = refusal(&handed_off(3), &reseat(Role::Leadership, "new"), &manager());
    assert_eq!(faults(&nobodys), [("R-4", "ROLE_NOT_ROSTERED")]);
}

/// what was filled is filled again with another, and in the handoff they have the seat.
#[test]
fn a_request_that_is_filled_again_gives_the_seat_of_the_handoff_too() {
    let case = then(&handed_off_from(&filled(), 6), &refill(Role::Gmfta, "second"), &program());
    let handoff = case.handoff.as_ref().expect("it goes on");
    assert_eq!(
        (case.gmfta.clone(), handoff.roster.gmfta.clone()),
        (Some(person("second")), person("second"))
    );
    assert_eq!(faults(&refusal(&case, &exit(), &manager())), [("R-4", "ACKNOWLEDGEMENT_MISSING")]);
    let whole = then(&case, &C::AcknowledgeHandoff, &by(Role::Gmfta, "second"));
    assert_eq!(then(&whole, &exit(), &manager()).state, CaseState::Exited);
}

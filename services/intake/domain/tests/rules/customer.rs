//! The customer corrected: another name, the right tenant (I-21, I-23, I-25).

use intake_domain::{Case, CaseEvent, CaseState, Level, Was, duties};
use kernel::{Kind, Role, Verdict};
use serde_json::json;

use crate::support::*;

const RIGHT: &str = "fabrikam.example";

fn open_cases() -> Vec<Case> {
    let named = (Some("gmfta"), Some("fm"));
    vec![
        opened(named.0, named.1, qualifying()),
        coordinated(named.0, named.1, qualifying()),
        validated(named.0, named.1, undecided()),
        introduced(),
        ready(),
        validated(named.0, named.1, failing()),
        handed_off(6),
        held(),
    ]
}

/// I-23
#[test]
fn a_customer_is_renamed_at_every_stage_until_the_gateway_leaves_and_the_old_name_stays_readable() {
    for case in open_cases() {
        let renamed = then(&case, &rename("Contoso Electronics"), &manager());
        assert_eq!((renamed.customer.as_str(), renamed.state), ("Contoso Electronics", case.state));
        let was = Was::Customer { customer: "Contoso".to_owned() };
        let kept = renamed.superseded.last().expect("kept");
        assert_eq!(
            (&kept.was, kept.cause.as_str(), kept.stamp.role),
            (&was, CAUSE, Role::ReengagementManager)
        );
        assert_eq!(renamed.outdated_items(), case.outdated_items(), "a name is no fact that a verdict saw");
    }
    let left = then(&then(&handed_off(6), &rename("Contoso Electronics"), &manager()), &exit(), &manager());
    assert_eq!(left.customer, "Contoso Electronics", "the engagement gets that name");
    let same = refusal(&ready(), &rename("Contoso"), &manager());
    assert_eq!((same.kind, faults(&same)), (Kind::NotReady, vec![("I-23", "CUSTOMER_UNCHANGED")]));
}

/// I-23, I-25
#[test]
fn a_case_for_the_wrong_tenant_is_moved_at_every_stage_until_the_gateway_leaves() {
    for case in open_cases() {
        let moved = then(&case, &relocate(RIGHT), &manager());
        assert_eq!((moved.tenant.as_str(), moved.state), (RIGHT, case.state));
        assert_eq!(moved.items["tenant"].value, json!(RIGHT), "the fact is the tenant");
        let gone: Vec<_> = moved.superseded.iter().skip(case.superseded.len()).collect();
        assert!(
            matches!(&gone[0].was, Was::Tenant { tenant, .. } if tenant == "contoso.example"),
            "{gone:?}"
        );
        assert!(matches!(&gone[1].was, Was::Items { items } if items["tenant"] == case.items["tenant"]));
        assert!(gone.iter().all(|kept| kept.cause == CAUSE));
    }
    let same = refusal(&ready(), &relocate("Contoso.EXAMPLE."), &manager());
    assert_eq!(faults(&same), [("I-23", "TENANT_UNCHANGED")]);
}

/// I-25
#[test]
fn no_case_moves_to_a_tenant_with_an_engagement_in_progress_or_a_case_held_back() {
    for (is_held, reason) in [(false, "ENGAGEMENT_IN_PROGRESS"), (true, "CASE_HELD")] {
        let engagement = Some(kernel::InProgress { is_held, ..kernel::InProgress::default() });
        let command = intake_domain::CaseCommand::MoveCase {
            tenant: RIGHT.to_owned(),
            cause: CAUSE.to_owned(),
            engagement,
        };
        assert_eq!(faults(&refusal(&ready(), &command, &manager())), [("I-25", reason)]);
    }
}

/// I-18, I-23
#[test]
fn the_re_engagement_manager_corrects_the_customer_with_a_cause_until_the_gateway_has_left() {
    for command in [rename("Fabrikam"), relocate(RIGHT)] {
        for who in [program(), by(Role::Gmfta, "gmfta"), follower()] {
            assert_eq!(faults(&refusal(&ready(), &command, &who)), [("I-18", "ROLE_NOT_ALLOWED")]);
        }
        for case in [exited(), then(&ready(), &disengage(), &manager())] {
            assert_eq!(faults(&refusal(&case, &command, &manager())), [("I-23", "WRONG_STATE")]);
        }
        let led_on = refusal(&exited(), &command, &manager());
        assert!(led_on.message.contains("of the engagement service"), "{led_on}");
    }
    let silent =
        intake_domain::CaseCommand::RenameCustomer { customer: "Fabrikam".to_owned(), cause: " ".to_owned() };
    assert_eq!(faults(&refusal(&ready(), &silent, &manager())), [("I-23", "CAUSE_MISSING")]);
}

/// I-21: it saw the facts of another tenant, whatever their values.
#[test]
fn a_verdict_on_another_tenant_is_outdated_until_the_customer_is_validated_again() {
    let (case, events) = attempt(Some(&ready()), &relocate(RIGHT), &manager()).expect("moved");
    assert!(
        matches!(&events[1], CaseEvent::VerdictOutdated { items } if items.contains("tenant")),
        "{events:?}"
    );
    assert_eq!(case.outdated_items(), ["tenant"]);
    for command in [start(), again(partner())] {
        assert_eq!(refusal(&case, &command, &manager()).reason, "VERDICT_OUTDATED");
    }
    let due: Vec<_> = duties(&case).into_iter().map(|duty| duty.action).collect();
    assert!(due.contains(&"VALIDATE_CUSTOMER"), "{due:?}");
    let handed = then(&handed_off(6), &relocate(RIGHT), &manager());
    assert_eq!(faults(&refusal(&handed, &exit(), &manager())), [("I-21", "VERDICT_OUTDATED")]);
    let validated = then(&handed, &again(validate(Level::AccountTeam)), &manager());
    assert_eq!((validated.state, validated.outdated_items().len()), (CaseState::Handoff, 0));
    assert_eq!(then(&validated, &exit(), &manager()).state, CaseState::Exited);
    let twice = then(
        &then(&case, &again(validate(Level::AccountTeam)), &manager()),
        &relocate("northwind.example"),
        &manager(),
    );
    assert_eq!(twice.outdated_items(), ["tenant"], "and again after another move");
}

/// I-4: who did not qualify may have been another.
#[test]
fn a_case_that_does_not_qualify_is_moved_and_validated_again() {
    let failed = validated(Some("gmfta"), Some("fm"), failing());
    let moved = then(&failed, &relocate(RIGHT), &manager());
    let corrected = then(&moved, &record(qualifying()), &manager());
    let again = then(&corrected, &again(validate(Level::AccountTeam)), &manager());
    assert_eq!((again.verdict(), again.state), (Some(Verdict::Qualified), CaseState::Qualified));
}

/// I-25: what stood beside it was of the other tenant.
#[test]
fn a_case_that_moves_leaves_the_engagement_beside_it_behind() {
    let beside = then(&ready(), &find(), &follower());
    assert!(beside.conflict().is_some());
    assert_eq!(then(&beside, &relocate(RIGHT), &manager()).conflict(), None);
}

/// I-25: the other engagement was of another tenant, and the handoff starts again at once; the verdict comes first.
#[test]
fn a_case_that_is_held_back_for_the_wrong_tenant_goes_on_once_it_is_moved() {
    let moved = then(&held(), &relocate(RIGHT), &manager());
    assert!(moved.is_held());
    let again_open = then(&moved, &start(), &manager());
    assert_eq!(faults(&refusal(&again_open, &exit(), &manager())), [("I-21", "VERDICT_OUTDATED")]);
    let validated = then(&again_open, &again(validate(Level::AccountTeam)), &manager());
    let (left, events) = attempt(Some(&validated), &exit(), &manager()).expect("the Gateway leaves");
    assert!(
        matches!(&events[..], [CaseEvent::GatewayExited { tenant, .. }] if tenant == RIGHT),
        "{events:?}"
    );
    assert_eq!(left.state, CaseState::Exited);
}

/// I-23: the link stays, and so does what the case said before.
#[test]
fn a_case_that_has_exited_follows_its_engagement_to_another_customer() {
    let case = then(&exited(), &follow("DELIVERY"), &follower());
    let (after, events) = attempt(Some(&case), &correct(), &follower()).expect("followed");
    assert_eq!(events.len(), 2);
    assert_eq!((after.customer.as_str(), after.tenant.as_str()), ("Fabrikam", RIGHT));
    assert_eq!((&after.led_to, after.state), (&case.led_to, CaseState::Exited));
    assert_eq!(after.superseded.len(), case.superseded.len() + 3);
    let (same, events) = attempt(Some(&after), &correct(), &follower()).expect("told twice");
    assert_eq!((same, events), (after, vec![]));
    let (open, events) = attempt(Some(&ready()), &correct(), &follower()).expect("no business of it");
    assert_eq!((open, events), (ready(), vec![]));
    assert_eq!(faults(&refusal(&case, &correct(), &manager())), [("I-18", "ROLE_NOT_ALLOWED")]);
}

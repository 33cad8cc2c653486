//! the architect, the facts, the account team, the verdict.

use intake_domain::{Case, CaseCommand as C, CaseState, Level, duties};
use kernel::{Kind, Role, Verdict};
use serde_json::json;

use crate::support::*;

#[test]
fn a_case_opens_with_its_tenant_known() {
    let case = opened(None, None, data(&[]));
    assert_eq!(case.state, CaseState::Research);
    assert_eq!(case.items["tenant"].value, json!("contoso.example"));
    assert_eq!(case.items["tenant"].source, "people/gateway");
}

#[test]
fn a_case_opens_with_what_engagement_already_knows() {
    assert_eq!(opened(None, None, qualifying()).items["licence_count"].value, json!(150));
    let bad = data(&[("tenant", json!("fabrikam.example")), ("shoe_size", json!(42))]);
    let refused = attempt(None, &open(None, None, bad), &manager()).expect_err("both are wrong");
    assert_eq!(refused.kind, Kind::Invalid);
    assert_eq!(faults(&refused), [("P-3", "ITEM_UNKNOWN"), ("R-2", "TENANT_DIFFERS")]);
}

#[test]
fn a_case_opens_once_and_nothing_happens_to_one_that_does_not_exist() {
    let case = opened(None, None, data(&[]));
    assert_eq!(refusal(&case, &open(None, None, data(&[])), &manager()).kind, Kind::AlreadyExists);
    assert_eq!(attempt(None, &ask(None), &manager()).expect_err("no case").kind, Kind::NotFound);
}

///
#[test]
fn the_account_team_is_not_contacted_before_the_architect_was_asked() {
    let case = opened(Some("gmfta"), None, data(&[]));
    let refused = refusal(&case, &contact_team(), &manager());
    assert_eq!((refused.kind, faults(&refused)), (Kind::NotReady, vec![("R-1", "ARCHITECT_NOT_ASKED")]));
    let duty = duties(&case).into_iter().find(|duty| duty.action == "CONTACT_ACCOUNT_TEAM").expect("due");
    assert_eq!(duty.missing, refused.faults);
}

/// R-1, reading 4
#[test]
fn with_no_designated_architect_that_is_recorded_and_the_gateway_goes_on() {
    let case = then(&opened(None, None, data(&[])), &ask(None), &manager());
    assert_eq!(case.inquiry.as_ref().expect("recorded").architect, None);
    assert_eq!(then(&case, &contact_team(), &manager()).state, CaseState::Coordination);
    assert_eq!(faults(&refusal(&case, &ask(None), &manager())), [("R-1", "ALREADY_ASKED")]);
}

///
#[test]
fn the_one_who_is_asked_is_the_designated_architect() {
    let case = then(&opened(None, None, data(&[])), &ask(Some("gmfta")), &manager());
    assert_eq!(case.gmfta, Some(person("gmfta")));
    assert_eq!(faults(&refusal(&case, &ask(None), &manager())), [("R-1", "ALREADY_ASKED")]);
    let again = then(&case, &ask(Some("second")), &manager());
    assert_eq!(again.gmfta, Some(person("second")));
    assert!(again.inquiry.expect("asked").answer.is_none());
}

/// R-1a, reading 13
#[test]
fn the_answer_is_recorded_once_and_never_a_gate() {
    let asked = then(&opened(Some("gmfta"), None, data(&[])), &ask(None), &manager());
    assert_eq!(then(&asked, &contact_team(), &manager()).state, CaseState::Coordination);
    let answered = then(&asked, &answer(), &by(Role::Gmfta, "gmfta"));
    let given = answered.inquiry.as_ref().and_then(|inquiry| inquiry.answer.as_ref()).expect("given");
    assert_eq!((given.journey_status.as_str(), &given.stamp.person), ("piloting", &person("gmfta")));
    let twice = refusal(&answered, &answer(), &by(Role::Gmfta, "gmfta"));
    assert_eq!(faults(&twice), [("R-1a", "ALREADY_ANSWERED")]);
}

fn failed_by_mistake() -> Case {
    validated(None, None, failing())
}

/// R-1a
#[test]
fn nobody_answers_what_was_not_asked() {
    let case = opened(Some("gmfta"), None, data(&[]));
    assert_eq!(faults(&refusal(&case, &answer(), &by(Role::Gmfta, "gmfta"))), [("R-1", "NOT_ASKED")]);
}

/// I-18
#[test]
fn only_the_designated_architect_answers() {
    let asked = then(&opened(Some("gmfta"), None, data(&[])), &ask(None), &manager());
    let other = refusal(&asked, &answer(), &by(Role::Gmfta, "other"));
    assert_eq!((other.kind, other.reason), (Kind::Forbidden, "NOT_THE_DESIGNATED_ARCHITECT"));
    let wrong_hat = refusal(&asked, &answer(), &by(Role::Fm, "gmfta"));
    assert_eq!((wrong_hat.kind, faults(&wrong_hat)), (Kind::Forbidden, vec![("I-18", "ROLE_NOT_ALLOWED")]));
}

///
#[test]
fn the_architect_is_invited_in_when_the_account_team_is_contacted() {
    let case = coordinated(Some("gmfta"), None, data(&[]));
    let contact = case.account_team_contact.expect("contacted");
    assert_eq!(contact.invited_architect, Some(person("gmfta")));
    let nobody = C::ContactAccountTeam { contacts: vec![], outcome: String::new(), cause: String::new() };
    let refused = refusal(&opened(None, None, data(&[])), &nobody, &manager());
    assert_eq!((refused.kind, faults(&refused)), (Kind::Invalid, vec![("R-2", "CONTACT_MISSING")]));
}

///
#[test]
fn a_later_value_of_an_item_replaces_the_earlier_one() {
    let case = then(&opened(None, None, qualifying()), &record(failing()), &manager());
    assert_eq!(case.items["licence_count"].value, json!(149));
    let foreign = refusal(&case, &record(data(&[("tenant", json!("fabrikam.example"))])), &manager());
    assert_eq!((foreign.kind, faults(&foreign)), (Kind::Invalid, vec![("R-2", "TENANT_DIFFERS")]));
    assert_eq!(refusal(&case, &record(data(&[])), &manager()).kind, Kind::Invalid);
}

/// R-2, reading 16
#[test]
fn facts_are_recorded_until_the_gateway_leaves_and_the_assessment_stays_as_it_was_made() {
    let failed = then(&validated(None, None, failing()), &refer(), &manager());
    for case in [introduced(), validated(None, None, qualifying()), failed.clone(), handed_off(5)] {
        let told = then(&case, &record(failing()), &manager());
        assert_eq!(told.items["licence_count"].value, json!(149));
        assert_eq!((told.state, &told.validations), (case.state, &case.validations));
    }
    let left = then(&handed_off(6), &exit(), &manager());
    for case in
        [then(&failed, &share(), &manager()), left, then(&failed_by_mistake(), &mistaken(), &manager())]
    {
        assert_eq!(faults(&refusal(&case, &record(failing()), &manager())), [("R-2", "WRONG_STATE")]);
    }
}

/// R-1a, reading 13
#[test]
fn the_architect_may_answer_until_the_gateway_leaves() {
    let failed = validated(Some("gmfta"), None, failing());
    for case in [validated(Some("gmfta"), None, qualifying()), failed, handed_off(0)] {
        let answered = then(&case, &answer(), &by(Role::Gmfta, "gmfta"));
        assert!(answered.inquiry.expect("asked").answer.is_some());
        assert_eq!((answered.state, answered.validations), (case.state, case.validations));
    }
    let left = then(&handed_off(6), &exit(), &manager());
    let late = refusal(&left, &answer(), &by(Role::Gmfta, "gmfta"));
    assert_eq!(faults(&late), [("R-1a", "WRONG_STATE")]);
}

/// R-2a, reading 4
#[test]
fn an_architect_who_becomes_known_before_the_verdict_is_designated_then() {
    let none = [coordinated(None, None, undecided()), validated(None, None, undecided())];
    for case in none.into_iter().chain([introduced()]) {
        let known = then(&case, &ask(Some("second")), &manager());
        assert_eq!((known.gmfta.as_ref(), known.state), (Some(&person("second")), case.state));
        assert_eq!(faults(&refusal(&known, &ask(Some("second")), &manager())), [("R-1", "ALREADY_ASKED")]);
        assert_eq!(faults(&refusal(&case, &ask(None), &manager())), [("R-1", "ALREADY_ASKED")]);
        then(&known, &answer(), &by(Role::Gmfta, "second"));
    }
    for items in [qualifying(), failing()] {
        let late = refusal(&validated(None, None, items), &ask(Some("second")), &manager());
        assert_eq!(faults(&late), [("R-1", "WRONG_STATE")]);
    }
}

/// R-2a
#[test]
fn failing_is_not_the_same_as_being_unable_to_answer() {
    assert_eq!(validated(None, None, failing()).state, CaseState::NotQualified);
    assert_eq!(validated(None, None, undecided()).state, CaseState::Introduction);
    assert_eq!(validated(None, None, qualifying()).state, CaseState::Qualified);
}

/// I-2
#[test]
fn no_customer_level_before_the_introduction() {
    for case in [coordinated(None, None, qualifying()), validated(None, None, undecided())] {
        let refused = refusal(&case, &validate(Level::Customer), &manager());
        assert_eq!((refused.kind, faults(&refused)), (Kind::NotReady, vec![("R-2a", "NOT_INTRODUCED")]));
    }
    let back = refusal(&introduced(), &validate(Level::AccountTeam), &manager());
    assert_eq!(faults(&back), [("R-2a", "ALREADY_INTRODUCED")]);
}

/// R-2a: the account team may learn more before the introduction.
#[test]
fn the_account_team_level_may_be_tried_again_before_the_introduction() {
    let case = validated(None, None, undecided());
    let still = then(&case, &validate(Level::AccountTeam), &manager());
    assert_eq!((still.state, still.validations.len()), (CaseState::Introduction, 2));
    let told = then(&still, &record(qualifying()), &manager());
    assert_eq!(then(&told, &validate(Level::AccountTeam), &manager()).state, CaseState::Qualified);
}

/// I-2, reading 1
#[test]
fn undetermined_twice_stays_open_and_never_defaults_to_a_side() {
    let twice = then(&introduced(), &validate(Level::Customer), &manager());
    assert_eq!((twice.state, twice.verdict()), (CaseState::CustomerValidation, Some(Verdict::Undetermined)));
    assert!(twice.is_live());
    for command in [choose(), start(), refer(), share()] {
        assert_eq!(refusal(&twice, &command, &manager()).reason, "WRONG_STATE", "{}", command.name());
    }
    let told = then(&twice, &record(failing()), &manager());
    assert_eq!(then(&told, &validate(Level::Customer), &manager()).state, CaseState::NotQualified);
}

/// I-2
#[test]
fn a_definite_verdict_stands_without_a_cause() {
    for items in [qualifying(), failing()] {
        for level in [Level::AccountTeam, Level::Customer] {
            let refused = refusal(&validated(None, None, items.clone()), &validate(level), &manager());
            assert_eq!(faults(&refused), [("I-2", "VERDICT_STANDS")]);
        }
    }
}

/// R-2a
#[test]
fn the_introduction_names_the_customer_and_a_team_with_the_architect() {
    let case = validated(Some("gmfta"), None, undecided());
    let empty = C::IntroduceBenefit { customer_contacts: vec![], team: vec![], cause: String::new() };
    let both = refusal(&case, &empty, &manager());
    assert_eq!(both.kind, Kind::Invalid);
    assert_eq!(faults(&both), [("R-2a", "CONTACT_MISSING"), ("R-2a", "TEAM_MISSING")]);
    let without = refusal(&case, &introduce(&["fm"]), &manager());
    assert_eq!(faults(&without), [("R-2a", "ARCHITECT_NOT_INTRODUCED")]);
    assert_eq!(then(&case, &introduce(&["fm", "gmfta"]), &manager()).state, CaseState::CustomerValidation);
    let early = refusal(&coordinated(None, None, data(&[])), &introduce(&["fm"]), &manager());
    assert_eq!(faults(&early), [("R-2a", "WRONG_STATE")]);
}

#[test]
fn a_case_in_flight_keeps_the_policy_it_was_first_assessed_with() {
    let case = introduced();
    assert_eq!(case.policy(), Some("policies/first"));
    let newer = C::ValidateCustomer {
        level: Level::Customer,
        policy_name: "policies/second".to_owned(),
        policy: policy_of(2, intake_domain::default_policy()).expect("published"),
        cause: String::new(),
    };
    let refused = refusal(&case, &newer, &manager());
    assert_eq!((refused.kind, refused.reason), (Kind::Aborted, "POLICY_DIFFERS"));
    assert_eq!(opened(None, None, data(&[])).policy(), None);
}

/// a validation names what it would still not know, and does not wait for it.
#[test]
fn a_validation_that_is_due_names_every_item_it_lacks() {
    let case = coordinated(None, None, undecided());
    let duty = duties(&case).into_iter().find(|duty| duty.action == "VALIDATE_CUSTOMER").expect("due");
    let unknown: Vec<_> = duty.missing.iter().filter(|f| f.reason == "INTENT_UNKNOWN").collect();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].subject, "items.windows_10_enterprise_intent");
    let missing = duty.missing.iter().filter(|f| f.reason == "ITEM_MISSING").count();
    assert_eq!(missing, kernel::REQUIRED_ITEMS.len() - 4);
}

/// R-1a
#[test]
fn the_open_question_waits_on_the_architect_by_name() {
    let asked = then(&opened(Some("gmfta"), None, undecided()), &ask(None), &manager());
    let waits = |case: &Case| duties(case).into_iter().find(|duty| duty.action == "ANSWER_ARCHITECT");
    let duty = waits(&asked).expect("due");
    assert_eq!((duty.role, duty.person, duty.since), (Role::Gmfta, Some(person("gmfta")), minute(0)));
    assert!(waits(&then(&asked, &answer(), &by(Role::Gmfta, "gmfta"))).is_none());
    assert!(waits(&validated(Some("gmfta"), None, undecided())).is_some());
    assert!(waits(&validated(Some("gmfta"), None, qualifying())).is_some());
    assert!(waits(&handed_off(0)).is_some());
    assert!(waits(&validated(Some("gmfta"), None, failing())).is_none());
}

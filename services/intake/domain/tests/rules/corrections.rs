//! Readings 16, 17 and 22: facts are corrected and verdicts follow; what was recorded is recorded again, and nothing is lost.

use intake_domain::{Case, CaseCommand as C, CaseEvent, CaseState, Level, Was, duties};
use kernel::{Channel, Context, Kind, Role, Verdict};
use serde_json::json;

use crate::support::*;

const OUTDATED: (&str, &str) = ("I-21", "VERDICT_OUTDATED");

fn due(case: &Case, action: &str) -> Option<kernel::Duty> {
    duties(case).into_iter().find(|duty| duty.action == action)
}

fn corrected(case: &Case, items: kernel::DataSet) -> Case {
    then(case, &record(items), &manager())
}

/// Validated again at account-team level, because of a mistake.
fn revalidated(case: &Case) -> Case {
    then(case, &again(validate(Level::AccountTeam)), &manager())
}

/// I-21: 1,200 licences are 15.
#[test]
fn a_verdict_is_outdated_once_a_fact_that_its_policy_looks_at_has_another_value() {
    let case = ready();
    assert_eq!(case.outdated_items(), [""; 0]);
    let told = attempt(Some(&case), &record(failing()), &Context { now: minute(9), ..manager() });
    let (told, events) = told.expect("facts are open");
    assert!(matches!(&events[..], [CaseEvent::ResearchRecorded { .. }, CaseEvent::VerdictOutdated { .. }]));
    assert_eq!((told.outdated_items(), told.outdated), (vec!["licence_count"], Some(minute(9))));
    assert_eq!((told.state, told.verdict()), (CaseState::Qualified, Some(Verdict::Qualified)));
    let waits = due(&told, "VALIDATE_CUSTOMER").expect("to be validated again");
    assert_eq!((waits.role, waits.since), (Role::ReengagementManager, minute(9)));
    // What was corrected back is as the verdict saw it.
    let back = corrected(&told, qualifying());
    assert_eq!((back.outdated_items(), due(&back, "VALIDATE_CUSTOMER")), (vec![], None));
    let again = attempt(Some(&back), &record(failing()), &Context { now: minute(20), ..manager() });
    assert_eq!(again.expect("facts are open").0.outdated, Some(minute(20)));
}

/// I-21
#[test]
fn a_verdict_stands_whatever_else_is_learnt() {
    let case = handed_off(6);
    let more = data(&[("device_count", json!(900)), ("work_in_flight", json!("a pilot"))]);
    let same = qualifying()
        .into_iter()
        .map(|(key, item)| (key, kernel::Item { source: "the customer".to_owned(), ..item }));
    for items in [more, same.collect()] {
        let (told, events) = attempt(Some(&case), &record(items), &manager()).expect("facts are open");
        assert!(matches!(&events[..], [CaseEvent::ResearchRecorded { .. }]), "{events:?}");
        assert_eq!(then(&told, &exit(), &manager()).state, CaseState::Exited);
    }
}

/// I-21
#[test]
fn an_outdated_verdict_is_no_ground_for_channel_handoff_or_exit_and_every_gap_is_told() {
    let chosen = corrected(&ready(), failing());
    let open = corrected(&validated(None, None, qualifying()), failing());
    let missing = ("I-5", "ASSIGNMENT_MISSING");
    for (case, command, gaps) in [
        (&open, choose(), vec![OUTDATED]),
        (&chosen, again(partner()), vec![OUTDATED]),
        (&open, start(), vec![("R-2b", "CHANNEL_MISSING"), missing, missing, OUTDATED]),
        (&chosen, start(), vec![OUTDATED]),
        (&corrected(&handed_off(6), failing()), start(), vec![OUTDATED]),
        (&corrected(&handed_off(6), failing()), exit(), vec![OUTDATED]),
        (&corrected(&handed_off(5), failing()), exit(), vec![("R-4", "ACKNOWLEDGEMENT_MISSING"), OUTDATED]),
    ] {
        let refused = refusal(case, &command, &manager());
        assert_eq!(
            (refused.kind, refused.reason),
            (Kind::NotReady, "VERDICT_OUTDATED"),
            "{}",
            command.name()
        );
        assert_eq!(faults(&refused), gaps, "{}", command.name());
        let last = refused.faults.last().expect("one");
        assert_eq!(last.subject, "items.licence_count");
        assert!(last.message.contains("ValidateCustomer"), "{}", last.message);
    }
    let exit = due(&corrected(&handed_off(6), failing()), "EXIT_GATEWAY").expect("due");
    assert_eq!(exit.missing.iter().map(|fault| (fault.rule, fault.reason)).collect::<Vec<_>>(), [OUTDATED]);
    assert_eq!(due(&open, "CHOOSE_CHANNEL").expect("due").missing.len(), 1);
}

/// I-21: what was not there when the verdict was made is looked at all the same.
#[test]
fn an_item_that_a_criterion_looks_at_and_that_was_missing_outdates_the_verdict_once_it_is_there() {
    let case = validated(None, None, data(&[("licence_count", json!(149))]));
    assert_eq!(case.state, CaseState::NotQualified);
    let told = corrected(&case, data(&[("windows_10_enterprise_intent", json!("YES"))]));
    assert_eq!(told.outdated_items(), ["windows_10_enterprise_intent"]);
}

/// Reading 16: an assessment that an earlier release kept names the inputs that it found.
#[test]
fn a_verdict_of_an_earlier_release_is_outdated_too() {
    let mut kept = serde_json::to_value(handed_off(6)).expect("writes");
    let members = kept.as_object_mut().expect("an object");
    for new in ["superseded", "outdated", "opened_by_mistake", "delivery"] {
        assert!(members.remove(new).is_some(), "{new}");
    }
    members["validations"][0].as_object_mut().expect("an object").remove("reads");
    let old: Case = serde_json::from_value(kept).expect("what was written down stays readable");
    assert_eq!(then(&old, &exit(), &manager()).state, CaseState::Exited);
    let told = corrected(&old, failing());
    assert_eq!(faults(&refusal(&told, &exit(), &manager())), [OUTDATED]);
}

/// Reading 16: before the handoff and during it; the FM and the GMFTA stay.
#[test]
fn a_case_that_turns_out_not_to_qualify_is_referred_and_keeps_what_stood_before() {
    for (case, gone) in [(ready(), 2), (handed_off(5), 3)] {
        let failed = revalidated(&corrected(&case, failing()));
        assert_eq!((failed.state, failed.verdict()), (CaseState::NotQualified, Some(Verdict::NotQualified)));
        assert_eq!((&failed.channel, &failed.handoff, failed.outdated), (&None, &None, None), "I-3");
        assert_eq!(failed.validations.len(), 2);
        assert_eq!(failed.validations[0].assessment.verdict, Verdict::Qualified);
        assert_eq!((&failed.fm, &failed.gmfta), (&case.fm, &case.gmfta));
        let (items, stood) =
            superseded(&failed).into_iter().partition::<Vec<_>, _>(|(cause, _)| *cause != CAUSE);
        assert!(matches!(items[..], [("learnt from account team", Was::Items { .. })]), "{items:?}");
        assert_eq!(stood.len(), gone);
        assert_eq!(stood[0].1, &Was::Verdict { validation: 1, verdict: Verdict::Qualified });
        assert_eq!(stood[1].1, &Was::Channel(Channel::Css));
        if let Some((_, Was::Handoff(handoff))) = stood.get(2) {
            assert_eq!(handoff.acknowledgements.len(), 5);
        }
        for command in [choose(), start(), exit()] {
            assert_eq!(refusal(&failed, &command, &manager()).reason, "WRONG_STATE", "{}", command.name());
        }
        let closed = then(&then(&failed, &refer(), &manager()), &share(), &manager());
        assert_eq!(closed.state, CaseState::Referred);
    }
}

/// Reading 16: a fact that changes nothing about the verdict.
#[test]
fn a_handoff_goes_on_where_the_customer_qualifies_again() {
    let more = data(&[("licence_count", json!(1_200))]);
    let case = revalidated(&corrected(&handed_off(6), more));
    assert_eq!((case.state, case.outdated_items().len()), (CaseState::Handoff, 0));
    assert_eq!(case.handoff.as_ref().expect("it goes on").acknowledgements.len(), 6);
    assert_eq!((case.channel.as_ref(), case.entered), (Some(&Channel::Css), minute(0)));
    assert_eq!(then(&case, &exit(), &manager()).state, CaseState::Exited);
}

/// Reading 16, I-2: undetermined is neither verdict, whatever came before.
#[test]
fn a_case_that_turns_out_to_be_undetermined_goes_back_to_the_introduction_or_stays_with_the_customer() {
    let open = revalidated(&corrected(&handed_off(6), undecided()));
    assert_eq!((open.state, open.verdict()), (CaseState::Introduction, Some(Verdict::Undetermined)));
    assert!(open.channel.is_none() && open.handoff.is_none(), "I-3");
    let told = then(&corrected(&introduced(), qualifying()), &validate(Level::Customer), &manager());
    let back = then(&corrected(&told, undecided()), &again(validate(Level::Customer)), &manager());
    assert_eq!((back.state, back.is_live()), (CaseState::CustomerValidation, true));
    let twice = then(&back, &validate(Level::Customer), &manager());
    assert_eq!((twice.state, twice.superseded.len()), (CaseState::CustomerValidation, back.superseded.len()));
}

/// Reading 16: `INTENT_NO` was a slip.
#[test]
fn a_mistake_found_after_not_qualified_is_mended_by_facts_and_validation() {
    let no = data(&[("windows_10_enterprise_intent", json!("NO"))]);
    let failed = then(
        &validated(Some("gmfta"), Some("fm"), {
            let mut all = qualifying();
            all.extend(no);
            all
        }),
        &refer(),
        &manager(),
    );
    assert_eq!(failed.state, CaseState::NotQualified);
    let told = corrected(&failed, qualifying());
    assert!(due(&told, "VALIDATE_CUSTOMER").is_some());
    let mended = revalidated(&told);
    assert_eq!((mended.state, &mended.referral), (CaseState::Qualified, &None));
    let kinds: Vec<_> = superseded(&mended).into_iter().map(|(_, was)| was.clone()).collect();
    assert!(matches!(&kinds[..], [Was::Items { .. }, Was::Verdict { .. }, Was::Referral(_)]), "{kinds:?}");
    assert_eq!(then(&then(&mended, &choose(), &manager()), &start(), &manager()).state, CaseState::Handoff);
    // What is still so is referred once more only where it was not.
    let same = revalidated(&failed);
    assert_eq!((same.state, same.referral), (CaseState::NotQualified, failed.referral.clone()));
}

/// Reading 16
#[test]
fn a_verdict_is_superseded_until_the_gateway_has_left_or_referral_and_guidance_were_given() {
    let left = then(&handed_off(6), &exit(), &manager());
    let referred = then(&then(&validated(None, None, failing()), &share(), &manager()), &refer(), &manager());
    for case in [left, referred, then(&ready(), &disengage(), &manager())] {
        let refused = refusal(&case, &again(validate(Level::AccountTeam)), &manager());
        assert_eq!(faults(&refused), [("R-2", "WRONG_STATE")], "{}", case.state);
    }
}

/// I-2: also where a verdict is superseded.
#[test]
fn the_level_of_another_validation_follows_the_introduction() {
    let early = refusal(&ready(), &again(validate(Level::Customer)), &manager());
    assert_eq!(faults(&early), [("R-2a", "NOT_INTRODUCED")]);
    let told = then(&corrected(&introduced(), failing()), &validate(Level::Customer), &manager());
    let late = refusal(&told, &again(validate(Level::AccountTeam)), &manager());
    assert_eq!(faults(&late), [("R-2a", "ALREADY_INTRODUCED")]);
    let mended = then(&corrected(&told, qualifying()), &again(validate(Level::Customer)), &manager());
    assert_eq!(mended.state, CaseState::Qualified);
}

/// I-23
#[test]
fn what_stands_is_replaced_with_a_cause_only() {
    let answered = then(&ready(), &answer(), &by(Role::Gmfta, "gmfta"));
    for (case, command, context, reason) in [
        (&ready(), validate(Level::AccountTeam), manager(), "VERDICT_STANDS"),
        (&ready(), ask_else(), manager(), "ALREADY_ASKED"),
        (&answered, answer(), by(Role::Gmfta, "gmfta"), "ALREADY_ANSWERED"),
        (&ready(), contact_team(), manager(), "ALREADY_CONTACTED"),
        (&introduced(), introduce(&["gmfta"]), manager(), "ALREADY_INTRODUCED"),
        (&ready(), partner(), manager(), "CHANNEL_ALREADY_CHOSEN"),
    ] {
        let refused = refusal(case, &command, &context);
        assert_eq!((refused.kind, refused.reason), (Kind::NotReady, reason));
        assert!(refused.message.ends_with("to replace it, call again with a cause"), "{}", refused.message);
        let after = then(case, &again(command), &context);
        let (before, new) = after.superseded.split_at(case.superseded.len());
        assert_eq!((before, new.len()), (&case.superseded[..], 1), "{reason}");
        assert_eq!((new[0].cause.as_str(), &new[0].stamp), (CAUSE, &context.stamp()));
    }
}

/// Reading 17
#[test]
fn the_answer_is_given_again_and_another_question_asked_and_what_was_said_stays_readable() {
    let gmfta = by(Role::Gmfta, "gmfta");
    let first =
        then(&then(&opened(Some("gmfta"), None, data(&[])), &ask(None), &manager()), &answer(), &gmfta);
    let better = C::AnswerArchitect {
        journey_status: "done".to_owned(),
        deployment_plans: "none".to_owned(),
        cause: CAUSE.to_owned(),
    };
    let second = then(&first, &better, &gmfta);
    let now = second.inquiry.as_ref().and_then(|inquiry| inquiry.answer.as_ref()).expect("answered");
    assert_eq!(now.journey_status, "done");
    assert_eq!(superseded(&second), [(CAUSE, &Was::Inquiry(first.inquiry.clone().expect("asked")))]);
    let third = then(&second, &again(ask_else()), &manager());
    assert_eq!(third.superseded[1].was, Was::Inquiry(second.inquiry.clone().expect("asked")));
    let open = third.inquiry.as_ref().expect("asked");
    assert_eq!((open.question.as_str(), &open.answer), ("Who decides there?", &None));
    assert!(due(&third, "ANSWER_ARCHITECT").is_some());
    for case in [validated(Some("gmfta"), None, failing()), ready(), handed_off(2)] {
        let asked = then(&case, &again(ask_else()), &manager());
        assert_eq!((asked.state, asked.gmfta), (case.state, case.gmfta));
    }
    let same = refusal(&third, &again(ask_else()), &manager());
    assert_eq!(faults(&same), [("R-1", "ALREADY_ASKED")]);
}

/// Reading 17: nobody is designated, and then somebody is: that says itself why.
#[test]
fn another_architect_is_cause_enough_for_another_question() {
    let none = coordinated(None, None, undecided());
    let known = then(&none, &ask(Some("second")), &manager());
    let was = Was::Inquiry(none.inquiry.clone().expect("recorded"));
    assert_eq!(superseded(&known), [("another architect is designated", &was)]);
}

/// Reading 17
#[test]
fn the_account_team_is_contacted_and_the_benefit_introduced_again_and_the_case_stays_where_it_is() {
    let customer = then(&corrected(&introduced(), qualifying()), &validate(Level::Customer), &manager());
    for case in [introduced(), customer] {
        let more = then(&case, &again(introduce(&["gmfta", "fm"])), &manager());
        assert_eq!((more.state, more.introduction.expect("made").team.len()), (case.state, 2));
        let was = case.introduction.clone().map(Was::Introduction).expect("made");
        assert_eq!(more.superseded.last().map(|gone| &gone.was), Some(&was));
    }
    for case in [coordinated(None, None, data(&[])), validated(None, None, failing()), handed_off(1)] {
        let more = then(&case, &again(contact_team()), &manager());
        let was = case.account_team_contact.clone().map(Was::AccountTeamContact).expect("made");
        assert_eq!((more.state, more.superseded.last().map(|gone| &gone.was)), (case.state, Some(&was)));
    }
    let early =
        refusal(&validated(Some("gmfta"), None, qualifying()), &again(introduce(&["gmfta"])), &manager());
    assert_eq!(faults(&early), [("R-2a", "WRONG_STATE")]);
    let left = then(&handed_off(6), &exit(), &manager());
    for command in [again(contact_team()), again(ask_else()), again(partner())] {
        assert_eq!(refusal(&left, &command, &manager()).reason, "WRONG_STATE", "{}", command.name());
    }
}

/// Reading 17, I-3
#[test]
fn the_channel_is_chosen_again_with_a_cause_until_the_exit_and_there_is_always_one() {
    for case in [ready(), handed_off(6)] {
        let other = then(&case, &again(partner()), &manager());
        assert_eq!(other.channel, Some(Channel::Frp("Fabrikam".to_owned())));
        assert_eq!(
            (other.state, superseded(&other)),
            (case.state, vec![(CAUSE, &Was::Channel(Channel::Css))])
        );
    }
    let other = then(&handed_off(6), &again(partner()), &manager());
    let (_, events) = attempt(Some(&other), &exit(), &manager()).expect("six");
    let [CaseEvent::GatewayExited { channel, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(channel, &Channel::Frp("Fabrikam".to_owned()));
}

/// I-23: the values that stood, and who told the new ones.
#[test]
fn a_corrected_item_keeps_the_value_it_replaces() {
    let case = opened(None, None, qualifying());
    let told = then(&case, &again(record(failing())), &manager());
    let was = Was::Items { items: data(&[("licence_count", json!(150))]) };
    assert_eq!(superseded(&told), [(CAUSE, &was)]);
    let new = then(&case, &again(record(data(&[("device_count", json!(9))]))), &manager());
    assert_eq!(superseded(&new), [], "nothing stood");
    let unsaid = then(&case, &record(failing()), &manager());
    assert_eq!(superseded(&unsaid), [("learnt from account team", &was)]);
}

/// R-2a, reading 22
#[test]
fn the_benefit_is_not_introduced_while_no_gmfta_is_designated_and_one_can_be_requested() {
    let case = validated(None, None, undecided());
    let refused = refusal(&case, &introduce(&["fm"]), &manager());
    assert_eq!(
        (refused.reason, faults(&refused)),
        ("INTRODUCTION_NOT_READY", vec![("R-2a", "ASSIGNMENT_MISSING")])
    );
    assert_eq!(due(&case, "INTRODUCE_BENEFIT").expect("due").missing, refused.faults);
    assert!(due(&case, "REQUEST_ASSIGNMENTS").is_some());
    let asked = then(&case, &request(&[Role::Gmfta]), &manager());
    let open = refusal(&asked, &introduce(&["fm"]), &manager());
    assert_eq!(faults(&open), [("R-2a", "ASSIGNMENT_OPEN")]);
    assert!(due(&asked, "REQUEST_ASSIGNMENTS").is_none() && due(&asked, "FILL_ASSIGNMENT").is_some());
    let filled = then(&asked, &fill(Role::Gmfta, "gmfta"), &program());
    assert_eq!(
        (filled.state, due(&filled, "INTRODUCE_BENEFIT").expect("due").missing.len()),
        (CaseState::Introduction, 0)
    );
    assert_eq!(
        faults(&refusal(&filled, &introduce(&["fm"]), &manager())),
        [("R-2a", "ARCHITECT_NOT_INTRODUCED")]
    );
    assert_eq!(then(&filled, &introduce(&["gmfta"]), &manager()).state, CaseState::CustomerValidation);
}

/// who is asked is designated, so nothing is left to request.
#[test]
fn an_architect_who_is_asked_takes_the_open_request_for_one() {
    let asked = then(&coordinated(None, None, undecided()), &request(&[]), &manager());
    let known = then(&asked, &ask(Some("second")), &manager());
    let open: Vec<_> = known.assignment_requests.iter().filter(|made| made.filled.is_none()).collect();
    assert_eq!(open.iter().map(|made| made.role).collect::<Vec<_>>(), [Role::Fm]);
    assert_eq!(known.gmfta, Some(person("second")));
    let other = then(&known, &refill(Role::Gmfta, "third"), &program());
    let waits = due(&other, "ANSWER_ARCHITECT").expect("it is not answered");
    assert_eq!(waits.person, Some(person("third")), "whoever is designated now can answer");
    then(&other, &answer(), &by(Role::Gmfta, "third"));
}

/// R-2c, reading 16: a case about nobody, and never a way around referral and guidance.
#[test]
fn a_case_that_was_opened_by_mistake_is_disengaged_wherever_it_stands_before_its_end() {
    for case in [
        opened(None, None, data(&[])),
        coordinated(None, None, data(&[])),
        validated(None, None, undecided()),
        introduced(),
        ready(),
        validated(None, None, failing()),
        handed_off(5),
    ] {
        let ended = then(&case, &mistaken(), &manager());
        assert_eq!(
            (ended.state, ended.opened_by_mistake, ended.is_live()),
            (CaseState::Disengaged, true, false)
        );
        assert_eq!(ended.cause.as_deref(), Some("opened for the wrong customer"));
    }
    let failed = validated(None, None, failing());
    let begun = [then(&failed, &refer(), &manager()), then(&failed, &share(), &manager())];
    for case in begun.iter().chain([&failed]) {
        assert_eq!(refusal(case, &disengage(), &manager()).reason, "REFERRAL_AND_GUIDANCE_NEEDED");
    }
    for case in &begun {
        assert_eq!(refusal(case, &mistaken(), &manager()).reason, "REFERRAL_AND_GUIDANCE_NEEDED");
    }
}

/// A-3, reading 23
#[test]
fn a_qualified_case_keeps_the_channel_that_delivers_already_unless_another_is_chosen_with_a_cause() {
    let known = then(
        &coordinated(Some("gmfta"), Some("fm"), qualifying()),
        &delivers(Some(delivery(fabrikam()))),
        &manager(),
    );
    assert_eq!((known.channel.as_ref(), known.state), (None, CaseState::Coordination), "I-3");
    let (kept, events) =
        attempt(Some(&known), &validate(Level::AccountTeam), &manager()).expect("it qualifies");
    assert!(matches!(
        &events[..],
        [CaseEvent::CustomerValidated { .. }, CaseEvent::ChannelChosen { cause: None, .. }]
    ));
    assert_eq!((kept.channel.as_ref(), due(&kept, "CHOOSE_CHANNEL")), (Some(&fabrikam()), None));
    assert_eq!(faults(&refusal(&kept, &choose(), &manager())), [("I-3", "CHANNEL_ALREADY_CHOSEN")]);
    assert_eq!(then(&kept, &again(choose()), &manager()).channel, Some(Channel::Css));
    assert_eq!(then(&kept, &start(), &manager()).state, CaseState::Handoff);
    for items in [failing(), undecided()] {
        let known =
            then(&coordinated(Some("gmfta"), None, items), &delivers(Some(delivery(fabrikam()))), &manager());
        assert_eq!(then(&known, &validate(Level::AccountTeam), &manager()).channel, None, "I-3");
    }
}

/// A-3, reading 23: what delivers, as it is corrected; a channel that was chosen otherwise stays.
#[test]
fn the_channel_that_is_kept_follows_a_correction_of_the_delivery_and_one_that_was_chosen_does_not() {
    let late = then(
        &validated(Some("gmfta"), Some("fm"), qualifying()),
        &delivers(Some(delivery(Channel::Css))),
        &manager(),
    );
    assert_eq!(late.channel, Some(Channel::Css));
    assert_eq!(
        faults(&refusal(&late, &delivers(Some(delivery(Channel::Css))), &manager())),
        [("A-3", "DELIVERY_ALREADY_RECORDED")]
    );
    assert_eq!(
        faults(&refusal(&late, &delivers(Some(delivery(fabrikam()))), &manager())),
        [("A-3", "DELIVERY_ALREADY_RECORDED")]
    );
    let corrected = then(&late, &again(delivers(Some(delivery(fabrikam())))), &manager());
    assert_eq!(corrected.channel, Some(fabrikam()));
    let gone: Vec<_> = superseded(&corrected).into_iter().map(|(cause, was)| (cause, was.clone())).collect();
    let was = Was::Delivery(late.delivery.clone().expect("recorded"));
    assert_eq!(gone, [(CAUSE, was), (CAUSE, Was::Channel(Channel::Css))]);
    let nobody = then(&corrected, &again(delivers(None)), &manager());
    assert_eq!((nobody.delivery.expect("recorded").delivery, nobody.channel), (None, Some(fabrikam())));
    let chosen = then(&late, &again(partner()), &manager());
    let other = Some(delivery(Channel::Frp("Northwind".to_owned())));
    assert_eq!(then(&chosen, &again(delivers(other)), &manager()).channel, Some(fabrikam()));
    let outdated = corrected_since(&validated(Some("gmfta"), Some("fm"), qualifying()));
    assert_eq!(then(&outdated, &delivers(Some(delivery(fabrikam()))), &manager()).channel, None, "I-21");
    let left = then(&handed_off(6), &exit(), &manager());
    assert_eq!(
        faults(&refusal(&left, &delivers(Some(delivery(fabrikam()))), &manager())),
        [("A-3", "WRONG_STATE")]
    );
}

fn corrected_since(case: &Case) -> Case {
    corrected(case, failing())
}

/// a case says so from the beginning.
#[test]
fn a_case_opens_with_the_delivery_in_progress() {
    let mut opening = open(Some("gmfta"), None, data(&[]));
    if let C::OpenCase { delivery: delivers, .. } = &mut opening {
        *delivers = Some(delivery(Channel::Css));
    }
    let case = attempt(None, &opening, &manager()).expect("opens").0;
    let recorded = case.delivery.expect("recorded");
    assert_eq!((recorded.delivery, recorded.stamp), (Some(delivery(Channel::Css)), manager().stamp()));
    assert_eq!(opened(None, None, data(&[])).delivery, None);
}

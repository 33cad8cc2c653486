//! Real life before the Gateway leaves: facts are corrected and verdicts follow, what was recorded is recorded again, and nothing
//! is lost (readings 16, 17 and 22; I-21, I-23).

use getmodern::client::Actor;
use proto::{
    common::v1::{
        DataItem, DeliveryChannel, Duty, Intent, ListDutiesRequest, Role, Verdict, data_item::Fact,
        delivery_channel,
    },
    engagement::v1::{GetEngagementRequest, GetInsightsRequest, Insights},
    intake::v1::{
        AcknowledgeHandoffRequest, AnswerArchitectRequest, AskArchitectRequest, Case, ChangeSeatRequest,
        ChooseChannelRequest, ContactAccountTeamRequest, DisengageCaseRequest, ExitGatewayRequest,
        FillAssignmentRequest, GetCaseRequest, IntroduceBenefitRequest, OpenCaseRequest,
        RecordResearchRequest, ReferToPartnerRequest, RequestAssignmentsRequest, SeatHeld,
        ShareGuidanceRequest, StartHandoffRequest, ValidateCustomerRequest, ValidateCustomerResponse,
        ValidationLevel, case::State, superseded::Was,
    },
};
use tests::actor;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{
    story::{about, channel, contact, item, research, roster},
    wire::{reason, refusal},
    world::{
        ATS, ENGAGEMENT, FE, FM, FTA, GATEWAY, GMFTA, INTAKE, LEADERSHIP, PROGRAM, SIX, SME, STRANGER, World,
    },
};

/// Everybody who may look at a case, and somebody who may not.
const EYES: [Actor; 10] = [GATEWAY, PROGRAM, LEADERSHIP, GMFTA, FM, FE, SME, FTA, ATS, actor(STRANGER, "FE")];

/// The roles that see the case, in that order; all of them see the same.
async fn seen(world: &World, case: &str) -> (Case, String) {
    let (mut shown, mut eyes): (Option<Case>, Vec<&str>) = (None, Vec::new());
    for who in EYES {
        let found = world.client.call::<_, Case>(who, GetCaseRequest { name: case.to_owned() }).await;
        match found {
            Ok(found) => {
                assert!(shown.as_ref().is_none_or(|shown| *shown == found), "{who:?}");
                shown = Some(found);
                eyes.push(who.role);
            }
            answer => assert_eq!(refusal(answer), (Code::NotFound, "NOT_FOUND".to_owned()), "{who:?}"),
        }
    }
    (shown.expect("the Gateway sees it"), eyes.join(" "))
}

const ALL: &str = "REENGAGEMENT_MANAGER PROGRAM_TEAM LEADERSHIP GMFTA FM FE SME FTA ATS";
/// Without the four whom only a handoff names.
const ASSIGNED: &str = "REENGAGEMENT_MANAGER PROGRAM_TEAM LEADERSHIP GMFTA FM";

async fn due(world: &World, case: &str) -> Vec<Duty> {
    let of = ListDutiesRequest { resource: case.to_owned(), ..ListDutiesRequest::default() };
    world.duties(INTAKE, of).await
}

async fn actions(world: &World, case: &str) -> Vec<String> {
    due(world, case).await.into_iter().map(|duty| duty.action).collect()
}

/// Reason and subject of everything a refusal names.
fn gaps(status: &Status) -> Vec<(String, String)> {
    let details = status.get_error_details();
    let failure = details.precondition_failure().expect("what is missing");
    failure.violations.iter().map(|gap| (gap.r#type.clone(), gap.subject.clone())).collect()
}

async fn record(world: &mut World, case: &str, facts: Vec<Fact>) -> Case {
    let items: Vec<DataItem> = facts.into_iter().map(item).collect();
    world.act(GATEWAY, about!(RecordResearchRequest, case, items: items)).await
}

fn validation(case: &str, level: ValidationLevel, why: &str) -> ValidateCustomerRequest {
    about!(ValidateCustomerRequest, case, level: level.into(), cause: why.to_owned())
}

async fn validate(world: &mut World, case: &str, level: ValidationLevel, why: &str) -> Case {
    let found: ValidateCustomerResponse = world.act(GATEWAY, validation(case, level, why)).await;
    found.case.expect("the case")
}

/// What stood, each in a word.
fn stood(case: &Case) -> Vec<&'static str> {
    let word = |was: &Was| match was {
        Was::Inquiry(_) => "inquiry",
        Was::Items(_) => "items",
        Was::Verdict(_) => "verdict",
        Was::AccountTeamContact(_) => "contact",
        Was::Introduction(_) => "introduction",
        Was::Channel(_) => "channel",
        Was::Handoff(_) => "handoff",
        Was::Referral(_) => "referral",
        Was::Guidance(_) => "guidance",
        Was::Delivery(_) => "delivery",
        Was::Seat(_) => "seat",
        Was::Customer(_) => "customer",
        Was::Tenant(_) => "tenant",
    };
    let each = case.superseded.iter().inspect(|gone| {
        assert!(!gone.cause.is_empty(), "{gone:?}");
        assert_eq!(gone.stamp.as_ref().map(|stamp| stamp.person.as_str()), Some(GATEWAY.person));
    });
    each.filter_map(|gone| gone.was.as_ref()).map(word).collect()
}

async fn close(world: &mut World, case: &str) -> Case {
    let partner = "Fabrikam Consulting".to_owned();
    let _: Case = world.act(GATEWAY, about!(ReferToPartnerRequest, case, partner: partner)).await;
    let guidance = "the deployment guidance".to_owned();
    world.act(GATEWAY, about!(ShareGuidanceRequest, case, guidance: guidance)).await
}

/// I-21, reading 16: found out once all six have acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn licences_corrected_from_1200_to_15_during_the_handoff_never_reach_the_execution() {
    let mut world = World::new().await;
    let case = world.handed_off("contoso").await;
    record(&mut world, &case, vec![Fact::LicenceCount(1_200)]).await;
    validate(&mut world, &case, ValidationLevel::AccountTeam, "the count was estimated").await;
    for actor in SIX {
        let _: Case = world.act(actor, about!(AcknowledgeHandoffRequest, case)).await;
    }
    let (before, eyes) = seen(&world, &case).await;
    assert_eq!((before.state(), before.outdated, eyes.as_str()), (State::Handoff, None, ALL));
    assert_eq!(before.handoff.expect("it goes on").acknowledgements.len(), 6);

    record(&mut world, &case, vec![Fact::LicenceCount(15)]).await;
    let (told, eyes) = seen(&world, &case).await;
    let outdated = told.outdated.clone().expect("the verdict is");
    assert_eq!((outdated.items, outdated.since_time), (vec!["licence_count".to_owned()], told.update_time));
    assert_eq!((told.verdict(), eyes.as_str()), (Verdict::Qualified, ALL));
    let waiting = due(&world, &case).await;
    let again = waiting.iter().find(|duty| duty.action == "VALIDATE_CUSTOMER").expect("it is due");
    assert_eq!((again.role(), again.since_time), (Role::ReengagementManager, told.update_time));
    let exit = about!(ExitGatewayRequest, case);
    for refused in [
        world.refused(GATEWAY, exit.clone()).await,
        world.refused(GATEWAY, about!(StartHandoffRequest, case, roster: Some(roster()))).await,
        world.refused(GATEWAY, about!(ChooseChannelRequest, case, channel: Some(channel()))).await,
    ] {
        assert_eq!((refused.code(), reason(&refused)), (Code::FailedPrecondition, "VERDICT_OUTDATED".into()));
        assert_eq!(gaps(&refused), [("VERDICT_OUTDATED".to_owned(), "items.licence_count".to_owned())]);
        assert!(refused.message().contains("ValidateCustomer"), "{}", refused.message());
    }

    let silent = world.refused(GATEWAY, validation(&case, ValidationLevel::AccountTeam, "")).await;
    assert_eq!(reason(&silent), "VERDICT_STANDS");
    let failed = validate(&mut world, &case, ValidationLevel::AccountTeam, "15, as the agreement says").await;
    assert_eq!((failed.state(), failed.verdict()), (State::NotQualified, Verdict::NotQualified));
    assert_eq!((&failed.channel, &failed.handoff, &failed.outdated), (&None, &None, &None), "I-3");
    assert_eq!(stood(&failed), ["items", "verdict", "items", "verdict", "channel", "handoff"]);
    assert_eq!(failed.validations.len(), 3, "each stays readable");
    let (_, eyes) = seen(&world, &case).await;
    assert_eq!(eyes, ASSIGNED, "who was named by the handoff alone is no part of it");
    assert_eq!(reason(&world.refused(GATEWAY, exit).await), "WRONG_STATE");
    assert_eq!(close(&mut world, &case).await.state(), State::Referred);
    insights_follow(&world).await;
    let engagement = GetEngagementRequest { name: case.replace("cases/", "engagements/") };
    let answer = world.client.call::<_, proto::engagement::v1::Engagement>(LEADERSHIP, engagement).await;
    assert_eq!(refusal(answer).0, Code::NotFound, "I-4");
    world.end().await;
}

/// G-6: the case counts once, with its latest verdict and the criterion that it failed.
async fn insights_follow(world: &World) {
    let latest = |found: &Insights| {
        let verdicts: Vec<_> = found.verdicts.iter().map(|it| (it.verdict(), it.count)).collect();
        verdicts == [(Verdict::NotQualified, 1)]
    };
    let found = world.until("the latest verdict counts", GetInsightsRequest::default(), latest).await;
    let criteria: Vec<_> = found.criteria.iter().map(|it| (it.criterion.as_str(), it.count)).collect();
    assert_eq!(criteria, [("licences", 1)]);
}

/// I-21: found out before the handoff; what was chosen goes with the verdict.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn licences_corrected_before_the_handoff_keep_the_channel_from_being_chosen_and_the_handoff_from_starting()
 {
    let mut world = World::new().await;
    let case = world.validated("contoso", Intent::Yes).await.name;
    record(&mut world, &case, vec![Fact::LicenceCount(15)]).await;
    let choose = about!(ChooseChannelRequest, case, channel: Some(channel()));
    assert_eq!(reason(&world.refused(GATEWAY, choose.clone()).await), "VERDICT_OUTDATED");
    let start = about!(StartHandoffRequest, case, roster: Some(roster()));
    let refused = world.refused(GATEWAY, start).await;
    let reasons: Vec<_> = gaps(&refused).into_iter().map(|(reason, _)| reason).collect();
    assert_eq!(
        (reason(&refused).as_str(), reasons),
        ("VERDICT_OUTDATED", vec!["CHANNEL_MISSING".into(), "VERDICT_OUTDATED".into()])
    );
    // Corrected back, it is what the verdict saw.
    let back = record(&mut world, &case, vec![Fact::LicenceCount(150)]).await;
    assert_eq!(back.outdated, None);
    let _: Case = world.act(GATEWAY, choose).await;
    record(&mut world, &case, vec![Fact::LicenceCount(149)]).await;
    let failed = validate(&mut world, &case, ValidationLevel::AccountTeam, "149 it is").await;
    assert_eq!((failed.state(), failed.channel), (State::NotQualified, None));
    world.end().await;
}

/// Reading 16
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_intent_no_that_was_a_slip_is_mended_after_not_qualified() {
    let mut world = World::new().await;
    let case = world.validated("fabrikam", Intent::No).await.name;
    let partner = "Fabrikam Consulting".to_owned();
    let _: Case = world.act(GATEWAY, about!(ReferToPartnerRequest, case, partner: partner)).await;
    let told = record(&mut world, &case, vec![Fact::Windows10EnterpriseIntent(Intent::Yes.into())]).await;
    assert_eq!((told.state(), told.outdated.expect("it is").items.len()), (State::NotQualified, 1));
    let (_, eyes) = seen(&world, &case).await;
    assert_eq!(eyes, ASSIGNED);
    let waiting = actions(&world, &case).await;
    assert!(waiting.contains(&"VALIDATE_CUSTOMER".to_owned()), "{waiting:?}");
    let mended = validate(&mut world, &case, ValidationLevel::AccountTeam, "YES, mistyped").await;
    assert_eq!((mended.state(), &mended.referral), (State::Qualified, &None));
    assert_eq!(stood(&mended), ["items", "verdict", "referral"]);
    let _: Case = world.act(GATEWAY, about!(ChooseChannelRequest, case, channel: Some(channel()))).await;
    let _: Case = world.act(GATEWAY, about!(StartHandoffRequest, case, roster: Some(roster()))).await;
    assert_eq!(seen(&world, &case).await.1, ALL);
    // And undetermined twice stays open, whatever it was before.
    record(&mut world, &case, vec![Fact::Windows10EnterpriseIntent(Intent::Unknown.into())]).await;
    for cause in ["nobody can tell any more", ""] {
        let open = validate(&mut world, &case, ValidationLevel::AccountTeam, cause).await;
        assert_eq!((open.state(), open.verdict()), (State::Introduction, Verdict::Undetermined));
    }
    world.end().await;
}

/// Reading 17: in whatever state it stands before the exit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn question_answer_contact_introduction_and_channel_are_recorded_again_and_all_of_it_stays() {
    let mut world = World::new().await;
    let case = world.validated("fabrikam", Intent::Unknown).await.name;
    answered_and_asked_again(&mut world, &case).await;
    introduced_and_contacted_again(&mut world, &case).await;
    record(&mut world, &case, vec![Fact::Windows10EnterpriseIntent(Intent::Yes.into())]).await;
    validate(&mut world, &case, ValidationLevel::Customer, "").await;
    let partner = chosen_again(&mut world, &case).await;
    let (last, eyes) = seen(&world, &case).await;
    let kinds: Vec<_> = last.superseded.iter().map(|gone| gone.cause.as_str()).collect();
    assert_eq!(eyes, ALL);
    assert_eq!(
        kinds,
        [
            "mixed up with another",
            "it is unclear",
            "it went to a namesake",
            "they changed",
            "learnt from account team",
            "CSS has no people there"
        ]
    );
    for actor in SIX {
        let _: Case = world.act(actor, about!(AcknowledgeHandoffRequest, case)).await;
    }
    let _: Case = world.act(GATEWAY, about!(ExitGatewayRequest, case)).await;
    let begun = GetEngagementRequest { name: case.replace("cases/", "engagements/") };
    let begun: proto::engagement::v1::Engagement = world.until("it begins", begun, |_| true).await;
    assert_eq!(begun.channel, Some(partner));
    world.end().await;
}

/// The R-1 answer is corrected, and another question asked.
async fn answered_and_asked_again(world: &mut World, case: &str) {
    let answer = |status: &str, cause: &str| {
        about!(AnswerArchitectRequest, case,
        journey_status: status.to_owned(), deployment_plans: "this year".to_owned(), cause: cause.to_owned())
    };
    let _: Case = world.act(GMFTA, answer("begun", "")).await;
    assert_eq!(reason(&world.refused(GMFTA, answer("done", "")).await), "ALREADY_ANSWERED");
    let corrected: Case = world.act(GMFTA, answer("done", "mixed up with another")).await;
    assert_eq!(corrected.inquiry.expect("asked").journey_status, "done");
    let gone = corrected.superseded.last().expect("the first answer");
    assert_eq!(gone.stamp.as_ref().map(|stamp| stamp.person.as_str()), Some(GMFTA.person));
    let Some(Was::Inquiry(was)) = &gone.was else { panic!("{gone:?}") };
    assert_eq!((was.journey_status.as_str(), gone.cause.as_str()), ("begun", "mixed up with another"));
    let ask = about!(AskArchitectRequest, case, question: "Who decides?".to_owned(), cause: "it is unclear".to_owned());
    let asked: Case = world.act(GATEWAY, ask).await;
    assert_eq!((asked.superseded.len(), asked.inquiry.expect("asked").answered), (2, None));
    assert!(actions(world, case).await.contains(&"ANSWER_ARCHITECT".to_owned()));
}

/// The benefit is introduced to the right person, and the account team contacted anew (R-2, R-2a).
async fn introduced_and_contacted_again(world: &mut World, case: &str) {
    let introduce = |to: &str, cause: &str| {
        about!(IntroduceBenefitRequest, case,
        customer_contacts: vec![contact(to)], team: vec![GMFTA.person.to_owned()], cause: cause.to_owned())
    };
    let _: Case = world.act(GATEWAY, introduce("the wrong head of IT", "")).await;
    let refused = world.refused(GATEWAY, introduce("the head of IT", "")).await;
    assert_eq!(reason(&refused), "ALREADY_INTRODUCED");
    let _: Case = world.act(GATEWAY, introduce("the head of IT", "it went to a namesake")).await;
    let contacts = vec![contact("the new account manager")];
    let reach = about!(ContactAccountTeamRequest, case, contacts: contacts, cause: "they changed".to_owned());
    let told: Case = world.act(GATEWAY, reach).await;
    assert_eq!(told.state(), State::CustomerValidation, "it stays where it is");
}

/// Another channel is chosen with a cause, in the handoff too (R-2b, I-3).
async fn chosen_again(world: &mut World, case: &str) -> DeliveryChannel {
    let partner = delivery_channel::Kind::Frp.into();
    let partner = DeliveryChannel { kind: partner, partner: "Fabrikam".to_owned() };
    let choose = |cause: &str| about!(ChooseChannelRequest, case, channel: Some(partner.clone()), cause: cause.to_owned());
    let _: Case = world.act(GATEWAY, about!(ChooseChannelRequest, case, channel: Some(channel()))).await;
    assert_eq!(reason(&world.refused(GATEWAY, choose("")).await), "CHANNEL_ALREADY_CHOSEN");
    let _: Case = world.act(GATEWAY, about!(StartHandoffRequest, case, roster: Some(roster()))).await;
    let other: Case = world.act(GATEWAY, choose("CSS has no people there")).await;
    assert_eq!((other.state(), other.channel), (State::Handoff, Some(partner.clone())));
    partner
}

/// I-22, I-23: FM and GMFTA were named at the opening, and are others before anybody answered or was qualified.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_named_at_the_opening_is_replaced_at_once_and_sees_the_case_no_more() {
    let mut world = World::new().await;
    let Case { name: case, .. } = world.opened("wingtip").await;
    let (fm, gmfta) = (actor("people/second-fm", "FM"), actor("people/second-gmfta", "GMFTA"));
    let sees = async |world: &World, who: Actor| {
        world.client.call::<_, Case>(who, GetCaseRequest { name: case.clone() }).await.is_ok()
    };
    assert!(sees(&world, FM).await && sees(&world, GMFTA).await);
    let (role, why) = (Role::Fm.into(), "left the company".to_owned());
    let seat = about!(ChangeSeatRequest, case, role: role, successor: fm.person.to_owned(), cause: why);
    let changed: Case = world.act(PROGRAM, seat).await;
    assert_eq!((changed.state(), changed.fm.as_str()), (State::Research, fm.person));
    let asked: Case =
        world.act(GATEWAY, about!(AskArchitectRequest, case, architect: gmfta.person.to_owned())).await;
    let kept: Vec<_> = asked.superseded.iter().map(|gone| (gone.was.clone(), gone.cause.as_str())).collect();
    let held = |role: Role, person: Actor, successor: Actor| {
        let (person, successor) = (person.person.to_owned(), successor.person.to_owned());
        Some(Was::Seat(SeatHeld { role: role.into(), person, successor, acknowledged: None }))
    };
    let both = [
        (held(Role::Fm, FM, fm), "left the company"),
        (held(Role::Gmfta, GMFTA, gmfta), "another architect is designated"),
    ];
    assert_eq!(kept, both);
    let stamps = asked.superseded.iter().filter_map(|gone| gone.stamp.as_ref());
    assert_eq!(
        stamps.map(|stamp| stamp.person.as_str()).collect::<Vec<_>>(),
        [PROGRAM.person, GATEWAY.person]
    );
    for (who, is_shown) in [(FM, false), (GMFTA, false), (fm, true), (gmfta, true)] {
        assert_eq!(sees(&world, who).await, is_shown, "{who:?}");
    }
    world.end().await;
}

/// R-2a, reading 22: the FastTrack team that is introduced has a GMFTA.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_benefit_is_introduced_once_a_gmfta_was_requested_and_named() {
    let mut world = World::new().await;
    let open = OpenCaseRequest {
        customer: "tailspin".to_owned(),
        tenant: "tailspin.onmicrosoft.com".to_owned(),
        ..OpenCaseRequest::default()
    };
    let Case { name: case, .. } = world.act(GATEWAY, open).await;
    let _: Case = world.act(GATEWAY, about!(AskArchitectRequest, case)).await;
    let contacts = vec![contact("the account manager")];
    let _: Case = world.act(GATEWAY, about!(ContactAccountTeamRequest, case, contacts: contacts)).await;
    let items = research(Intent::Unknown);
    let _: Case = world.act(GATEWAY, about!(RecordResearchRequest, case, items: items)).await;
    validate(&mut world, &case, ValidationLevel::AccountTeam, "").await;
    let introduce = |team: &str| {
        about!(IntroduceBenefitRequest, case,
        customer_contacts: vec![contact("the head of IT")], team: vec![team.to_owned()])
    };
    let refused = world.refused(GATEWAY, introduce(FM.person)).await;
    assert_eq!(gaps(&refused), [("ASSIGNMENT_MISSING".to_owned(), "GMFTA".to_owned())]);
    let waiting = due(&world, &case).await;
    let lacking = waiting.iter().find(|duty| duty.action == "INTRODUCE_BENEFIT").expect("it is due");
    assert_eq!(lacking.missing.len(), 1);
    assert!(waiting.iter().any(|duty| duty.action == "REQUEST_ASSIGNMENTS"));
    assert_eq!(seen(&world, &case).await.1, "REENGAGEMENT_MANAGER PROGRAM_TEAM LEADERSHIP");

    let _: Case = world.act(GATEWAY, about!(RequestAssignmentsRequest, case)).await;
    let twice = world.refused(GATEWAY, about!(RequestAssignmentsRequest, case)).await;
    assert_eq!(reason(&twice), "NOTHING_TO_REQUEST", "I-5");
    let open = world.refused(GATEWAY, introduce(FM.person)).await;
    assert_eq!(gaps(&open), [("ASSIGNMENT_OPEN".to_owned(), "GMFTA".to_owned())]);
    let waiting = due(&world, &case).await;
    let fill = waiting.iter().find(|duty| duty.action == "FILL_ASSIGNMENT").expect("it is due");
    assert_eq!((fill.role(), fill.missing.len()), (Role::ProgramTeam, 2));
    let role = Role::Gmfta.into();
    let fill = about!(FillAssignmentRequest, case, role: role, person: GMFTA.person.to_owned());
    let _: Case = world.act(PROGRAM, fill).await;
    assert_eq!(seen(&world, &case).await.1, "REENGAGEMENT_MANAGER PROGRAM_TEAM LEADERSHIP GMFTA");
    let without = world.refused(GATEWAY, introduce(FM.person)).await;
    assert_eq!(reason(&without), "ARCHITECT_NOT_INTRODUCED");
    let made: Case = world.act(GATEWAY, introduce(GMFTA.person)).await;
    assert_eq!(made.state(), State::CustomerValidation);
    world.end().await;
}

/// R-2c, reading 16
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_opened_by_mistake_ends_with_a_cause_and_no_customer_is_spared_the_referral() {
    let mut world = World::new().await;
    let case = world.validated("fabrikam", Intent::No).await.name;
    let end = |cause: &str, opened_by_mistake: bool| {
        about!(DisengageCaseRequest, case,
        cause: cause.to_owned(), opened_by_mistake: opened_by_mistake)
    };
    let refused = world.refused(GATEWAY, end("not interested", false)).await;
    assert_eq!(reason(&refused), "REFERRAL_AND_GUIDANCE_NEEDED");
    assert_eq!(world.refused(GATEWAY, end("", true)).await.code(), Code::InvalidArgument);
    let ended: Case = world.act(GATEWAY, end("the tenant is fabrikam's supplier's", true)).await;
    assert_eq!((ended.state(), ended.opened_by_mistake), (State::Disengaged, true));
    assert_eq!(seen(&world, &case).await, (ended, ASSIGNED.to_owned()));
    assert_eq!(actions(&world, &case).await, [""; 0]);
    // The tenant is free again; and who was referred is a customer.
    let other = world.validated("fabrikam", Intent::No).await.name;
    let partner = "Fabrikam Consulting".to_owned();
    let _: Case = world.act(GATEWAY, about!(ReferToPartnerRequest, other, partner: partner)).await;
    let late = about!(DisengageCaseRequest, other, cause: "wrong".to_owned(), opened_by_mistake: true);
    let refused = world.refused(GATEWAY, late).await;
    assert_eq!(gaps(&refused), [("GUIDANCE_MISSING".to_owned(), "guidance".to_owned())]);
    let kinds: Vec<_> = world.events(INTAKE, &case).await.into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds.last().map(String::as_str), Some("CaseDisengaged"));
    assert_eq!(world.events(ENGAGEMENT, "").await.len(), 0);
    world.end().await;
}

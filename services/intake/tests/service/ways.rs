//! The ways through the Gateway, from the first call to the last.

use host::wire;
use proto::{
    common::v1::{Event, Intent, ListDutiesRequest, ListEventsRequest, Role, Verdict},
    intake::v1::{
        AnswerArchitectRequest, AssignmentRequest, CustomerAssessed, FillAssignmentRequest, GatewayExited,
        ReferToPartnerRequest, RequestAssignmentsRequest, ShareGuidanceRequest, ValidationLevel, case::State,
    },
};
use tonic::Code;

use crate::support::{
    House, MISSING, SIX, by, exit, facts, key, lacks, manager, program, reason, refused, shown, validation,
};

async fn events(house: &House, resource: &str) -> Vec<Event> {
    let request = ListEventsRequest { resource: resource.to_owned(), ..ListEventsRequest::default() };
    shown(house.client().list_events(manager(request)).await).events
}

async fn actions(house: &House, resource: &str) -> Vec<String> {
    let request = ListDutiesRequest { resource: resource.to_owned(), ..ListDutiesRequest::default() };
    let duties = shown(house.client().list_duties(manager(request)).await).duties;
    duties.into_iter().map(|duty| duty.action).collect()
}

/// R-2b, R-3, R-4, I-1, I-5.
#[tokio::test]
async fn a_customer_the_account_team_qualifies_is_handed_to_the_six_and_the_gateway_waits_for_what_is_in_progress()
 {
    let house = House::open().await;
    let name = house.opened("contoso.example").await.name;
    let asked = house.ask(&name).await;
    assert_eq!(asked.inquiry.expect("asked").architect, "people/gil");
    assert_eq!(actions(&house, &name).await, ["CONTACT_ACCOUNT_TEAM", "ANSWER_ARCHITECT"]);
    answer(&house, &name).await;
    house.record(&name, facts(150, Intent::Yes)).await;
    assert_eq!(house.contact(&name).await.account_team_contact.expect("it").invited_architect, "people/gil");

    let found = house.validate(&name, ValidationLevel::AccountTeam).await;
    let assessment = found.assessment.expect("the assessment");
    assert_eq!((assessment.verdict(), assessment.policy_version), (Verdict::Qualified, 1));
    assert_eq!(assessment.results.len(), 3);
    assert_eq!(found.case.expect("the case").state(), State::Qualified);

    house.choose(&name).await;
    assign_the_fm(&house, &name).await;
    assert_eq!(house.start(&name).await.state(), State::Handoff);
    for (role, person) in &SIX[..5] {
        house.acknowledge(&name, role, person).await;
    }
    let early = refused(house.client().exit_gateway(manager(exit(&name))).await);
    assert_eq!(
        (early.code(), lacks(&early)),
        (Code::FailedPrecondition, vec!["ACKNOWLEDGEMENT_MISSING".into()])
    );
    house.acknowledge(&name, "ATS", "ann").await;
    // Nobody here says whether an engagement with the tenant is in progress.
    let waits = refused(house.client().exit_gateway(manager(exit(&name))).await);
    assert_eq!((waits.code(), reason(&waits).as_str()), (Code::Unavailable, "PEER_UNAVAILABLE"));
    assert_eq!(actions(&house, &name).await, ["EXIT_GATEWAY"]);
    published(&house, &name).await;
    house.close().await;
}

async fn answer(house: &House, name: &str) {
    let request = AnswerArchitectRequest {
        name: name.to_owned(),
        request_id: key(),
        journey_status: "piloting".to_owned(),
        deployment_plans: "this year".to_owned(),
        ..AnswerArchitectRequest::default()
    };
    let other = AnswerArchitectRequest { request_id: key(), ..request.clone() };
    let refusal = refused(house.client().answer_architect(by("GMFTA", "mallory", other)).await);
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::NotFound, "NOT_FOUND"));
    let answered = shown(house.client().answer_architect(by("GMFTA", "gil", request)).await);
    assert_eq!(answered.inquiry.expect("asked").journey_status, "piloting");
}

/// only what is missing, once, and no handoff before it is filled.
async fn assign_the_fm(house: &House, name: &str) {
    let request = RequestAssignmentsRequest {
        name: name.to_owned(),
        request_id: key(),
        ..RequestAssignmentsRequest::default()
    };
    let requested = shown(house.client().request_assignments(manager(request.clone())).await);
    let roles: Vec<_> = requested.assignment_requests.iter().map(AssignmentRequest::role).collect();
    assert_eq!(roles, MISSING);
    let roles = vec![Role::Fm.into()];
    let again = RequestAssignmentsRequest { request_id: key(), roles, ..request };
    let refusal = refused(house.client().request_assignments(manager(again)).await);
    assert_eq!(lacks(&refusal), ["ALREADY_REQUESTED"]);
    let fill = FillAssignmentRequest {
        name: name.to_owned(),
        request_id: key(),
        role: Role::Fm.into(),
        person: "people/fay".to_owned(),
        ..FillAssignmentRequest::default()
    };
    assert_eq!(shown(house.client().fill_assignment(program(fill)).await).fm, "people/fay");
}

/// What the other services act on is in the journal, with everything they need.
async fn published(house: &House, name: &str) {
    let journal = events(house, name).await;
    let payloads = || journal.iter().filter_map(|event| event.payload.as_ref());
    let assessed = payloads().find_map(|it| wire::from_any::<CustomerAssessed>(it).expect("it reads"));
    assert_eq!(assessed.expect("assessed").level(), ValidationLevel::AccountTeam);
    let exited = payloads().find_map(|it| wire::from_any::<GatewayExited>(it).expect("it reads"));
    assert_eq!(exited, None, "the Gateway is here still");
    let versions: Vec<_> = journal.iter().map(|event| event.version_before).collect();
    assert_eq!(versions, (0..).take(journal.len()).collect::<Vec<i64>>());
}

/// R-2a, R-2c, I-2, I-4.
#[tokio::test]
async fn a_customer_the_account_team_cannot_judge_is_introduced_and_then_referred_with_guidance() {
    let house = House::open().await;
    let case = house.validated("fabrikam.example", facts(150, Intent::Unknown)).await;
    assert_eq!((case.state(), case.verdict()), (State::Introduction, Verdict::Undetermined));
    let name = case.name;
    let early = validation(&name, ValidationLevel::Customer);
    let refusal = refused(house.client().validate_customer(manager(early)).await);
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::FailedPrecondition, "NOT_INTRODUCED"));

    assert_eq!(house.introduce(&name).await.state(), State::CustomerValidation);
    let still = house.validate(&name, ValidationLevel::Customer).await.case.expect("the case");
    assert_eq!((still.state(), still.verdict()), (State::CustomerValidation, Verdict::Undetermined));
    house.record(&name, facts(149, Intent::Yes)).await;
    let found = house.validate(&name, ValidationLevel::Customer).await;
    assert_eq!(found.assessment.expect("the assessment").verdict(), Verdict::NotQualified);
    assert_eq!(found.case.expect("the case").state(), State::NotQualified);

    let refer = ReferToPartnerRequest {
        name: name.clone(),
        request_id: key(),
        partner: "Northwind".to_owned(),
        ..ReferToPartnerRequest::default()
    };
    assert_eq!(shown(house.client().refer_to_partner(manager(refer)).await).state(), State::NotQualified);
    let share = ShareGuidanceRequest {
        name: name.clone(),
        request_id: key(),
        guidance: "Deployment guidance".to_owned(),
        ..ShareGuidanceRequest::default()
    };
    let closed = shown(house.client().share_guidance(manager(share)).await);
    assert_eq!((closed.state(), closed.validations.len()), (State::Referred, 3));
    let exited = |event: &Event| {
        event.payload.as_ref().is_some_and(|payload| {
            wire::from_any::<GatewayExited>(payload).is_ok_and(|exited| exited.is_some())
        })
    };
    assert!(!events(&house, &name).await.iter().any(exited), "it never gets an engagement");
    house.close().await;
}

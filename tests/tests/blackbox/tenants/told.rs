//! Both ways in are told of each other first; a call that cannot ask waits or goes on.

use futures::future::join3;
use proto::{
    common::v1::{GetTenantRequest, Intent, Roster, Tenant, data_item::Fact},
    engagement::v1::{
        CancelEngagementRequest, Engagement, GetEngagementRequest, Stage, cancellation::Disposition,
    },
    intake::v1::{
        AskArchitectRequest, Case, ContactAccountTeamRequest, DisengageCaseRequest, ExitGatewayRequest,
        GetCaseRequest, RecordResearchRequest, ReferToPartnerRequest, ShareGuidanceRequest,
        StartHandoffRequest, ValidateCustomerRequest, ValidateCustomerResponse, ValidationLevel,
        case::State as CaseState,
    },
};
use tests::Product;
use tonic::Code;
use tonic_types::StatusExt;

use super::{INTAKE, case, due, opening};
use crate::{
    cast::{ENGAGEMENTS, FE, GATEWAY, PROGRAM, Play, ask, contact, data},
    faults::gateway,
    prefix::assignment,
};

const EXISTS: Code = Code::AlreadyExists;

pub(crate) async fn cancel(play: &Play, engagement: &str) {
    let closed = Disposition::Closed;
    let cancel =
        ask!(CancelEngagementRequest { name: engagement, disposition: closed, cause: "came both ways" });
    assert_eq!(play.step(PROGRAM, cancel).await.stage(), Stage::Cancelled);
}

#[tokio::test]
async fn who_opens_a_case_is_told_of_the_engagement_in_progress_and_which_it_is_where_they_see_it() {
    let play = Play::start().await;
    let engagement = play.assigned("contoso").await;
    let why = ["ENGAGEMENT_IN_PROGRESS"];
    let told = play.refused(GATEWAY, opening("Contoso."), EXISTS, &why).await;
    assert!(!told.message().contains("engagements/"), "{}", told.message());
    assert!(told.message().contains("the program team can cancel it"), "{}", told.message());
    let told = play.refused(PROGRAM, opening("contoso"), EXISTS, &why).await;
    assert!(told.message().contains(&format!("{engagement}, in ASSIGNED")), "{}", told.message());
    let _: Case = play.ok(GATEWAY, opening("northwind")).await;
    cancel(&play, &engagement).await;
    let _: Case = play.ok(GATEWAY, opening("contoso")).await;
    play.stop().await;
}

#[tokio::test]
async fn both_services_tell_what_they_have_of_a_tenant_and_name_it_to_who_sees_it() {
    let play = Play::start().await;
    let engagement = play.assigned("contoso").await;
    let asked = async |who, service: &str| -> Result<Tenant, _> {
        let ask = GetTenantRequest { tenant: "CONTOSO".to_owned(), ..GetTenantRequest::default() };
        play.client.call_at(who, &format!("/{service}/GetTenant"), ask).await
    };
    let seen = asked(PROGRAM, ENGAGEMENTS).await.expect("told");
    assert_eq!((seen.in_progress, seen.resource, seen.stage.as_str()), (true, engagement, "ASSIGNED"));
    let hidden = asked(GATEWAY, ENGAGEMENTS).await.expect("told");
    assert_eq!((hidden.in_progress, hidden.resource, hidden.stage), (true, String::new(), String::new()));
    assert!(hidden.items.is_empty(), "{:?}", hidden.items);
    assert!(!asked(GATEWAY, INTAKE).await.expect("told").in_progress);
    let stranger = asked(FE, ENGAGEMENTS).await.expect_err("it is not for everybody");
    assert_eq!(stranger.code(), Code::PermissionDenied);
    play.stop().await;
}

#[tokio::test]
async fn who_assigns_is_told_of_the_open_case_until_it_has_ended() {
    let play = Play::start().await;
    let opened: Case = play.ok(GATEWAY, opening("contoso")).await;
    let told = play.refused(PROGRAM, assignment("CONTOSO"), EXISTS, &["CASE_OPEN"]).await;
    assert!(told.message().contains(&format!("{}, in RESEARCH", opened.name)), "{}", told.message());
    let end = ask!(DisengageCaseRequest { name: opened.name, cause: "the program team has them" });
    let _: Case = play.ok(GATEWAY, end).await;
    play.assigned("contoso").await;
    play.stop().await;
}

/// I-4: no engagement while a customer that does not qualify waits for its partner.
#[tokio::test]
async fn nobody_is_assigned_to_a_customer_that_does_not_qualify_before_its_case_has_closed() {
    let play = Play::start().await;
    let Case { name, .. } = play.ok(GATEWAY, opening("contoso")).await;
    let mut items = data("contoso", 15, Intent::Yes);
    items.retain(|item| !matches!(item.fact, Some(Fact::Tenant(_))));
    let _: Case = play.ok(GATEWAY, ask!(RecordResearchRequest { name: name.clone(), items: items })).await;
    let _: Case = play.ok(GATEWAY, ask!(AskArchitectRequest { name: name.clone() })).await;
    let contacts = vec![contact("the account manager")];
    let ask_team = ask!(ContactAccountTeamRequest { name: name.clone(), contacts: contacts });
    let _: Case = play.ok(GATEWAY, ask_team).await;
    let level = ValidationLevel::AccountTeam;
    let validate = ask!(ValidateCustomerRequest { name: name.clone(), level: level });
    let found: ValidateCustomerResponse = play.ok(GATEWAY, validate).await;
    assert_eq!(found.case.expect("a case").state(), CaseState::NotQualified);
    let told = play.refused(PROGRAM, assignment("contoso"), EXISTS, &["CASE_OPEN"]).await;
    assert!(told.message().contains("does not qualify"), "{}", told.message());
    let rules = told.get_error_details().error_info().map(|info| info.metadata["rules"].clone());
    assert_eq!(rules.as_deref(), Some("I-4"));
    let partner = "Fabrikam Consulting";
    let _: Case =
        play.ok(GATEWAY, ask!(ReferToPartnerRequest { name: name.clone(), partner: partner })).await;
    play.refused(PROGRAM, assignment("contoso"), EXISTS, &["CASE_OPEN"]).await;
    let _: Case = play.ok(GATEWAY, ask!(ShareGuidanceRequest { name: name, guidance: "the guide" })).await;
    play.assigned("contoso").await;
    play.stop().await;
}

/// The opening and the handoff go on without the engagement service, the exit waits; once it is back, both who can settle it are
/// asked to, and the case goes on when the other has ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_opened_while_the_engagement_service_was_away_is_settled_by_who_can() {
    const TENANT: &str = "contoso.example";
    let play = Play::start().await;
    let other = play.assigned(TENANT).await;
    let state = play.leave().await;

    let intake = getmodern::services().into_iter().take(1).collect();
    let play = Play::on(Product::on(state, intake).await);
    let name = gateway::prepare(&play.client, TENANT).await;
    let exit = || ask!(ExitGatewayRequest { name: name.clone() });
    let away = play.refused(GATEWAY, exit(), Code::Unavailable, &["PEER_UNAVAILABLE"]).await;
    assert!(away.get_error_details().retry_info().is_some(), "{away:?}");
    let state = play.leave().await;

    let play = Play::on(Product::on(state, getmodern::services()).await);
    let beside = play.until("it is known", GetCaseRequest { name: name.clone() }, |case: &Case| {
        case.conflict_time.is_some()
    });
    assert_eq!(beside.await.state(), CaseState::Handoff);
    let both = [("CANCEL_ENGAGEMENT", "ROLE_PROGRAM_TEAM"), ("DISENGAGE_CASE", "ROLE_REENGAGEMENT_MANAGER")];
    let waits = due(&play, &name).await;
    for (action, role) in both {
        assert!(waits.contains(&(action.to_owned(), role.to_owned())), "{waits:?}");
    }
    let why = ["ENGAGEMENT_IN_PROGRESS"];
    play.refused(GATEWAY, exit(), Code::FailedPrecondition, &why).await;
    let roster = Roster { fe: "people/another".to_owned(), ..gateway::roster() };
    let again = ask!(StartHandoffRequest { name: name.clone(), roster: roster });
    play.refused(GATEWAY, again, Code::FailedPrecondition, &why).await;

    cancel(&play, &other).await;
    let read = GetCaseRequest { name: name.clone() };
    let _: Case = play.until("it is settled", read, |case: &Case| case.conflict_time.is_none()).await;
    let left: Vec<_> = due(&play, &name).await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(left, ["ANSWER_ARCHITECT", "EXIT_GATEWAY"]);
    let _: Case = play.ok(GATEWAY, exit()).await;
    gateway::begun(&play.client, &name.replace("cases/", "engagements/")).await;
    play.stop().await;
}

/// However they meet: one case at most, and where an engagement stands beside it both are asked to settle it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_cases_and_an_assignment_at_the_same_moment_are_one_of_them_or_a_duty_to_settle() {
    let play = Play::start().await;
    let mut both = 0;
    for number in 0..12 {
        let tenant = format!("contoso-{number}.example");
        let client = &play.client;
        let open = || client.call::<_, Case>(GATEWAY, opening(&tenant));
        let assign = client.call::<_, Engagement>(PROGRAM, assignment(&tenant));
        let (first, second, assigned) = Box::pin(join3(open(), open(), assign)).await;
        let opened: Vec<_> = [first, second].into_iter().flatten().collect();
        assert!(opened.len() <= 1, "{opened:?}");
        assert!(assigned.is_ok() || !opened.is_empty(), "somebody comes in: {assigned:?}");
        if let (Ok(assigned), [one]) = (assigned, &opened[..]) {
            both += 1;
            let read = GetCaseRequest { name: one.name.clone() };
            let _: Case = play.until("it is told", read, |case: &Case| case.conflict_time.is_some()).await;
            cancel(&play, &assigned.name).await;
            let read = GetCaseRequest { name: one.name.clone() };
            let _: Case = play.until("it is settled", read, |case: &Case| case.conflict_time.is_none()).await;
        }
    }
    println!("{both} of 12 slipped through");
    play.stop().await;
}

#[tokio::test]
async fn the_gateway_sees_the_name_the_stage_and_the_end_of_what_its_case_led_to_and_nothing_else() {
    let play = Play::start().await;
    let engagement = play.handed_off("contoso").await;
    let name = engagement.replace("engagements/", "cases/");
    let read = || GetCaseRequest { name: name.clone() };
    let stands = |stage: Stage| {
        let engagement = engagement.clone();
        move |case: &Case| {
            case.led_to
                .as_ref()
                .is_some_and(|led_to| led_to.engagement == engagement && led_to.stage() == stage)
        }
    };
    let _: Case = play.until("it begins", read(), stands(Stage::Introduction)).await;
    play.step(crate::cast::GMFTA, crate::prefix::introduction(&engagement)).await;
    let begun: Case = play.until("it goes on", read(), stands(Stage::Preparation)).await;
    assert_eq!(begun.led_to.expect("an engagement").end_time, None);
    let led_to = case(&play, &name).await.led_to.expect("the Gateway sees it");
    let since = play.engagement(&engagement).await.update_time;
    assert!(led_to.stage_time.is_some() && since.is_some());
    let unseen = GetEngagementRequest { name: engagement.clone() };
    play.refused(GATEWAY, unseen, Code::NotFound, &["NOT_FOUND"]).await;
    cancel(&play, &engagement).await;
    let over: Case = play.until("it ends", read(), stands(Stage::Cancelled)).await;
    assert!(over.led_to.expect("an engagement").end_time.is_some());
    play.stop().await;
}

/// Standby is not in progress: a customer may come again, and each case shows its own engagement.
#[tokio::test]
async fn a_customer_that_comes_back_after_a_year_is_taken_in_again() {
    let play = Play::start().await;
    let first = play.standing_by("contoso").await;
    let second = play.handed_off("contoso").await;
    assert_ne!(first, second);
    let name = second.replace("engagements/", "cases/");
    let read = GetCaseRequest { name };
    let led_to = |case: &Case| case.led_to.as_ref().is_some_and(|led_to| led_to.engagement == second);
    let _: Case = play.until("it begins", read, led_to).await;
    play.refused(GATEWAY, opening("contoso"), EXISTS, &["ENGAGEMENT_IN_PROGRESS"]).await;
    play.stop().await;
}

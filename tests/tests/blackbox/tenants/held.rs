//! The Gateway has left while another engagement began: what slips through waits in sight, is nobody's fault, and has three ways out.

use proto::{
    common::v1::{DataItem, GetTenantRequest, Tenant, data_item::Fact},
    engagement::v1::{Engagement, GetEngagementRequest, Stage},
    intake::v1::{
        Case, DisengageCaseRequest, ExitGatewayRequest, GetCaseRequest, RecordResearchRequest,
        ReferToPartnerRequest, ShareGuidanceRequest, StartHandoffRequest, ValidateCustomerRequest,
        ValidateCustomerResponse, ValidationLevel, case::State as CaseState,
    },
};
use tests::Product;
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;

use super::{
    INTAKE,
    arrives::{arrived, send},
    case, due, hold, opening,
    told::cancel,
};
use crate::{
    cast::{ENGAGEMENTS, GATEWAY, GMFTA, PROGRAM, Play, actions, ask},
    faults::{
        gateway::{self, eventually, exit, prepare, tasks},
        parking::{health, parked},
    },
    prefix::{assignment, introduction},
};

const FOLLOWER: &str = "getmodern.engagement.v1.EngagementService/intake";
const REACTIVE: (&str, &str, &str) = ("INSERT", "engagements", "NEW.method = 'REACTIVE'");

/// A case that the Gateway has left, and its engagement, which waits for another: the names of all three.
pub(super) async fn raced(play: &Play, tenant: &str) -> (String, String, String) {
    let name = prepare(&play.client, tenant).await;
    hold(play.state(), "engagement", REACTIVE, true);
    let engagement = exit(&play.client, &name).await;
    let other = play.assigned(tenant).await;
    hold(play.state(), "engagement", REACTIVE, false);
    let read = GetCaseRequest { name: name.clone() };
    let waits = |case: &Case| case.led_to.as_ref().is_some_and(|led_to| led_to.stage() == Stage::Waiting);
    let _: Case = play.until("it waits", read, waits).await;
    (name, engagement, other)
}

async fn is_nobodys_fault(play: &Play) {
    eventually("all is well", async || {
        (health(&play.client, FOLLOWER).await == ServingStatus::Serving).then_some(())
    })
    .await;
    assert_eq!(parked(&play.client, "").await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slips_through_is_shown_to_the_program_team_and_to_the_gateway_and_leaves_health_alone() {
    let play = Play::start().await;
    let (name, engagement, other) = raced(&play, "contoso.example").await;
    is_nobodys_fault(&play).await;
    let gateways = [("START_HANDOFF".to_owned(), "ROLE_REENGAGEMENT_MANAGER".to_owned())];
    assert_eq!(due(&play, &name).await, gateways);
    let programs = play.duties(ENGAGEMENTS, "", &engagement).await;
    assert_eq!(
        (actions(&programs), programs[0].role().as_str_name()),
        (vec!["CANCEL_ENGAGEMENT"], "ROLE_PROGRAM_TEAM")
    );
    assert_eq!(programs[0].missing[0].reason, "ENGAGEMENT_IN_PROGRESS");
    // The GMFTA sees that it waits; the Gateway has left, and sees its case.
    let get = GetEngagementRequest { name: engagement.clone() };
    let seen: Engagement = play.ok(GMFTA, get.clone()).await;
    assert_eq!(seen.stage(), Stage::Waiting);
    play.refused(GATEWAY, get, Code::NotFound, &["NOT_FOUND"]).await;
    play.refused(GMFTA, introduction(&engagement), Code::FailedPrecondition, &["WRONG_STATE"]).await;
    let again = ask!(StartHandoffRequest { name: name.clone(), roster: gateway::roster() });
    play.refused(GATEWAY, again, Code::FailedPrecondition, &["ENGAGEMENT_IN_PROGRESS"]).await;
    assert_eq!(play.engagement(&other).await.stage(), Stage::Assigned, "the other one goes on");
    play.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_starts_the_handoff_again_once_the_other_has_ended() {
    let play = Play::start().await;
    let (name, engagement, other) = raced(&play, "contoso.example").await;
    cancel(&play, &other).await;
    let start = ask!(StartHandoffRequest { name: name.clone(), roster: gateway::roster() });
    let reopened: Case = play.ok(GATEWAY, start).await;
    assert_eq!(reopened.state(), CaseState::Handoff);
    assert_eq!(reopened.handoff.expect("a handoff").acknowledgements.len(), 6, "they have acknowledged");
    let _: Case = play.ok(GATEWAY, ask!(ExitGatewayRequest { name: name.clone() })).await;
    let read = GetCaseRequest { name: name.clone() };
    let begun =
        |case: &Case| case.led_to.as_ref().is_some_and(|led_to| led_to.stage() == Stage::Introduction);
    let _: Case = play.until("it begins", read, begun).await;
    tasks(&play.client, &engagement, 2).await;
    assert_eq!(due(&play, &name).await, []);
    assert_eq!(actions(&play.duties(ENGAGEMENTS, "", &engagement).await), ["SEND_INTRODUCTION"]);
    is_nobodys_fault(&play).await;
    play.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_disengages_the_case_and_what_waits_ends_with_it() {
    let play = Play::start().await;
    let (name, engagement, other) = raced(&play, "contoso.example").await;
    let end = ask!(DisengageCaseRequest { name: name.clone(), cause: "the program team has them" });
    let over: Case = play.ok(GATEWAY, end).await;
    assert_eq!(over.state(), CaseState::Disengaged);
    let get = GetEngagementRequest { name: engagement };
    let ended = |found: &Engagement| found.stage() == Stage::Cancelled;
    let _: Engagement = play.until("it ends", get, ended).await;
    let read = GetCaseRequest { name: name.clone() };
    let told = |case: &Case| case.led_to.as_ref().is_some_and(|led_to| led_to.end_time.is_some());
    let _: Case = play.until("the case shows it", read, told).await;
    assert_eq!(due(&play, &name).await, []);
    assert_eq!(play.engagement(&other).await.stage(), Stage::Assigned);
    is_nobodys_fault(&play).await;
    play.stop().await;
}

/// I-4: facts that are corrected meanwhile leave nothing in progress for a customer that does not qualify.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_customer_turns_out_not_to_qualify_and_what_waits_ends_with_its_case() {
    let play = Play::start().await;
    let (name, engagement, other) = raced(&play, "contoso.example").await;
    cancel(&play, &other).await;
    let start = ask!(StartHandoffRequest { name: name.clone(), roster: gateway::roster() });
    let _: Case = play.ok(GATEWAY, start).await;
    let items = vec![DataItem {
        source: "account team".to_owned(),
        fact: Some(Fact::LicenceCount(15)),
        ..DataItem::default()
    }];
    let cause = "counted twice";
    let correct = ask!(RecordResearchRequest { name: name.clone(), items: items, cause: cause });
    let _: Case = play.ok(GATEWAY, correct).await;
    let level = ValidationLevel::AccountTeam;
    let validate = ask!(ValidateCustomerRequest { name: name.clone(), level: level, cause: cause });
    let found: ValidateCustomerResponse = play.ok(GATEWAY, validate).await;
    assert_eq!(found.case.expect("a case").state(), CaseState::NotQualified);
    let refer = ask!(ReferToPartnerRequest { name: name.clone(), partner: "Fabrikam" });
    let _: Case = play.ok(GATEWAY, refer).await;
    let share = ask!(ShareGuidanceRequest { name: name.clone(), guidance: "the deployment guide" });
    let closed: Case = play.ok(GATEWAY, share).await;
    assert_eq!(closed.state(), CaseState::Referred);
    let ended = |found: &Engagement| found.stage() == Stage::Cancelled;
    let _: Engagement = play.until("it ends", GetEngagementRequest { name: engagement }, ended).await;
    is_nobodys_fault(&play).await;
    play.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_team_cancels_what_waits_and_the_case_shows_its_end() {
    let play = Play::start().await;
    let (name, engagement, _) = raced(&play, "contoso.example").await;
    cancel(&play, &engagement).await;
    let read = GetCaseRequest { name: name.clone() };
    let told = |case: &Case| case.led_to.as_ref().is_some_and(|led_to| led_to.end_time.is_some());
    let _: Case = play.until("the case shows it", read, told).await;
    assert_eq!((due(&play, &name).await, case(&play, &name).await.state()), (vec![], CaseState::Exited));
    let left = play.duties(ENGAGEMENTS, "", &engagement).await;
    assert_eq!(left, []);
    is_nobodys_fault(&play).await;
    play.stop().await;
}

const TENANT: &str = "contoso.example";
const HELD: &[&str] = &["CASE_HELD"];

/// The answers of both services about the tenant to one who sees everything: the resource, where it stands, and whether it is held back.
async fn told(play: &Play) -> [(String, String, bool); 2] {
    let asked = async |service: &str| {
        let ask = GetTenantRequest { tenant: "CONTOSO.example".to_owned(), ..GetTenantRequest::default() };
        let told: Tenant = play.ask_at(PROGRAM, &format!("/{service}/GetTenant"), ask).await;
        assert_eq!(told.in_progress, !told.resource.is_empty(), "{told:?}");
        (told.resource, told.stage, told.held)
    };
    [asked(INTAKE).await, asked(ENGAGEMENTS).await]
}

fn nothing() -> [(String, String, bool); 2] {
    [(String::new(), String::new(), false), (String::new(), String::new(), false)]
}

/// I-25: held + assignment, held + another case; neither slips through once the other engagement has ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_assigned_and_no_case_opens_beside_one_that_is_held_back_until_that_has_ended() {
    let play = Play::start().await;
    let (name, engagement, other) = raced(&play, TENANT).await;
    let assigned = || (other.clone(), "ASSIGNED".to_owned(), false);
    let exited = || (name.clone(), "EXITED".to_owned(), true);
    assert_eq!(told(&play).await, [exited(), assigned()], "what is in progress comes first");
    play.refused(PROGRAM, assignment(TENANT), Code::AlreadyExists, HELD).await;
    play.refused(GATEWAY, opening(TENANT), Code::AlreadyExists, HELD).await;
    cancel(&play, &other).await;
    assert_eq!(told(&play).await, [exited(), (engagement.clone(), "WAITING".to_owned(), true)]);
    let refused = play.refused(PROGRAM, assignment("Contoso.Example"), Code::AlreadyExists, HELD).await;
    assert!(refused.message().contains(&format!("{engagement}, in WAITING")), "{}", refused.message());
    let refused = play.refused(GATEWAY, opening(TENANT), Code::AlreadyExists, HELD).await;
    assert!(refused.message().contains(&format!("{name}, in EXITED")), "{}", refused.message());

    let start = ask!(StartHandoffRequest { name: name.clone(), roster: gateway::roster() });
    let _: Case = play.ok(GATEWAY, start).await;
    assert_eq!(told(&play).await[0], (name.clone(), "HANDOFF".to_owned(), false), "it is open again");
    play.refused(PROGRAM, assignment(TENANT), Code::AlreadyExists, HELD).await;
    play.refused(GATEWAY, opening(TENANT), Code::AlreadyExists, HELD).await;
    let end = ask!(DisengageCaseRequest { name: name.clone(), cause: "the program team has them" });
    let _: Case = play.ok(GATEWAY, end).await;
    let get = GetEngagementRequest { name: engagement };
    let ended = |found: &Engagement| found.stage() == Stage::Cancelled;
    let _: Engagement = play.until("it ends", get, ended).await;
    assert_eq!(told(&play).await, nothing());
    play.assigned(TENANT).await;
    play.stop().await;
}

/// I-25: what waited was cancelled, and holds nobody up any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_what_waits_is_cancelled_the_next_case_opens() {
    let play = Play::start().await;
    let (name, engagement, other) = raced(&play, TENANT).await;
    cancel(&play, &other).await;
    play.refused(GATEWAY, opening(TENANT), Code::AlreadyExists, HELD).await;
    cancel(&play, &engagement).await;
    let read = GetCaseRequest { name: name.clone() };
    let ended = |case: &Case| case.led_to.as_ref().is_some_and(|led_to| led_to.end_time.is_some());
    let _: Case = play.until("the case shows it", read, ended).await;
    assert_eq!(told(&play).await, nothing());
    let next: Case = play.ok(GATEWAY, opening(TENANT)).await;
    play.refused(PROGRAM, assignment(TENANT), Code::AlreadyExists, &["CASE_OPEN"]).await;
    assert_ne!(next.name, name);
    play.stop().await;
}

/// I-25: intake knows by itself what it holds back, and asks nobody; a case that is open again is found beside what goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_engagement_service_nothing_opens_beside_what_is_held_and_what_opens_again_is_told() {
    let play = Play::start().await;
    let (name, _, other) = raced(&play, TENANT).await;
    let state = play.leave().await;

    let intake = getmodern::services().into_iter().take(1).collect();
    let play = Play::on(Product::on(state, intake).await);
    play.refused(GATEWAY, opening(TENANT), Code::AlreadyExists, HELD).await;
    let start = ask!(StartHandoffRequest { name: name.clone(), roster: gateway::roster() });
    let reopened: Case = play.ok(GATEWAY, start).await;
    assert_eq!((reopened.state(), reopened.conflict_time), (CaseState::Handoff, None), "nobody could tell");
    let state = play.leave().await;

    let play = Play::on(Product::on(state, getmodern::services()).await);
    let read = GetCaseRequest { name: name.clone() };
    let told = |case: &Case| case.conflict_time.is_some();
    let _: Case = play.until("it is told of what goes on", read, told).await;
    let waits = due(&play, &name).await;
    for step in [("CANCEL_ENGAGEMENT", "ROLE_PROGRAM_TEAM"), ("DISENGAGE_CASE", "ROLE_REENGAGEMENT_MANAGER")]
    {
        assert!(waits.contains(&(step.0.to_owned(), step.1.to_owned())), "{waits:?}");
    }
    let exit = ask!(ExitGatewayRequest { name: name.clone() });
    play.refused(GATEWAY, exit, Code::FailedPrecondition, &["ENGAGEMENT_IN_PROGRESS"]).await;
    cancel(&play, &other).await;
    let read = GetCaseRequest { name: name.clone() };
    let _: Case = play.until("it is settled", read, |case: &Case| case.conflict_time.is_none()).await;
    let exited: Case = play.ok(GATEWAY, ask!(ExitGatewayRequest { name: name })).await;
    assert_eq!(exited.state(), CaseState::Exited);
    is_nobodys_fault(&play).await;
    play.stop().await;
}

/// P-3: the customer whom the other one is about is sent to the case that is there, and no third one opens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_who_is_sent_to_intake_arrives_at_the_case_that_is_held_back() {
    let play = Play::start().await;
    let (name, engagement, other) = raced(&play, TENANT).await;
    send(&play, &other).await;
    assert_eq!(arrived(&play, &other).await, name);
    let held = case(&play, &name).await;
    assert_eq!(held.state(), CaseState::Exited);
    assert_eq!(told(&play).await[1], (engagement, "WAITING".to_owned(), true));
    let start = ask!(StartHandoffRequest { name: name.clone(), roster: gateway::roster() });
    let _: Case = play.ok(GATEWAY, start).await;
    let exited: Case = play.ok(GATEWAY, ask!(ExitGatewayRequest { name: name })).await;
    assert_eq!(exited.state(), CaseState::Exited);
    play.stop().await;
}

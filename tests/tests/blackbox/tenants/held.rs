//! The Gateway has left while another engagement began: what slips through waits in sight, is nobody's fault, and has three ways out.

use proto::{
    common::v1::{DataItem, data_item::Fact},
    engagement::v1::{Engagement, GetEngagementRequest, Stage},
    intake::v1::{
        Case, DisengageCaseRequest, ExitGatewayRequest, GetCaseRequest, RecordResearchRequest,
        ReferToPartnerRequest, ShareGuidanceRequest, StartHandoffRequest, ValidateCustomerRequest,
        ValidateCustomerResponse, ValidationLevel, case::State as CaseState,
    },
};
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;

use super::{case, due, hold, told::cancel};
use crate::{
    cast::{ENGAGEMENTS, GATEWAY, GMFTA, Play, actions, ask},
    faults::{
        gateway::{self, eventually, exit, prepare, tasks},
        parking::{health, parked},
    },
    prefix::introduction,
};

const FOLLOWER: &str = "getmodern.engagement.v1.EngagementService/intake";
const REACTIVE: (&str, &str, &str) = ("INSERT", "engagements", "NEW.method = 'REACTIVE'");

/// A case that the Gateway has left, and its engagement, which waits for another: the names of all three.
async fn raced(play: &Play, tenant: &str) -> (String, String, String) {
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

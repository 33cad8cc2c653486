//! A case for the wrong tenant, found out at each stage: it ends with a cause, its tenant is free, and the right one is taken in
//! (readings 16 and 20; I-25).

use expect_test::{Expect, expect};
use proto::{
    common::v1::Intent,
    engagement::v1::{
        CancelEngagementRequest, CloseEngagementRequest, Engagement, Stage, cancellation::Disposition,
        closure::Reason,
    },
    intake::v1::{Case, DisengageCaseRequest, case::State},
};

use super::eyes::seen;
use crate::{
    story::about,
    wire::reason,
    world::{GATEWAY, PROGRAM, World},
};

/// The case ends, the right customer is taken in, and everybody sees this.
async fn ends(mut world: World, case: &str, expected: &Expect) {
    let why = "the tenant is their supplier's".to_owned();
    let end = about!(DisengageCaseRequest, case, cause: why.clone(), opened_by_mistake: true);
    let ended: Case = world.act(GATEWAY, end).await;
    assert_eq!((ended.state(), ended.cause, ended.opened_by_mistake), (State::Disengaged, why, true));
    world.opened("the-right-one").await;
    seen(&world.client, &[], expected).await;
    // The wrong one is nobody's any more, and may be taken in for itself.
    world.opened("contoso").await;
    world.end().await;
}

/// The same before a handoff has named the six.
async fn ends_early(world: World, case: &str) {
    ends(
        world,
        case,
        &expect![[r#"
        sees case RESEARCH, case DISENGAGED: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger fe sme fta ats
        waits ASK_ARCHITECT: gateway
        waits CONTACT_ACCOUNT_TEAM (lacks ARCHITECT_NOT_ASKED): gateway
    "#]],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_for_the_wrong_tenant_is_found_out_in_research() {
    let mut world = World::new().await;
    let case = world.opened("contoso").await.name;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case RESEARCH: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger fe sme fta ats
        waits ASK_ARCHITECT: gateway
        waits CONTACT_ACCOUNT_TEAM (lacks ARCHITECT_NOT_ASKED): gateway
    "#]],
    )
    .await;
    ends_early(world, &case).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_for_the_wrong_tenant_is_found_out_when_nobody_can_tell_whether_it_qualifies() {
    let mut world = World::new().await;
    let case = world.validated("contoso", Intent::Unknown).await.name;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case INTRODUCTION: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger fe sme fta ats
        waits ANSWER_ARCHITECT: gmfta
        waits INTRODUCE_BENEFIT: gateway
    "#]],
    )
    .await;
    ends_early(world, &case).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_for_the_wrong_tenant_is_found_out_when_it_qualifies() {
    let mut world = World::new().await;
    let case = world.validated("contoso", Intent::Yes).await.name;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case QUALIFIED: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger fe sme fta ats
        waits ANSWER_ARCHITECT: gmfta
        waits CHOOSE_CHANNEL: gateway
        waits START_HANDOFF (lacks CHANNEL_MISSING): gateway
    "#]],
    )
    .await;
    ends_early(world, &case).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_for_the_wrong_tenant_is_found_out_when_it_does_not_qualify() {
    let mut world = World::new().await;
    let case = world.validated("contoso", Intent::No).await.name;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case NOT_QUALIFIED: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger fe sme fta ats
        waits REFER_TO_PARTNER: gateway
        waits SHARE_GUIDANCE: gateway
    "#]],
    )
    .await;
    ends_early(world, &case).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_for_the_wrong_tenant_is_found_out_in_the_handoff() {
    let mut world = World::new().await;
    let case = world.handed_off("contoso").await;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case HANDOFF: gateway program lead operator gmfta fm fe sme fta ats
        sees nothing: get-modern-sme auditor stranger
        waits ACKNOWLEDGE_HANDOFF: gmfta fm fe sme fta ats
        waits ANSWER_ARCHITECT: gmfta
        waits EXIT_GATEWAY (lacks ACKNOWLEDGEMENT_MISSING): gateway
    "#]],
    )
    .await;
    ends(
        world,
        &case,
        &expect![[r#"
        sees case RESEARCH, case DISENGAGED: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger
        sees case DISENGAGED: fe sme fta ats
        waits ASK_ARCHITECT: gateway
        waits CONTACT_ACCOUNT_TEAM (lacks ARCHITECT_NOT_ASKED): gateway
    "#]],
    )
    .await;
}

/// The program team cancels after the exit, or closes on standby; the Gateway can do nothing about it any more, and sees the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_for_the_wrong_tenant_is_found_out_in_the_execution() {
    let mut world = World::new().await;
    let engagement = world.reactive("contoso").await;
    let case = engagement.replace("engagements/", "cases/");
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case EXITED: gateway
        sees case EXITED, engagement INTRODUCTION, tasks 2: program lead operator gmfta fm fe sme fta ats
        sees engagement INTRODUCTION: get-modern-sme
        sees nothing: auditor stranger
        waits COMPLETE_TASK (lacks PILOT_NOT_EXECUTED): gmfta
        waits COMPLETE_TASK (lacks SUMMARY_NOT_FINAL): gmfta
        waits SEND_INTRODUCTION: gmfta
    "#]],
    )
    .await;
    let end = about!(DisengageCaseRequest, case, cause: "wrong tenant".to_owned(), opened_by_mistake: true);
    let late = world.refused(GATEWAY, end).await;
    assert!(late.message().contains("CancelEngagement"), "{} {}", reason(&late), late.message());
    let why = "the tenant is their supplier's".to_owned();
    let cancel =
        about!(CancelEngagementRequest, engagement, disposition: Disposition::Closed.into(), cause: why);
    let _: Engagement = world.act(PROGRAM, cancel).await;
    world.opened("the-right-one").await;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case RESEARCH, case EXITED: gateway
        sees case RESEARCH, case EXITED, engagement CANCELLED, tasks 2: program lead operator gmfta fm
        sees engagement CANCELLED: get-modern-sme
        sees nothing: auditor stranger
        sees case EXITED, engagement CANCELLED, tasks 2: fe sme fta ats
        waits ASK_ARCHITECT: gateway
        waits CONTACT_ACCOUNT_TEAM (lacks ARCHITECT_NOT_ASKED): gateway
    "#]],
    )
    .await;
    world.opened("contoso").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_for_the_wrong_tenant_is_found_out_on_standby() {
    let mut world = World::new().await;
    let engagement = world.reactive("contoso").await;
    world.standing_by(&engagement).await;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case EXITED: gateway
        sees case EXITED, engagement STANDBY, tasks 2, notes 1: program lead operator gmfta fm fe sme fta ats
        sees engagement STANDBY: get-modern-sme
        sees nothing: auditor stranger
    "#]],
    )
    .await;
    let why = "the tenant is their supplier's".to_owned();
    let close = about!(CloseEngagementRequest, engagement, reason: Reason::Other.into(), cause: why);
    let closed: Engagement = world.act(PROGRAM, close).await;
    assert_eq!(closed.stage(), Stage::Closed);
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case EXITED: gateway
        sees case EXITED, engagement CLOSED, tasks 2, notes 1: program lead operator gmfta fm fe sme fta ats
        sees engagement CLOSED: get-modern-sme
        sees nothing: auditor stranger
    "#]],
    )
    .await;
    world.end().await;
}

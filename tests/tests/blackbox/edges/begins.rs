//! One tenant comes in by more than one way, or again (reading 20; I-25).

use expect_test::expect;
use futures::future::join3;
use proto::{
    common::v1::Role,
    engagement::v1::Engagement,
    intake::v1::{AcknowledgeHandoffRequest, Case, ChangeSeatRequest, ExitGatewayRequest, OpenCaseRequest},
};
use tests::Product;

use super::eyes::seen;
use crate::{
    cast::{GATEWAY, OTHER_FE, Play, ask},
    prefix::assignment,
    tenants::told::cancel,
};

fn opening() -> OpenCaseRequest {
    ask!(OpenCaseRequest { customer: "Contoso", tenant: "contoso" })
}

/// Two cases and an assignment for one tenant at the same moment: one of the ways, or both and a duty to settle it on whom it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_cases_and_an_assignment_come_at_the_same_moment() {
    let play = Play::start().await;
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway program lead operator get-modern-sme auditor stranger gmfta fm fe sme fta ats
    "#]],
    )
    .await;
    let open = || play.client.call::<_, Case>(GATEWAY, opening());
    let assign = play.client.call::<_, Engagement>(crate::cast::PROGRAM, assignment("contoso"));
    let (first, second, assigned) = Box::pin(join3(open(), open(), assign)).await;
    assert!(first.is_err() || second.is_err(), "{first:?} {second:?}");
    let (case, assigned) = (first.is_ok() || second.is_ok(), assigned.is_ok());
    assert!(case || assigned, "somebody comes in");
    // Which of them it is, nobody can say before.
    if case && assigned {
        seen(
            &play.client,
            &[],
            &expect![[r#"
        sees case RESEARCH: gateway
        sees case RESEARCH, engagement ASSIGNED: program lead operator
        sees engagement ASSIGNED: get-modern-sme gmfta
        sees nothing: auditor stranger fm fe sme fta ats
        waits ASK_ARCHITECT: gateway
        waits CANCEL_ENGAGEMENT (lacks ENGAGEMENT_IN_PROGRESS): program
        waits CONTACT_ACCOUNT_TEAM (lacks ARCHITECT_NOT_ASKED): gateway
        waits DISENGAGE_CASE (lacks ENGAGEMENT_IN_PROGRESS): gateway
        waits HOLD_INTERNAL_SYNC (lacks ITEM_NOT_VALIDATED): gmfta
    "#]],
        )
        .await;
    } else if case {
        seen(
            &play.client,
            &[],
            &expect![[r#"
        sees case RESEARCH: gateway program lead operator
        sees nothing: get-modern-sme auditor stranger gmfta fm fe sme fta ats
        waits ASK_ARCHITECT: gateway
        waits CONTACT_ACCOUNT_TEAM (lacks ARCHITECT_NOT_ASKED): gateway
    "#]],
        )
        .await;
    } else {
        seen(
            &play.client,
            &[],
            &expect![[r#"
        sees nothing: gateway auditor stranger fm fe sme fta ats
        sees engagement ASSIGNED: program lead operator get-modern-sme gmfta
        waits HOLD_INTERNAL_SYNC (lacks ITEM_NOT_VALIDATED): gmfta
    "#]],
        )
        .await;
    }
    play.stop().await;
}

/// Both, for certain: the case was opened while the engagement service was away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_and_an_assignment_slip_through_and_are_settled() {
    let play = Play::start().await;
    let other = play.assigned("contoso").await;
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway auditor stranger fm fe sme fta ats
        sees engagement ASSIGNED: program lead operator get-modern-sme gmfta
        waits HOLD_INTERNAL_SYNC (lacks ITEM_NOT_VALIDATED): gmfta
    "#]],
    )
    .await;
    let state = play.leave().await;
    let intake = getmodern::services().into_iter().take(1).collect();
    let play = Play::on(Product::on(state, intake).await);
    let _: Case = play.ok(GATEWAY, opening()).await;
    let state = play.leave().await;
    let play = Play::on(Product::on(state, getmodern::services()).await);
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees case RESEARCH: gateway
        sees case RESEARCH, engagement ASSIGNED: program lead operator
        sees engagement ASSIGNED: get-modern-sme gmfta
        sees nothing: auditor stranger fm fe sme fta ats
        waits ASK_ARCHITECT: gateway
        waits CANCEL_ENGAGEMENT (lacks ENGAGEMENT_IN_PROGRESS): program
        waits CONTACT_ACCOUNT_TEAM (lacks ARCHITECT_NOT_ASKED): gateway
        waits DISENGAGE_CASE (lacks ENGAGEMENT_IN_PROGRESS): gateway
        waits HOLD_INTERNAL_SYNC (lacks ITEM_NOT_VALIDATED): gmfta
    "#]],
    )
    .await;
    cancel(&play, &other).await;
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees case RESEARCH: gateway
        sees case RESEARCH, engagement CANCELLED: program lead operator
        sees engagement CANCELLED: get-modern-sme gmfta
        sees nothing: auditor stranger fm fe sme fta ats
        waits ASK_ARCHITECT: gateway
        waits CONTACT_ACCOUNT_TEAM (lacks ARCHITECT_NOT_ASKED): gateway
    "#]],
    )
    .await;
    play.stop().await;
}

/// A customer that comes back after a year: the first engagement stands by, and who is new sees the second alone.
#[tokio::test]
async fn a_customer_comes_back_after_a_year() {
    let play = Play::start().await;
    let eyes = [OTHER_FE];
    play.standing_by("contoso").await;
    seen(
        &play.client,
        &eyes,
        &expect![[r#"
        sees nothing: gateway auditor stranger other-fe
        sees engagement STANDBY, tasks 2, notes 1: program lead operator gmfta fm fe sme fta ats
        sees engagement STANDBY: get-modern-sme
    "#]],
    )
    .await;
    let name = play.handing_off("contoso").await;
    let (role, successor) = (Role::Fe, OTHER_FE.person);
    let change =
        ask!(ChangeSeatRequest { name: name.clone(), role: role, successor: successor, cause: "new" });
    let _: Case = play.ok(GATEWAY, change).await;
    let _: Case = play.ok(OTHER_FE, ask!(AcknowledgeHandoffRequest { name: name.clone() })).await;
    let _: Case = play.ok(GATEWAY, ask!(ExitGatewayRequest { name: name.clone() })).await;
    seen(&play.client, &eyes, &expect![[r#"
        sees case EXITED: gateway
        sees case EXITED, engagement INTRODUCTION, engagement STANDBY, tasks 4, notes 1: program lead operator gmfta fm sme fta ats
        sees engagement INTRODUCTION, engagement STANDBY: get-modern-sme
        sees nothing: auditor stranger
        sees engagement STANDBY, tasks 2, notes 1: fe
        sees case EXITED, engagement INTRODUCTION, tasks 2: other-fe
        waits COMPLETE_TASK (lacks PILOT_NOT_EXECUTED): gmfta
        waits COMPLETE_TASK (lacks SUMMARY_NOT_FINAL): gmfta
        waits SEND_INTRODUCTION: gmfta
    "#]]).await;
    play.stop().await;
}

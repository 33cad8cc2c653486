//! Work pauses, and what nobody needs any more ends (readings 18 and 19; I-24, E-5).

use expect_test::expect;
use proto::engagement::v1::{
    RejoinEngagementRequest, RevokeReengagementRequest, Stage, WithdrawReengagementRequest,
};
use tonic::Code;

use super::eyes::seen;
use crate::{
    cast::{GET_MODERN_SME, GMFTA, PROGRAM, Play, SME, ask},
    engagements::{
        holds::{day, held_until_today, hold, resume},
        seats::approved,
    },
    prefix::{PILOT, REENGAGEMENT, SUMMARY, workshop},
};

/// Three months on hold over a summer: nobody is asked before the day, both who may go on with it are on it.
#[tokio::test]
async fn the_work_is_on_hold_for_three_months_over_a_summer() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    for template in [SUMMARY, PILOT] {
        play.playbook_task(&name, template, 0).await;
    }
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway auditor stranger
        sees engagement DELIVERY, tasks 2: program lead operator gmfta fm fe sme fta ats
        sees engagement DELIVERY: get-modern-sme
        waits COMPLETE_TASK (lacks PILOT_NOT_EXECUTED): gmfta
        waits COMPLETE_TASK (lacks SUMMARY_NOT_FINAL): gmfta
        waits FINALIZE_SUMMARY (lacks DRAFT_MISSING): gmfta
        waits HOLD_REVIEW (lacks SUMMARY_TASK_OPEN PILOT_TASK_OPEN ENTERPRISE_NOTE_MISSING): gmfta
        waits PLAN_PILOT: gmfta
    "#]],
    )
    .await;
    play.step(PROGRAM, hold(&name, &day(&play, 92).await)).await;
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway auditor stranger
        sees engagement DELIVERY, tasks 2: program lead operator gmfta fm fe sme fta ats
        sees engagement DELIVERY: get-modern-sme
    "#]],
    )
    .await;
    play.refused(GMFTA, workshop(&name), Code::FailedPrecondition, &["ON_HOLD"]).await;
    held_until_today(&play, &name).await;
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway auditor stranger
        sees engagement DELIVERY, tasks 2: program lead operator gmfta fm fe sme fta ats
        sees engagement DELIVERY: get-modern-sme
        waits REVIEW_HOLD: program gmfta
    "#]],
    )
    .await;
    assert_eq!(play.step(GMFTA, resume(&name)).await.stage(), Stage::Delivery);
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway auditor stranger
        sees engagement DELIVERY, tasks 2: program lead operator gmfta fm fe sme fta ats
        sees engagement DELIVERY: get-modern-sme
        waits COMPLETE_TASK (lacks PILOT_NOT_EXECUTED): gmfta
        waits COMPLETE_TASK (lacks SUMMARY_NOT_FINAL): gmfta
        waits FINALIZE_SUMMARY (lacks DRAFT_MISSING): gmfta
        waits HOLD_REVIEW (lacks SUMMARY_TASK_OPEN PILOT_TASK_OPEN ENTERPRISE_NOTE_MISSING): gmfta
        waits PLAN_PILOT: gmfta
    "#]],
    )
    .await;
    play.stop().await;
}

/// A request withdrawn between approval and re-joining: by then a Get Modern SME revokes it, and its task goes with it.
#[tokio::test]
async fn a_request_is_withdrawn_between_approval_and_re_joining() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    let etag = approved(&play, &name).await.etag;
    play.playbook_task(&name, REENGAGEMENT, 1).await;
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway auditor stranger
        sees engagement STANDBY, tasks 3, notes 1: program lead operator gmfta fm fe sme fta ats
        sees engagement STANDBY: get-modern-sme
        waits COMPLETE_TASK (lacks NOT_REJOINED): gmfta
        waits REJOIN_ENGAGEMENT: gmfta
    "#]],
    )
    .await;
    let withdraw = ask!(WithdrawReengagementRequest { name: name.clone(), cause: "they move again" });
    let late = play.refused(SME, withdraw, Code::FailedPrecondition, &["NO_REQUEST_WAITING"]).await;
    assert!(late.message().contains("RevokeReengagement"), "{}", late.message());
    let revoke = ask!(RevokeReengagementRequest { name: name.clone(), etag: etag, cause: "they move again" });
    assert_eq!(play.step(GET_MODERN_SME, revoke).await.stage(), Stage::Standby);
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway auditor stranger
        sees engagement STANDBY, tasks 3, notes 1: program lead operator gmfta fm fe sme fta ats
        sees engagement STANDBY: get-modern-sme
    "#]],
    )
    .await;
    let rejoin = ask!(RejoinEngagementRequest { name: name.clone() });
    play.refused(GMFTA, rejoin, Code::FailedPrecondition, &["NOT_APPROVED"]).await;
    play.stop().await;
}

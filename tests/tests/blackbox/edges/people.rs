//! People leave, are replaced, and are stood in for (reading 15; R-4, E-4, I-22).

use expect_test::expect;
use getmodern::client::Actor;
use proto::{
    common::v1::Role,
    engagement::v1::{
        AcknowledgeSeatRequest, Attendee, HoldReviewRequest, RejoinEngagementRequest,
        RequestReengagementRequest, Stage,
    },
    intake::v1::{AcknowledgeHandoffRequest, Case, ChangeSeatRequest, ExitGatewayRequest},
};
use tests::actor;
use tonic::Code;

use super::{INTAKE, audited, eyes::seen};
use crate::{
    cast::{ENGAGEMENTS, FE, FM, GATEWAY, GMFTA, OTHER_FE, OTHER_GMFTA, PROGRAM, Play, ask},
    engagements::{
        deputies::{appoint, end},
        seats::{approved, give, hand},
    },
    prefix::{PILOT, REENGAGEMENT, SUMMARY, review},
};

const OTHER_FM: Actor = actor("people/other-fm", "FM");
const NEVER: Actor = actor("people/never", "FE");

/// R-4, I-1: the FM leaves before the exit, named and never requested.
#[tokio::test]
async fn the_fm_leaves_before_the_exit_named_and_never_requested() {
    let play = Play::start().await;
    let eyes = [OTHER_FM];
    let name = play.handing_off("contoso").await;
    seen(
        &play.client,
        &eyes,
        &expect![[r#"
        sees case HANDOFF: gateway program lead operator gmfta fm fe sme fta ats
        sees nothing: get-modern-sme auditor stranger other-fm
        waits EXIT_GATEWAY: gateway
    "#]],
    )
    .await;
    let change = ask!(ChangeSeatRequest {
        name: name.clone(),
        role: Role::Fm,
        successor: OTHER_FM.person,
        cause: "left the company"
    });
    let _: Case = play.ok(GATEWAY, change).await;
    seen(
        &play.client,
        &eyes,
        &expect![[r#"
        sees case HANDOFF: gateway program lead operator gmfta fe sme fta ats other-fm
        sees nothing: get-modern-sme auditor stranger fm
        waits ACKNOWLEDGE_HANDOFF: other-fm
        waits EXIT_GATEWAY (lacks ACKNOWLEDGEMENT_MISSING): gateway
    "#]],
    )
    .await;
    let acknowledge = || ask!(AcknowledgeHandoffRequest { name: name.clone() });
    play.refused(FM, acknowledge(), Code::NotFound, &["NOT_FOUND"]).await;
    let _: Case = play.ok(OTHER_FM, acknowledge()).await;
    let _: Case = play.ok(GATEWAY, ask!(ExitGatewayRequest { name: name.clone() })).await;
    seen(&play.client, &eyes, &expect![[r#"
        sees case EXITED: gateway
        sees case EXITED, engagement INTRODUCTION, tasks 2: program lead operator gmfta fe sme fta ats other-fm
        sees engagement INTRODUCTION: get-modern-sme
        sees nothing: auditor stranger fm
        waits COMPLETE_TASK (lacks PILOT_NOT_EXECUTED): gmfta
        waits COMPLETE_TASK (lacks SUMMARY_NOT_FINAL): gmfta
        waits SEND_INTRODUCTION: gmfta
    "#]]).await;
    let theirs = audited(&play, INTAKE, (FM.person, &name), "AcknowledgeHandoff NOT_SEEN").await;
    assert_eq!(theirs[0], "AcknowledgeHandoff", "{theirs:?}");
    play.stop().await;
}

/// E-5.3: the GMFTA leaves on standby with an approved request.
#[tokio::test]
async fn the_gmfta_leaves_on_standby_with_an_approved_request() {
    let play = Play::start().await;
    let eyes = [OTHER_GMFTA];
    let name = play.standing_by("contoso").await;
    approved(&play, &name).await;
    play.playbook_task(&name, REENGAGEMENT, 1).await;
    seen(
        &play.client,
        &eyes,
        &expect![[r#"
        sees nothing: gateway auditor stranger other-gmfta
        sees engagement STANDBY, tasks 3, notes 1: program lead operator gmfta fm fe sme fta ats
        sees engagement STANDBY: get-modern-sme
        waits COMPLETE_TASK (lacks NOT_REJOINED): gmfta
        waits REJOIN_ENGAGEMENT: gmfta
    "#]],
    )
    .await;
    play.step(PROGRAM, hand(&name, Role::Gmfta, OTHER_GMFTA)).await;
    seen(
        &play.client,
        &eyes,
        &expect![[r#"
        sees nothing: gateway auditor stranger gmfta
        sees engagement STANDBY, tasks 3, notes 1: program lead operator fm fe sme fta ats other-gmfta
        sees engagement STANDBY: get-modern-sme
        waits ACKNOWLEDGE_SEAT: other-gmfta
        waits COMPLETE_TASK (lacks NOT_REJOINED SEAT_NOT_ACKNOWLEDGED): other-gmfta
        waits REJOIN_ENGAGEMENT (lacks SEAT_NOT_ACKNOWLEDGED): other-gmfta
    "#]],
    )
    .await;
    let rejoin = || ask!(RejoinEngagementRequest { name: name.clone() });
    play.refused(GMFTA, rejoin(), Code::NotFound, &["NOT_FOUND"]).await;
    play.step(OTHER_GMFTA, ask!(AcknowledgeSeatRequest { name: name.clone() })).await;
    assert_eq!(play.step(OTHER_GMFTA, rejoin()).await.stage(), Stage::Reengaged);
    seen(
        &play.client,
        &eyes,
        &expect![[r#"
        sees nothing: gateway auditor stranger gmfta
        sees engagement REENGAGED, tasks 3, notes 1: program lead operator fm fe sme fta ats other-gmfta
        sees engagement REENGAGED: get-modern-sme
        waits COMPLETE_REENGAGEMENT (lacks REENGAGEMENT_TASK_OPEN STATUS_NOTE_MISSING): other-gmfta
        waits COMPLETE_TASK: other-gmfta
    "#]],
    )
    .await;
    audited(&play, ENGAGEMENTS, (GMFTA.person, &name), "RejoinEngagement NOT_SEEN").await;
    play.stop().await;
}

/// E-4, I-14: a deputy at the review.
#[tokio::test]
async fn a_deputy_sits_in_the_review() {
    let play = Play::start().await;
    let eyes = [OTHER_FE];
    let name = play.delivering("contoso").await;
    play.record(&name).await;
    seen(
        &play.client,
        &eyes,
        &expect![[r#"
        sees nothing: gateway auditor stranger other-fe
        sees engagement DELIVERY, tasks 2, notes 1: program lead operator gmfta fm fe sme fta ats
        sees engagement DELIVERY: get-modern-sme
        waits HOLD_REVIEW: gmfta
    "#]],
    )
    .await;
    play.step(FE, appoint(&name, Role::Fe, OTHER_FE)).await;
    seen(
        &play.client,
        &eyes,
        &expect![[r#"
        sees nothing: gateway auditor stranger
        sees engagement DELIVERY, tasks 2, notes 1: program lead operator gmfta fm fe sme fta ats other-fe
        sees engagement DELIVERY: get-modern-sme
        waits HOLD_REVIEW: gmfta
    "#]],
    )
    .await;
    let deputy = Attendee { role: Role::Fe.into(), person: OTHER_FE.person.to_owned(), as_deputy: true };
    let present = [Role::Fta, Role::Sme, Role::Fm].map(i32::from).to_vec();
    let held = HoldReviewRequest { present, attendees: vec![deputy], ..review(&name) };
    assert_eq!(play.step(GMFTA, held).await.stage(), Stage::Handover);
    play.step(FE, end(&name, 1)).await;
    seen(
        &play.client,
        &eyes,
        &expect![[r#"
        sees nothing: gateway auditor stranger other-fe
        sees engagement HANDOVER, tasks 2, notes 1: program lead operator gmfta fm fe sme fta ats
        sees engagement HANDOVER: get-modern-sme
        waits HAND_OVER: gmfta
    "#]],
    )
    .await;
    play.stop().await;
}

/// I-22: a successor who never acknowledges; who gave the seat gives it to another.
#[tokio::test]
async fn a_successor_never_acknowledges() {
    let play = Play::start().await;
    let eyes = [NEVER, OTHER_FE];
    let name = play.delivering("contoso").await;
    for template in [SUMMARY, PILOT] {
        play.playbook_task(&name, template, 0).await;
    }
    play.step(PROGRAM, hand(&name, Role::Fe, NEVER)).await;
    seen(
        &play.client,
        &eyes,
        &expect![[r#"
        sees nothing: gateway auditor stranger fe other-fe
        sees engagement DELIVERY, tasks 2: program lead operator gmfta fm sme fta ats never
        sees engagement DELIVERY: get-modern-sme
        waits ACKNOWLEDGE_SEAT: never
        waits COMPLETE_TASK (lacks PILOT_NOT_EXECUTED): gmfta
        waits COMPLETE_TASK (lacks SUMMARY_NOT_FINAL): gmfta
        waits FINALIZE_SUMMARY (lacks DRAFT_MISSING): gmfta
        waits HOLD_REVIEW (lacks SUMMARY_TASK_OPEN PILOT_TASK_OPEN ENTERPRISE_NOTE_MISSING): gmfta
        waits PLAN_PILOT: gmfta
    "#]],
    )
    .await;
    let ask_back = ask!(RequestReengagementRequest { name: name.clone(), escalation: "x" });
    play.refused(FE, ask_back, Code::NotFound, &["NOT_FOUND"]).await;
    play.step(PROGRAM, give(&name, Role::Fe, OTHER_FE)).await;
    seen(
        &play.client,
        &eyes,
        &expect![[r#"
        sees nothing: gateway auditor stranger fe never
        sees engagement DELIVERY, tasks 2: program lead operator gmfta fm sme fta ats other-fe
        sees engagement DELIVERY: get-modern-sme
        waits ACKNOWLEDGE_SEAT: other-fe
        waits COMPLETE_TASK (lacks PILOT_NOT_EXECUTED): gmfta
        waits COMPLETE_TASK (lacks SUMMARY_NOT_FINAL): gmfta
        waits FINALIZE_SUMMARY (lacks DRAFT_MISSING): gmfta
        waits HOLD_REVIEW (lacks SUMMARY_TASK_OPEN PILOT_TASK_OPEN ENTERPRISE_NOTE_MISSING): gmfta
        waits PLAN_PILOT: gmfta
    "#]],
    )
    .await;
    play.step(OTHER_FE, ask!(AcknowledgeSeatRequest { name: name.clone() })).await;
    seen(
        &play.client,
        &eyes,
        &expect![[r#"
        sees nothing: gateway auditor stranger fe never
        sees engagement DELIVERY, tasks 2: program lead operator gmfta fm sme fta ats other-fe
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

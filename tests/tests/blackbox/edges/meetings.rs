//! Meetings are held again, and results are corrected (reading 17; I-19, I-23).

use expect_test::expect;
use proto::{
    engagement::v1::{
        Engagement, HoldWorkshopRequest, RaiseBlockerRequest, RecordPilotResultRequest, blocker,
        pilot_result::Outcome,
    },
    tasks::v1::note,
};
use tonic::Code;

use super::{eyes::seen, gone};
use crate::{
    cast::{FE, FM, GMFTA, Play, ask},
    prefix::{PILOT, SUMMARY, get, result, workshop},
};

/// E-3: a second workshop that raises a new blocker.
#[tokio::test]
async fn a_second_workshop_raises_a_new_blocker() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
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
    let again = HoldWorkshopRequest { cause: "the second site joins".to_owned(), ..workshop(&name) };
    play.step(GMFTA, again).await;
    let kind = blocker::Kind::Infrastructure;
    let raise = ask!(RaiseBlockerRequest { name: name.clone(), kind: kind, description: "the proxy" });
    let raised = play.step(FM, raise).await;
    assert_eq!(gone(&raised), [("workshop", "the second site joins")]);
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
        waits RESOLVE_BLOCKER (lacks BLOCKER_OPEN): gmfta
    "#]],
    )
    .await;
    play.stop().await;
}

/// E-3.4: a pilot result corrected, and again after its task.
#[tokio::test]
async fn a_pilot_result_is_corrected_and_again_after_its_task() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    play.playbook_task(&name, SUMMARY, 0).await;
    play.piloted(&name).await;
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway auditor stranger
        sees engagement DELIVERY, tasks 2: program lead operator gmfta fm fe sme fta ats
        sees engagement DELIVERY: get-modern-sme
        waits COMPLETE_TASK: gmfta
        waits COMPLETE_TASK (lacks SUMMARY_NOT_FINAL): gmfta
        waits FINALIZE_SUMMARY (lacks DRAFT_MISSING): gmfta
        waits HOLD_REVIEW (lacks SUMMARY_TASK_OPEN PILOT_TASK_OPEN ENTERPRISE_NOTE_MISSING): gmfta
    "#]],
    )
    .await;
    let correct = |cause: &str| RecordPilotResultRequest {
        cause: cause.to_owned(),
        ..result(&name, "device-02", Outcome::Failed)
    };
    let corrected = play.step(FE, correct("another device was meant")).await;
    assert_eq!(gone(&corrected), [("result", "another device was meant")]);
    play.finish(&name, PILOT, 0).await;
    let told = |found: &Engagement| found.record.is_some_and(|record| record.pilot_task_time.is_some());
    let _: Engagement = play.until("the task is known", get(&name), told).await;
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway auditor stranger
        sees engagement DELIVERY, tasks 2: program lead operator gmfta fm fe sme fta ats
        sees engagement DELIVERY: get-modern-sme
        waits COMPLETE_TASK (lacks SUMMARY_NOT_FINAL): gmfta
        waits FINALIZE_SUMMARY (lacks DRAFT_MISSING): gmfta
        waits HOLD_REVIEW (lacks SUMMARY_TASK_OPEN ENTERPRISE_NOTE_MISSING): gmfta
    "#]],
    )
    .await;
    let late = correct("it was the first after all");
    play.refused(FE, late, Code::FailedPrecondition, &["PILOT_TASK_COMPLETE"]).await;
    play.write(&name, note::Kind::EnterpriseNotes).await;
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway auditor stranger
        sees engagement DELIVERY, tasks 2, notes 1: program lead operator gmfta fm fe sme fta ats
        sees engagement DELIVERY: get-modern-sme
        waits COMPLETE_TASK (lacks SUMMARY_NOT_FINAL): gmfta
        waits FINALIZE_SUMMARY (lacks DRAFT_MISSING): gmfta
        waits HOLD_REVIEW (lacks SUMMARY_TASK_OPEN ENTERPRISE_NOTE_MISSING): gmfta
    "#]],
    )
    .await;
    play.stop().await;
}

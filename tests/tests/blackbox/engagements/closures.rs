//! The end after the handover, and what becomes of what was open (E-5, I-22).

use proto::{
    engagement::v1::{
        CloseEngagementRequest, Engagement, RequestReengagementRequest, Stage, closure::Reason,
        reengagement::State,
    },
    tasks::v1::{GetTaskRequest, Task, WriteNoteRequest, note, task},
};
use tonic::Code;

use super::{DENIED, INVALID, NOT_READY, WRONG_STATE, cancellations};
use crate::{
    cast::{ENGAGEMENTS, FM, GET_MODERN_SME, GMFTA, OTHER_FE, PROGRAM, Play, SIX, SME, TASKS, ask},
    prefix::{REENGAGEMENT, get},
};

fn close(name: &str) -> CloseEngagementRequest {
    ask!(CloseEngagementRequest { name: name, reason: Reason::CustomerLeft, cause: "bought by Fabrikam" })
}

/// E-5, I-25: a customer who is gone is waited for by nobody, and the tenant may begin anew.
#[tokio::test]
async fn an_engagement_is_closed_on_standby_and_its_tenant_may_begin_anew() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    for who in [GMFTA, FM, SME, GET_MODERN_SME] {
        play.refused(who, close(&name), DENIED, &["WRONG_ROLE"]).await;
    }
    let silent = ask!(CloseEngagementRequest { name: name.clone(), reason: Reason::Other, cause: " " });
    play.refused(PROGRAM, silent, INVALID, &["CLOSURE_INCOMPLETE", "CAUSE_MISSING"]).await;
    let closed = play.step(PROGRAM, close(&name)).await;
    let why = closed.closure.clone().expect("why");
    assert_eq!(
        (closed.stage(), why.reason(), why.cause.as_str()),
        (Stage::Closed, Reason::CustomerLeft, "bought by Fabrikam")
    );
    for who in SIX {
        assert_eq!(play.ok::<_, Engagement>(who, get(&name)).await, closed, "{who:?}");
    }
    let unseen = play.client.call::<_, Engagement>(OTHER_FE, get(&name)).await;
    assert_eq!(unseen.expect_err("not theirs").code(), Code::NotFound);
    for service in [ENGAGEMENTS, TASKS] {
        assert_eq!(play.duties(service, "", &name).await, [], "{service}");
    }
    let escalation = "two branches stand still";
    play.refused(
        SME,
        ask!(RequestReengagementRequest { name: name.clone(), escalation: escalation }),
        NOT_READY,
        WRONG_STATE,
    )
    .await;
    play.refused(PROGRAM, close(&name), NOT_READY, WRONG_STATE).await;
    let again = play.assigned("contoso").await;
    assert_ne!(again, name);
    let early = play.refused(PROGRAM, close(&again), NOT_READY, WRONG_STATE).await;
    assert!(early.message().contains("CancelEngagement"), "{}", early.message());
    play.stop().await;
}

/// E-5.1, E-5.4, I-19: the request ends, its task goes with it, and what was completed stays.
#[tokio::test]
async fn a_call_back_ends_with_its_engagement_and_its_task_goes_with_it() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    play.call_back(&name).await;
    let wanted = play.playbook_task(&name, REENGAGEMENT, 1).await;
    let late = play.refused(PROGRAM, cancellations::close(&name), NOT_READY, WRONG_STATE).await;
    assert!(late.message().contains("CloseEngagement"), "{}", late.message());
    let closed = play.step(PROGRAM, close(&name)).await;
    let cycle = &closed.reengagements[0];
    assert_eq!((cycle.state(), cycle.retraction_cause.as_str()), (State::Closed, "bought by Fabrikam"));
    let question = GetTaskRequest { name: wanted.name.clone() };
    let dropped: Task = play
        .until("the task is cancelled", question, |task: &Task| task.state() == task::State::Cancelled)
        .await;
    assert_eq!(dropped.cancel_cause, "bought by Fabrikam");
    let kind = note::Kind::EnterpriseStatusNotes;
    let note = ask!(WriteNoteRequest { engagement: name.clone(), kind: kind, text: "bye" });
    play.refused(GMFTA, note, NOT_READY, &["NOTE_NOT_TAKEN", "ENGAGEMENT_CANCELLED"]).await;
    for template in [crate::prefix::SUMMARY, crate::prefix::PILOT] {
        let done = play.playbook_task(&name, template, 0).await;
        assert_eq!(done.state(), task::State::Completed, "{template}");
    }
    play.stop().await;
}

//! A call-back that changes or ends before the GMFTA is back: amended, withdrawn, revoked (E-5.1, E-5.2).

use proto::{
    engagement::v1::{
        AmendReengagementRequest, ApproveReengagementRequest, Engagement, Escalation,
        RejoinEngagementRequest, RequestReengagementRequest, RevokeReengagementRequest, Stage,
        WithdrawReengagementRequest, reengagement::State, superseded::Was,
    },
    tasks::v1::{GetTaskRequest, Task, task},
};
use tonic::Code;

use super::{DENIED, INVALID, NOT_READY, WRONG_STATE};
use crate::{
    cast::{ENGAGEMENTS, FE, GET_MODERN_SME, GMFTA, OTHER_FE, Play, SME, TASKS, actions, ask},
    prefix::REENGAGEMENT,
};

fn request(name: &str) -> RequestReengagementRequest {
    ask!(RequestReengagementRequest { name: name, escalation: "two branches stand still" })
}

fn amend(name: &str) -> AmendReengagementRequest {
    ask!(AmendReengagementRequest { name: name, escalation: "three branches stand still" })
}

fn withdraw(name: &str) -> WithdrawReengagementRequest {
    ask!(WithdrawReengagementRequest { name: name, cause: "they move again" })
}

fn approve(seen: &Engagement) -> ApproveReengagementRequest {
    let (name, etag) = (seen.name.as_str(), seen.etag.as_str());
    ask!(ApproveReengagementRequest {
        name: name,
        etag: etag,
        nature: "an application",
        specific_request: "a call"
    })
}

fn revoke(seen: &Engagement) -> RevokeReengagementRequest {
    let (name, etag) = (seen.name.as_str(), seen.etag.as_str());
    ask!(RevokeReengagementRequest { name: name, etag: etag, cause: "the architect is ill" })
}

/// E-5.1: who asked says anew what happened; whoever read the request before does not decide on the new one unread.
#[tokio::test]
async fn a_request_is_amended_and_decided_as_it_was_read() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    play.refused(SME, amend(&name), NOT_READY, &["NO_REQUEST_WAITING"]).await;
    let asked = play.step(SME, request(&name)).await;
    play.refused(FE, amend(&name), DENIED, &["NOT_THE_REQUESTER"]).await;
    play.refused(OTHER_FE, amend(&name), Code::NotFound, &["NOT_FOUND"]).await;
    play.refused(GET_MODERN_SME, amend(&name), DENIED, &["WRONG_ROLE"]).await;
    let silent = ask!(AmendReengagementRequest { name: name.clone() });
    play.refused(SME, silent, INVALID, &["AMENDMENT_INCOMPLETE", "ESCALATION_MISSING"]).await;
    let amended = play.step(SME, amend(&name)).await;
    let cycle = &amended.reengagements[0];
    assert_eq!((cycle.state(), cycle.escalation.as_str()), (State::Requested, "three branches stand still"));
    assert_eq!(cycle.amended.as_ref().map(|stamp| stamp.person.as_str()), Some(SME.person));
    assert_eq!(cycle.requested, asked.reengagements[0].requested);
    play.refused(GET_MODERN_SME, approve(&asked), Code::Aborted, &["ETAG_MISMATCH"]).await;
    // I-23: what was said before stays readable, with who, when and why.
    let cause = "one was counted twice";
    let two = "two branches stand still, and a third is slow";
    let again = ask!(AmendReengagementRequest { name: name.clone(), escalation: two, cause: cause });
    let amended_again = play.step(SME, again).await;
    let kept: Vec<_> = amended_again.superseded.iter().map(|kept| (kept.was.clone(), &*kept.cause)).collect();
    let was = |escalation: &str, said| {
        let escalation = escalation.to_owned();
        Some(Was::Escalation(Escalation { cycle: 1, escalation, said }))
    };
    let first = was("two branches stand still", asked.reengagements[0].requested.clone());
    let second = was("three branches stand still", amended.reengagements[0].amended.clone());
    assert_eq!(kept, [(first, "the requester said anew what happened"), (second, cause)]);
    let stamp = amended_again.superseded[1].stamp.clone().expect("a stamp");
    assert_eq!((stamp.person.as_str(), stamp.role), (SME.person, proto::common::v1::Role::Sme.into()));
    play.step(GET_MODERN_SME, approve(&amended_again)).await;
    play.refused(SME, amend(&name), NOT_READY, &["NO_REQUEST_WAITING"]).await;
    play.stop().await;
}

/// E-5.1: who asked takes the request back, and nobody waits any more.
#[tokio::test]
async fn a_request_is_withdrawn_and_another_may_follow() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    let asked = play.step(SME, request(&name)).await;
    play.refused(FE, withdraw(&name), DENIED, &["NOT_THE_REQUESTER"]).await;
    let silent = ask!(WithdrawReengagementRequest { name: name.clone(), cause: " " });
    play.refused(SME, silent, INVALID, &["WITHDRAWAL_INCOMPLETE", "CAUSE_MISSING"]).await;
    let withdrawn = play.step(SME, withdraw(&name)).await;
    let cycle = &withdrawn.reengagements[0];
    assert_eq!((cycle.state(), cycle.retraction_cause.as_str()), (State::Withdrawn, "they move again"));
    assert_eq!((withdrawn.stage(), play.duties(ENGAGEMENTS, "", &name).await), (Stage::Standby, Vec::new()));
    play.refused(GET_MODERN_SME, approve(&asked), Code::Aborted, &["ETAG_MISMATCH"]).await;
    play.refused(GET_MODERN_SME, approve(&withdrawn), NOT_READY, &["NO_REQUEST_WAITING"]).await;
    assert_eq!(play.step(FE, request(&name)).await.reengagements[1].state(), State::Requested);
    play.stop().await;
}

/// E-5.2: what was approved is revoked while the GMFTA is not back; the task goes with it, and the next call-back has its own.
#[tokio::test]
async fn an_approval_is_revoked_with_its_task_and_the_next_call_back_goes_its_way() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    let asked = play.step(SME, request(&name)).await;
    play.refused(GET_MODERN_SME, revoke(&asked), NOT_READY, &["NOTHING_APPROVED"]).await;
    let approved = play.step(GET_MODERN_SME, approve(&asked)).await;
    let wanted = play.playbook_task(&name, REENGAGEMENT, 1).await;
    play.refused(SME, revoke(&approved), DENIED, &["WRONG_ROLE"]).await;
    play.refused(SME, withdraw(&name), NOT_READY, &["NO_REQUEST_WAITING"]).await;
    let blind = ask!(RevokeReengagementRequest { name: name.clone() });
    let lacking = ["INVALID_REQUEST", "FIELD_REQUIRED", "CAUSE_MISSING"];
    play.refused(GET_MODERN_SME, blind, INVALID, &lacking).await;
    let revoked = play.step(GET_MODERN_SME, revoke(&approved)).await;
    let cycle = &revoked.reengagements[0];
    assert_eq!((cycle.state(), cycle.retraction_cause.as_str()), (State::Revoked, "the architect is ill"));
    let question = GetTaskRequest { name: wanted.name.clone() };
    let cancelled: Task = play
        .until("the task is cancelled", question, |task: &Task| task.state() == task::State::Cancelled)
        .await;
    assert_eq!(cancelled.cancel_cause, "the architect is ill");
    for service in [ENGAGEMENTS, TASKS] {
        assert_eq!(actions(&play.duties(service, "", &name).await), Vec::<&str>::new(), "{service}");
    }
    play.refused(GMFTA, ask!(RejoinEngagementRequest { name: name.clone() }), NOT_READY, &["NOT_APPROVED"])
        .await;

    let back = play.call_back(&name).await;
    assert_eq!((back.stage(), back.reengagements[1].state()), (Stage::Reengaged, State::Rejoined));
    play.refused(GET_MODERN_SME, revoke(&back), NOT_READY, WRONG_STATE).await;
    assert_eq!(play.stand_down(&name, 2).await.stage(), Stage::Standby);
    play.stop().await;
}

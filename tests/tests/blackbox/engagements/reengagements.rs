//! Back from standby, cycle by cycle: requested, decided by another, briefed, re-joined, completed (E-5, I-16, I-17).

use proto::engagement::v1::{
    ApproveReengagementRequest, CompleteReengagementRequest, RejectReengagementRequest,
    RejoinEngagementRequest, RequestReengagementRequest, Stage, reengagement::State,
};
use tests::{Engine, actor};
use tonic::Code;

use super::{DENIED, INVALID, NOT_READY, WRONG_STATE};
use crate::{
    cast::{ATS, ENGAGEMENTS, FE, FM, GET_MODERN_SME, GMFTA, OTHER_FE, OTHER_GMFTA, Play, SME, actions, ask},
    prefix::REENGAGEMENT,
};

fn request(name: &str) -> RequestReengagementRequest {
    ask!(RequestReengagementRequest { name: name, escalation: "two branches stand still" })
}

/// Decisions on what stands there now.
async fn approve(play: &Play, name: &str) -> ApproveReengagementRequest {
    let (etag, nature) = (play.engagement(name).await.etag, "an application");
    ask!(ApproveReengagementRequest { name: name, etag: etag, nature: nature, specific_request: "a call" })
}

async fn reject(play: &Play, name: &str) -> RejectReengagementRequest {
    let etag = play.engagement(name).await.etag;
    ask!(RejectReengagementRequest { name: name, etag: etag, cause: "the FE can do it" })
}

fn rejoin(name: &str) -> RejoinEngagementRequest {
    ask!(RejoinEngagementRequest { name: name })
}

fn complete(name: &str) -> CompleteReengagementRequest {
    ask!(CompleteReengagementRequest { name: name })
}

/// E-5: before the handover there is nothing to come back to.
#[tokio::test]
async fn nothing_of_a_reengagement_before_standby() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    play.refused(FE, request(&name), NOT_READY, WRONG_STATE).await;
    play.refused(GET_MODERN_SME, approve(&play, &name).await, NOT_READY, WRONG_STATE).await;
    play.refused(GET_MODERN_SME, reject(&play, &name).await, NOT_READY, WRONG_STATE).await;
    play.refused(GMFTA, rejoin(&name), NOT_READY, WRONG_STATE).await;
    play.refused(GMFTA, complete(&name), NOT_READY, WRONG_STATE).await;
    play.stop().await;
}

/// E-5.1: the five may ask, one request at a time, and say why.
#[tokio::test]
async fn one_request_is_open_at_a_time() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    play.refused(GMFTA, request(&name), DENIED, &["WRONG_ROLE"]).await;
    play.refused(OTHER_FE, request(&name), Code::NotFound, &["NOT_FOUND"]).await;
    let silent = ask!(RequestReengagementRequest { name: name.clone() });
    let faults = ["REENGAGEMENT_NOT_REQUESTABLE", "ESCALATION_MISSING"];
    play.refused(FE, silent.clone(), INVALID, &faults).await;
    play.refused(GET_MODERN_SME, approve(&play, &name).await, NOT_READY, &["NO_REQUEST_WAITING"]).await;
    play.refused(GET_MODERN_SME, reject(&play, &name).await, NOT_READY, &["NO_REQUEST_WAITING"]).await;
    let asked = play.step(ATS, request(&name)).await;
    assert_eq!((asked.stage(), asked.reengagements[0].state()), (Stage::Standby, State::Requested));
    assert_eq!(actions(&play.duties(ENGAGEMENTS, "", &name).await), ["APPROVE_REENGAGEMENT"]);
    let open = ["REENGAGEMENT_NOT_REQUESTABLE", "REENGAGEMENT_ALREADY_OPEN"];
    play.refused(FE, request(&name), NOT_READY, &open).await;
    let again = ask!(RequestReengagementRequest { name: name.clone() });
    play.refused(FE, again, INVALID, &[open[0], "ESCALATION_MISSING", open[1]]).await;
    play.refused(GMFTA, rejoin(&name), NOT_READY, &["NOT_APPROVED"]).await;
    play.step(GET_MODERN_SME, approve(&play, &name).await).await;
    play.refused(FE, request(&name), NOT_READY, &open).await;
    play.refused(GET_MODERN_SME, reject(&play, &name).await, NOT_READY, &["NO_REQUEST_WAITING"]).await;
    play.refused(GET_MODERN_SME, approve(&play, &name).await, NOT_READY, &["NO_REQUEST_WAITING"]).await;
    play.refused(OTHER_GMFTA, rejoin(&name), Code::NotFound, &["NOT_FOUND"]).await;
    assert_eq!(actions(&play.duties(ENGAGEMENTS, "", &name).await), ["REJOIN_ENGAGEMENT"]);
    play.step(GMFTA, rejoin(&name)).await;
    play.refused(FE, request(&name), NOT_READY, WRONG_STATE).await;
    play.stop().await;
}

/// I-16: one's own request is neither approved nor rejected by oneself, in whatever role; an approval carries the brief.
#[tokio::test]
async fn a_request_is_decided_by_another_with_reasons() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    play.step(SME, request(&name)).await;
    let own = actor(SME.person, "GET_MODERN_SME");
    play.refused(own, approve(&play, &name).await, DENIED, &["OWN_REQUEST"]).await;
    play.refused(own, reject(&play, &name).await, DENIED, &["OWN_REQUEST"]).await;
    let briefed = actor(GMFTA.person, "GET_MODERN_SME");
    play.refused(briefed, approve(&play, &name).await, DENIED, &["OWN_BRIEF"]).await;
    play.refused(SME, approve(&play, &name).await, DENIED, &["WRONG_ROLE"]).await;
    play.refused(SME, reject(&play, &name).await, DENIED, &["WRONG_ROLE"]).await;
    let etag = play.engagement(&name).await.etag;
    let blank = ask!(ApproveReengagementRequest { name: name.clone(), etag: etag.clone() });
    let brief = ["BRIEF_INCOMPLETE", "NATURE_MISSING", "SPECIFIC_REQUEST_MISSING"];
    play.refused(GET_MODERN_SME, blank, INVALID, &brief).await;
    let silent = ask!(RejectReengagementRequest { name: name.clone(), etag: etag, cause: " " });
    play.refused(GET_MODERN_SME, silent, INVALID, &["REJECTION_INCOMPLETE", "CAUSE_MISSING"]).await;
    assert_eq!(play.engagement(&name).await.reengagements[0].state(), State::Requested);
    play.stop().await;
}

/// I-16: one decides on what one has read: another request, made meanwhile, is not decided along with it.
#[tokio::test]
async fn a_decision_is_on_the_version_it_saw() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    play.step(SME, request(&name)).await;
    let (approval, rejection) = (approve(&play, &name).await, reject(&play, &name).await);
    let blind = ask!(ApproveReengagementRequest { name: name.clone() });
    let lacking = ["INVALID_REQUEST", "FIELD_REQUIRED", "NATURE_MISSING", "SPECIFIC_REQUEST_MISSING"];
    play.refused(GET_MODERN_SME, blind, INVALID, &lacking).await;
    let blind = ask!(RejectReengagementRequest { name: name.clone() });
    play.refused(GET_MODERN_SME, blind, INVALID, &["INVALID_REQUEST", "FIELD_REQUIRED", "CAUSE_MISSING"])
        .await;
    play.step(GET_MODERN_SME, reject(&play, &name).await).await;
    play.step(SME, request(&name)).await;
    play.refused(GET_MODERN_SME, approval, Code::Aborted, &["ETAG_MISMATCH"]).await;
    play.refused(GET_MODERN_SME, rejection, Code::Aborted, &["ETAG_MISMATCH"]).await;
    assert_eq!(play.engagement(&name).await.reengagements[1].state(), State::Requested);
    play.step(GET_MODERN_SME, approve(&play, &name).await).await;
    play.stop().await;
}

/// I-16: the database does not take it either, should the domain ever let it pass.
#[tokio::test]
async fn the_database_keeps_no_decision_of_the_one_who_asked() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    play.step(SME, request(&name)).await;
    let decided = |person: &str| play.state().attempt("engagement", &decided_by(person));
    let refused = decided(SME.person).expect_err("their own request");
    assert!(refused.contains("a request is never decided by who made it"), "{refused}");
    decided(GET_MODERN_SME.person).expect("somebody else's");
    play.stop().await;
}

/// Writes past the service that the last request was decided by this one.
fn decided_by(person: &str) -> String {
    let stamp = format!(r#"{{"person":"{person}","role":"GET_MODERN_SME","time":"2020-01-01T00:00:00Z"}}"#);
    let state = match Engine::here() {
        Engine::Sqlite => format!("json_set(state, '$.reengagements[#-1].decided', json('{stamp}'))"),
        Engine::Postgres => format!("jsonb_set(state, '{{reengagements,-1,decided}}', '{stamp}')"),
    };
    format!("UPDATE engagements SET state = {state}")
}

/// E-5.1: a rejection leaves standby as it was, and the next request is the next cycle with a task of its own.
#[tokio::test]
async fn a_rejected_request_leaves_standby_and_the_next_is_a_cycle_of_its_own() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    let before = play.engagement(&name).await;
    play.step(FM, request(&name)).await;
    let after = play.step(GET_MODERN_SME, reject(&play, &name).await).await;
    let cycle = after.reengagements[0].clone();
    assert_eq!((cycle.state(), cycle.rejection_cause.as_str()), (State::Rejected, "the FE can do it"));
    assert_eq!(cycle.decided.map(|stamp| stamp.person), Some(GET_MODERN_SME.person.to_owned()));
    let untouched = proto::engagement::v1::Engagement {
        reengagements: Vec::new(),
        etag: before.etag.clone(),
        update_time: before.update_time,
        ..after
    };
    assert_eq!(untouched, before);
    assert_eq!(play.duties(ENGAGEMENTS, "", &name).await, []);
    play.refused(GMFTA, rejoin(&name), NOT_READY, &["NOT_APPROVED"]).await;

    let back = play.call_back(&name).await;
    assert_eq!(
        (back.stage(), back.reengagements.len(), back.reengagements[1].cycle),
        (Stage::Reengaged, 2, 2)
    );
    assert_eq!(back.reengagements[1].state(), State::Rejoined);
    let lacking = ["REENGAGEMENT_INCOMPLETE", "REENGAGEMENT_TASK_OPEN", "STATUS_NOTE_MISSING"];
    play.refused(GMFTA, complete(&name), NOT_READY, &lacking).await;
    let duties = play.duties(ENGAGEMENTS, GMFTA.person, &name).await;
    assert_eq!((actions(&duties), duties[0].missing.len()), (vec!["COMPLETE_REENGAGEMENT"], 2));
    assert_eq!(play.stand_down(&name, 2).await.reengagements[1].state(), State::Completed);

    // I-17: the second cycle's task and note do not stand in for the third's.
    play.call_back(&name).await;
    play.refused(GMFTA, complete(&name), NOT_READY, &lacking).await;
    play.refused(OTHER_GMFTA, complete(&name), Code::NotFound, &["NOT_FOUND"]).await;
    let third = play.playbook_task(&name, REENGAGEMENT, 3).await;
    assert_ne!(third.name, play.playbook_task(&name, REENGAGEMENT, 2).await.name);
    let done = play.stand_down(&name, 3).await;
    assert_eq!(done.stage(), Stage::Standby);
    let states: Vec<_> = done.reengagements.iter().map(|cycle| (cycle.cycle, cycle.state())).collect();
    assert_eq!(states, [(1, State::Rejected), (2, State::Completed), (3, State::Completed)]);
    let times = play.insights().await.stage_times;
    let visits = |stage| {
        times.iter().find(|time| time.stage() == stage).map(|it| (it.completed_visits, it.open_visits))
    };
    assert_eq!((visits(Stage::Reengaged), visits(Stage::Standby)), (Some((2, 0)), Some((2, 1))));
    play.stop().await;
}

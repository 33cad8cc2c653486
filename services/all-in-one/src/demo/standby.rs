//! An escalation: requested, approved and briefed by a Get Modern SME, re-joined, and back to standby (E-5.1 to E-5.5).

use proto::{
    engagement::v1::{
        ApproveReengagementRequest, CompleteReengagementRequest, Engagement, GetEngagementRequest,
        RaiseBlockerRequest, RejoinEngagementRequest, RequestReengagementRequest, ResolveBlockerRequest,
        blocker::Kind as BlockerKind,
    },
    tasks::v1::note::Kind,
};

use super::{
    Stage, Surprise,
    cast::{FE, GET_MODERN_SME, GMFTA, SME, SME_AS_APPROVER},
    execution::{finish, note, task},
};

pub(crate) async fn play(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    escalate(stage, engagement).await?;
    approve(stage, engagement).await?;
    come_back(stage, engagement).await
}

pub(crate) async fn escalate(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    let raise = RaiseBlockerRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        kind: BlockerKind::Application.into(),
        description: "the VPN client fails after the upgrade".to_owned(),
        ..RaiseBlockerRequest::default()
    };
    let _: Engagement = stage.step(FE, "G-5", "raises a blocker", raise).await?;
    let rejoin = rejoin(stage, engagement);
    stage.refused(GMFTA, "I-16", "re-joins without approval", rejoin, "NOT_APPROVED").await?;
    let request = RequestReengagementRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        escalation: "deployment has stopped in two branches".to_owned(),
        ..RequestReengagementRequest::default()
    };
    let _: Engagement = stage.step(SME, "E-5.1", "requests the GMFTA's re-engagement", request).await?;
    Ok(())
}

fn rejoin(stage: &mut Stage, engagement: &str) -> RejoinEngagementRequest {
    RejoinEngagementRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        ..RejoinEngagementRequest::default()
    }
}

async fn approve(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    // A decision is on what was read.
    let get = GetEngagementRequest { name: engagement.to_owned() };
    let read: Engagement = stage.until(GET_MODERN_SME, "the request is read", get, |_| true).await?;
    let approve = |stage: &mut Stage, nature: &str| ApproveReengagementRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: read.etag.clone(),
        nature: nature.to_owned(),
        specific_request: "find a way around with the vendor".to_owned(),
        ..ApproveReengagementRequest::default()
    };
    let own = approve(stage, "an application blocks the deployment");
    let what = "approves the request they made themselves";
    stage.refused(SME_AS_APPROVER, "I-16", what, own, "OWN_REQUEST").await?;
    let other = approve(stage, "an application blocks the deployment");
    stage.refused(SME, "I-18", "approves as a rostered SME", other, "WRONG_ROLE").await?;
    let blank = approve(stage, "");
    let what = "approves without saying what it is about";
    stage.refused(GET_MODERN_SME, "E-5.2", what, blank, "NATURE_MISSING").await?;
    let whole = approve(stage, "an application blocks the deployment");
    let what = "approves, and briefs the GMFTA";
    let _: Engagement = stage.step(GET_MODERN_SME, "E-5.2", what, whole).await?;
    Ok(())
}

async fn come_back(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    let rejoin = rejoin(stage, engagement);
    let _: Engagement = stage.step(GMFTA, "E-5.3", "re-joins at once", rejoin).await?;
    let complete = |stage: &mut Stage| CompleteReengagementRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        ..CompleteReengagementRequest::default()
    };
    let early = complete(stage);
    let what = "goes back to standby without task and status note";
    stage.refused(GMFTA, "I-17", what, early, "STATUS_NOTE_MISSING").await?;
    let resolve = ResolveBlockerRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        blocker: 1,
        resolution: "the vendor's new client works".to_owned(),
        ..ResolveBlockerRequest::default()
    };
    let _: Engagement = stage.step(FE, "G-5", "resolves the blocker", resolve).await?;
    let task = task(stage, engagement, "get-modern-architect-reengagement", 1).await?;
    finish(stage, &task, "E-5.4", "completes the task Get Modern Architect Re-engagement").await?;
    note(stage, engagement, Kind::EnterpriseStatusNotes, "E-5.5").await?;
    let get = GetEngagementRequest { name: engagement.to_owned() };
    let told = |found: &Engagement| found.reengagements.iter().any(|cycle| cycle.status_note.is_some());
    let _: Engagement = stage.until(GMFTA, "the engagement knows of the note", get, told).await?;
    let done = complete(stage);
    let _: Engagement = stage.step(GMFTA, "E-5", "is back on standby", done).await?;
    Ok(())
}

//! Tasks that the six set themselves: who may do what with them, and in which order (G-5, I-18, I-19).

use proto::{
    common::v1::Role,
    tasks::v1::{
        BlockTaskRequest, CancelTaskRequest, CompleteTaskRequest, CreateTaskRequest, GetTaskRequest,
        ReassignTaskRequest, StartTaskRequest, Task, UnblockTaskRequest, WriteNoteRequest, note, task::State,
    },
};
use tests::actor;
use tonic::Code;

use super::stays;
use crate::cast::{ATS, FE, FM, GMFTA, OTHER_FE, OTHER_GMFTA, Play, SME, TASKS, actions, ask};

const NOT_READY: Code = Code::FailedPrecondition;

/// A task of the FE's.
async fn engineers(play: &Play, engagement: &str) -> String {
    let assignee = FE.person;
    let create =
        ask!(CreateTaskRequest { engagement: engagement, title: "Order USB sticks", assignee: assignee });
    play.work(FM, create).await.name
}

#[tokio::test]
async fn an_ad_hoc_task_is_the_gmftas_unless_another_of_the_six_is_named() {
    let play = Play::start().await;
    let engagement = play.aligned("contoso").await;
    play.playbook_task(&engagement, crate::prefix::PILOT, 0).await;
    let create = ask!(CreateTaskRequest {
        engagement: engagement.clone(),
        title: "Order USB sticks",
        description: "ten of them",
    });
    let task = play.work(ATS, create).await;
    assert_eq!(task.assignee, GMFTA.person);
    assert_eq!((task.title.as_str(), task.description.as_str()), ("Order USB sticks", "ten of them"));
    assert_eq!((task.state(), task.template.as_str(), task.cycle), (State::Open, "", 0));
    assert_eq!((&task.engagement, task.customer.as_str()), (&engagement, "Contoso"));
    assert_eq!((task.evidence.as_ref(), task.title_zh.as_str()), (None, ""));
    let read: Task = play.ok(SME, GetTaskRequest { name: task.name.clone() }).await;
    assert_eq!(read, task);

    let mut create = ask!(CreateTaskRequest { engagement: engagement, title: "Call", assignee: SME.person });
    assert_eq!(play.work(ATS, create.clone()).await.assignee, SME.person);

    create.request_id = crate::cast::key();
    create.assignee = OTHER_FE.person.to_owned();
    play.refused(ATS, create.clone(), NOT_READY, &["TASK_NOT_TAKEN", "ASSIGNEE_NOT_ROSTERED"]).await;
    create.title = " ".to_owned();
    create.assignee = "ada".to_owned();
    let faults = ["INVALID_REQUEST", "FIELD_REQUIRED", "FIELD_MALFORMED"];
    play.refused(ATS, create, Code::InvalidArgument, &faults).await;
    play.stop().await;
}

/// the tasks service takes nothing for an engagement whose execution has not begun.
#[tokio::test]
async fn no_task_and_no_note_before_the_execution() {
    let play = Play::start().await;
    let nowhere = "engagements/0192f0c1-0000-7000-8000-00000000002a".to_owned();
    let early = play.synced("contoso").await;
    for engagement in [nowhere, early] {
        let why = &["EXECUTION_NOT_BEGUN"][..];
        let create = ask!(CreateTaskRequest { engagement: engagement.clone(), title: "Call" });
        play.refused(GMFTA, create, NOT_READY, why).await;
        let kind = note::Kind::EnterpriseNotes;
        let write = ask!(WriteNoteRequest { engagement: engagement, kind: kind, text: "hello" });
        play.refused(GMFTA, write, NOT_READY, why).await;
    }
    play.stop().await;
}

#[tokio::test]
async fn whoever_is_not_rostered_in_their_role_does_nothing_with_a_task() {
    let play = Play::start().await;
    let engagement = play.aligned("contoso").await;
    play.playbook_task(&engagement, crate::prefix::PILOT, 0).await;
    let name = engineers(&play, &engagement).await;
    let (code, why) = (Code::PermissionDenied, &["NOT_ROSTERED"][..]);
    // Who is on the roster is told why not; who is not finds no task, and nothing begun.
    let (none, nothing) = (Code::NotFound, &["NOT_FOUND"][..]);
    for stranger in [OTHER_FE, OTHER_GMFTA, actor(FM.person, "FE")] {
        let rostered = stranger.person == FM.person;
        let create = ask!(CreateTaskRequest { engagement: engagement.clone(), title: "Call" });
        let unbegun = (NOT_READY, &["EXECUTION_NOT_BEGUN"][..]);
        let (code, why) = if rostered { (code, why) } else { unbegun };
        play.refused(stranger, create, code, why).await;
        let (code, why) = if rostered { (code, why) } else { (none, nothing) };
        play.refused(stranger, ask!(StartTaskRequest { name: name.clone() }), code, why).await;
        play.refused(stranger, ask!(BlockTaskRequest { name: name.clone(), cause: "x" }), code, why).await;
        play.refused(stranger, ask!(UnblockTaskRequest { name: name.clone() }), code, why).await;
        let reassign = ask!(ReassignTaskRequest { name: name.clone(), assignee: SME.person });
        play.refused(stranger, reassign, code, why).await;
        play.refused(stranger, ask!(CompleteTaskRequest { name: name.clone() }), code, why).await;
        play.refused(stranger, ask!(CancelTaskRequest { name: name.clone(), cause: "x" }), code, why).await;
    }
    play.stop().await;
}

#[tokio::test]
async fn the_assignee_begins_holds_up_takes_up_and_completes_a_task() {
    let play = Play::start().await;
    let engagement = play.aligned("contoso").await;
    play.playbook_task(&engagement, crate::prefix::PILOT, 0).await;
    let name = engineers(&play, &engagement).await;
    let started = play.work(FE, ask!(StartTaskRequest { name: name.clone() })).await;
    assert_eq!(started.state(), State::InProgress);
    play.refused(FE, ask!(StartTaskRequest { name: name.clone() }), NOT_READY, &["ALREADY_STARTED"]).await;
    play.refused(FE, ask!(UnblockTaskRequest { name: name.clone() }), NOT_READY, &["NOT_BLOCKED"]).await;

    let silent = ask!(BlockTaskRequest { name: name.clone() });
    play.refused(FE, silent, Code::InvalidArgument, &["INVALID_REQUEST", "FIELD_REQUIRED"]).await;
    let block = ask!(BlockTaskRequest { name: name.clone(), cause: "out of stock" });
    let blocked = play.work(FE, block.clone()).await;
    assert_eq!((blocked.state(), blocked.blocked_cause.as_str()), (State::Blocked, "out of stock"));
    let again = ask!(BlockTaskRequest { name: name.clone(), cause: "still" });
    play.refused(FE, again, NOT_READY, &["ALREADY_BLOCKED"]).await;
    play.refused(FE, ask!(StartTaskRequest { name: name.clone() }), NOT_READY, &["TASK_BLOCKED"]).await;
    let complete = ask!(CompleteTaskRequest { name: name.clone(), outcome: "ordered" });
    play.refused(FE, complete.clone(), NOT_READY, &["TASK_NOT_READY", "TASK_BLOCKED"]).await;
    let waiting = play.duties(TASKS, FE.person, &name).await;
    assert_eq!(actions(&waiting), ["COMPLETE_TASK", "UNBLOCK_TASK"]);
    assert!(waiting[0].missing.iter().any(|missing| missing.reason == "TASK_BLOCKED"), "{waiting:?}");

    let unblocked = play.work(FE, ask!(UnblockTaskRequest { name: name.clone() })).await;
    assert_eq!((unblocked.state(), unblocked.blocked_cause.as_str()), (State::InProgress, ""));
    let done = play.work(FE, complete).await;
    let stamp = done.completed.clone().expect("who completed it");
    assert_eq!((stamp.person.as_str(), stamp.role()), (FE.person, Role::Fe));
    assert_eq!((done.state(), done.outcome.as_str()), (State::Completed, "ordered"));
    assert_eq!(play.duties(TASKS, "", &name).await, []);
    stays(&play, &done, "ALREADY_COMPLETED").await;
    play.stop().await;
}

#[tokio::test]
async fn a_colleague_leaves_a_task_to_its_assignee_and_the_gmfta() {
    let play = Play::start().await;
    let engagement = play.aligned("contoso").await;
    play.playbook_task(&engagement, crate::prefix::PILOT, 0).await;
    let name = engineers(&play, &engagement).await;
    let (code, why) = (Code::PermissionDenied, &["NOT_THE_ASSIGNEE"][..]);
    play.refused(FM, ask!(StartTaskRequest { name: name.clone() }), code, why).await;
    play.refused(FM, ask!(BlockTaskRequest { name: name.clone(), cause: "x" }), code, why).await;
    play.refused(FM, ask!(UnblockTaskRequest { name: name.clone() }), code, why).await;
    play.refused(FM, ask!(CompleteTaskRequest { name: name.clone() }), code, why).await;
    play.work(GMFTA, ask!(StartTaskRequest { name: name.clone() })).await;
    play.work(GMFTA, ask!(BlockTaskRequest { name: name.clone(), cause: "x" })).await;
    play.work(GMFTA, ask!(UnblockTaskRequest { name: name.clone() })).await;
    let done = play.work(GMFTA, ask!(CompleteTaskRequest { name: name })).await;
    assert_eq!(done.completed.map(|stamp| stamp.person), Some(GMFTA.person.to_owned()));
    play.stop().await;
}

#[tokio::test]
async fn a_duty_goes_with_the_task_to_whom_it_is_given() {
    let play = Play::start().await;
    let engagement = play.aligned("contoso").await;
    play.playbook_task(&engagement, crate::prefix::PILOT, 0).await;
    let name = engineers(&play, &engagement).await;
    assert_eq!(actions(&play.duties(TASKS, FE.person, &name).await), ["COMPLETE_TASK"]);
    let to = |person: &str| ask!(ReassignTaskRequest { name: name.clone(), assignee: person });
    play.refused(ATS, to(FE.person), NOT_READY, &["ALREADY_ASSIGNED"]).await;
    play.refused(ATS, to(OTHER_FE.person), NOT_READY, &["ASSIGNEE_NOT_ROSTERED"]).await;
    play.refused(ATS, to("ada"), Code::InvalidArgument, &["INVALID_REQUEST", "FIELD_MALFORMED"]).await;

    assert_eq!(play.work(ATS, to(SME.person)).await.assignee, SME.person);
    assert_eq!(play.duties(TASKS, FE.person, &name).await, []);
    let duties = play.duties(TASKS, SME.person, &name).await;
    assert_eq!((actions(&duties), duties[0].role()), (vec!["COMPLETE_TASK"], Role::Sme));
    let start = ask!(StartTaskRequest { name: name.clone() });
    play.refused(FE, start.clone(), Code::PermissionDenied, &["NOT_THE_ASSIGNEE"]).await;
    play.work(SME, start).await;
    play.stop().await;
}

#[tokio::test]
async fn a_cancelled_ad_hoc_task_says_why_and_stays_cancelled() {
    let play = Play::start().await;
    let engagement = play.aligned("contoso").await;
    play.playbook_task(&engagement, crate::prefix::PILOT, 0).await;
    let name = engineers(&play, &engagement).await;
    let silent = ask!(CancelTaskRequest { name: name.clone(), cause: " " });
    play.refused(ATS, silent, Code::InvalidArgument, &["INVALID_REQUEST", "FIELD_REQUIRED"]).await;
    let gone = play.work(ATS, ask!(CancelTaskRequest { name: name.clone(), cause: "no need" })).await;
    let stamp = gone.cancelled.clone().expect("who cancelled it");
    assert_eq!((stamp.person.as_str(), stamp.role()), (ATS.person, Role::Ats));
    assert_eq!((gone.state(), gone.cancel_cause.as_str()), (State::Cancelled, "no need"));
    assert_eq!(play.duties(TASKS, "", &name).await, []);
    stays(&play, &gone, "ALREADY_CANCELLED").await;
    play.stop().await;
}

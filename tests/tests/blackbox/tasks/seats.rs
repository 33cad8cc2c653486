//! A seat that took a successor at once takes no step on tasks and notes before they acknowledge, nor does who has left (R-4, I-22).

use getmodern::client::Actor;
use proto::{
    common::v1::Role,
    tasks::v1::{
        BlockTaskRequest, CancelTaskRequest, CompleteTaskRequest, CreateTaskRequest, ReassignTaskRequest,
        StartTaskRequest, Task, UnblockTaskRequest, WriteNoteRequest, note, task::State,
    },
};
use tonic::{Code, Status};

use crate::{
    cast::{FE, FM, GMFTA, OTHER_GMFTA, PROGRAM, Play, SME, TASKS, ask},
    engagements::seats::{acknowledge, approved, follows, hand},
    prefix::{PILOT, REENGAGEMENT, SUMMARY},
};

const NOT_YET: (Code, &[&str]) = (Code::FailedPrecondition, &["SEAT_NOT_ACKNOWLEDGED"]);

fn create(engagement: &str) -> CreateTaskRequest {
    ask!(CreateTaskRequest { engagement: engagement, title: "call the vendor" })
}

fn write(engagement: &str) -> WriteNoteRequest {
    ask!(WriteNoteRequest { engagement: engagement, kind: note::Kind::EnterpriseNotes, text: "hello" })
}

fn start(task: &str) -> StartTaskRequest {
    ask!(StartTaskRequest { name: task })
}

/// Every step on a task is refused like this.
async fn takes_no_step(play: &Play, who: Actor, task: &str, (code, why): (Code, &[&str])) -> Status {
    play.refused(who, ask!(BlockTaskRequest { name: task, cause: "x" }), code, why).await;
    play.refused(who, ask!(UnblockTaskRequest { name: task }), code, why).await;
    play.refused(who, ask!(ReassignTaskRequest { name: task, assignee: SME.person }), code, why).await;
    play.refused(who, ask!(CompleteTaskRequest { name: task, outcome: "done" }), code, why).await;
    play.refused(who, ask!(CancelTaskRequest { name: task, cause: "x" }), code, why).await;
    play.refused(who, start(task), code, why).await
}

/// R-4, I-22: until the successor acknowledges nobody takes a step for the seat; then they go on at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_successor_takes_no_step_on_tasks_before_they_acknowledge_and_who_has_left_takes_none() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    play.playbook_task(&name, PILOT, 0).await;
    let Task { name: task, .. } = play.work(FE, create(&name)).await;
    play.step(PROGRAM, hand(&name, Role::Gmfta, OTHER_GMFTA)).await;
    follows(&play, &name, OTHER_GMFTA).await;

    let refused = takes_no_step(&play, OTHER_GMFTA, &task, NOT_YET).await;
    assert!(refused.message().contains("AcknowledgeSeat"), "{}", refused.message());
    play.refused(OTHER_GMFTA, write(&name), NOT_YET.0, NOT_YET.1).await;
    play.refused(OTHER_GMFTA, create(&name), NOT_YET.0, NOT_YET.1).await;
    takes_no_step(&play, GMFTA, &task, (Code::NotFound, &["NOT_FOUND"])).await;
    play.refused(GMFTA, write(&name), Code::FailedPrecondition, &["EXECUTION_NOT_BEGUN"]).await;
    let waiting = play.duties(TASKS, OTHER_GMFTA.person, &task).await;
    assert_eq!(waiting[0].missing[0].reason, NOT_YET.1[0], "{waiting:?}");
    // The others work on meanwhile.
    play.work(FM, create(&name)).await;

    play.step(OTHER_GMFTA, acknowledge(&name)).await;
    assert_eq!(play.work(OTHER_GMFTA, start(&task)).await.state(), State::InProgress, "at once");
    let _: note::Kind = play.ok::<_, proto::tasks::v1::Note>(OTHER_GMFTA, write(&name)).await.kind();
    assert_eq!(play.duties(TASKS, OTHER_GMFTA.person, &task).await[0].missing, []);
    play.stop().await;
}

/// R-4, E-5.4: a call-back may be approved while the GMFTA's successor has yet to acknowledge: its task waits for them too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_is_wanted_while_a_seat_waits_waits_with_it() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    play.playbook_task(&name, SUMMARY, 0).await;
    play.step(PROGRAM, hand(&name, Role::Gmfta, OTHER_GMFTA)).await;
    approved(&play, &name).await;
    let Task { name: task, assignee, .. } = play.playbook_task(&name, REENGAGEMENT, 1).await;
    assert_eq!(assignee, OTHER_GMFTA.person);
    play.refused(OTHER_GMFTA, start(&task), NOT_YET.0, NOT_YET.1).await;
    play.step(OTHER_GMFTA, acknowledge(&name)).await;
    play.work(OTHER_GMFTA, start(&task)).await;
    play.stop().await;
}

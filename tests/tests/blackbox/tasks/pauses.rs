//! Tasks stand still while their engagement is on hold, and no clock of theirs runs (I-24).

use proto::{
    common::v1::{ListDutiesRequest, ListDutiesResponse, Role},
    engagement::v1::Engagement,
    tasks::v1::{
        BlockTaskRequest, CancelTaskRequest, CompleteTaskRequest, CreateTaskRequest, GetTaskRequest,
        ReassignTaskRequest, StartTaskRequest, Task, UnblockTaskRequest, WriteNoteRequest, note, task::State,
    },
};
use tests::Product;
use tonic::Code;

use crate::{
    cast::{ENGAGEMENTS, FE, FM, GMFTA, LEADERSHIP, OTHER_FE, PROGRAM, Play, TASKS, actions, ask},
    engagements::{
        holds::{day, hold, resume},
        seats::hand,
    },
    faults::parking::parked,
    prefix::{PILOT, SUMMARY, get},
    tenants,
};

const ON_HOLD: (Code, &[&str]) = (Code::FailedPrecondition, &["ON_HOLD"]);

async fn stands_still(play: &Play, task: &str) -> Task {
    let held = |task: &Task| task.on_hold_since_time.is_some();
    play.until("the task stands still", GetTaskRequest { name: task.to_owned() }, held).await
}

async fn overdue(play: &Play, service: &str) -> Vec<String> {
    let late = ListDutiesRequest { overdue_only: true, ..ListDutiesRequest::default() };
    let found: ListDutiesResponse = play.ask_at(LEADERSHIP, &format!("/{service}/ListDuties"), late).await;
    found.duties.into_iter().map(|duty| duty.action).collect()
}

/// I-24: steps of the execution wait, and what is none goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_hold_no_task_is_worked_on_and_notes_new_tasks_and_seats_go_on() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    play.written(&name).await;
    let summary = play.playbook_task(&name, SUMMARY, 0).await.name;
    let create = || ask!(CreateTaskRequest { engagement: name.clone(), title: "call", assignee: FE.person });
    let task = play.work(FE, create()).await.name;
    let held = play.step(GMFTA, hold(&name, &day(&play, 30).await)).await;
    let shown = stands_still(&play, &task).await;
    assert_eq!(shown.on_hold_since_time, held.pauses[0].held.as_ref().and_then(|held| held.time));
    let (code, why) = ON_HOLD;
    let done = || ask!(CompleteTaskRequest { name: summary.clone(), outcome: "done" });
    let refused = play.refused(GMFTA, done(), code, why).await;
    for word in [GMFTA.person, &held.pauses[0].review_date, "ResumeEngagement"] {
        assert!(refused.message().contains(word), "{word}: {}", refused.message());
    }
    play.refused(FE, ask!(StartTaskRequest { name: task.clone() }), code, why).await;
    play.refused(FE, ask!(BlockTaskRequest { name: task.clone(), cause: "x" }), code, why).await;
    play.refused(FE, ask!(UnblockTaskRequest { name: task.clone() }), code, why).await;
    play.refused(FE, ask!(CompleteTaskRequest { name: task.clone(), outcome: "x" }), code, why).await;
    play.refused(OTHER_FE, ask!(StartTaskRequest { name: task.clone() }), Code::NotFound, &["NOT_FOUND"])
        .await;
    assert_eq!(actions(&play.duties(TASKS, "", &task).await), Vec::<&str>::new());

    play.write(&name, note::Kind::EnterpriseNotes).await;
    let other = play.work(FM, create()).await;
    assert_eq!(other.on_hold_since_time, shown.on_hold_since_time, "it stands still from the first");
    play.work(FM, ask!(ReassignTaskRequest { name: other.name.clone(), assignee: FM.person })).await;
    play.work(FM, ask!(CancelTaskRequest { name: other.name, cause: "no need" })).await;

    play.step(PROGRAM, resume(&name)).await;
    assert_eq!(play.work(GMFTA, done()).await.state(), State::Completed, "at once");
    assert_eq!(play.work(FE, ask!(StartTaskRequest { name: task.clone() })).await.on_hold_since_time, None);
    assert_eq!(actions(&play.duties(TASKS, "", &task).await), ["COMPLETE_TASK"]);
    play.stop().await;
}

/// I-24: whatever the targets are, nothing becomes overdue on hold, and the time does not count afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_becomes_overdue_on_hold_neither_a_task_nor_a_seat() {
    let product = Product::with(|settings| {
        let target = |action: &str| format!("{action}=0s").parse().expect("a target");
        settings.targets = ["COMPLETE_TASK", "UNBLOCK_TASK", "ACKNOWLEDGE_SEAT"].map(target).into();
    });
    let play = Play::on(product.await);
    let name = play.delivering("contoso").await;
    let task = play.playbook_task(&name, PILOT, 0).await.name;
    play.work(GMFTA, ask!(BlockTaskRequest { name: task.clone(), cause: "a strike" })).await;
    play.step(PROGRAM, hand(&name, Role::Fe, OTHER_FE)).await;
    assert_eq!(overdue(&play, ENGAGEMENTS).await, ["ACKNOWLEDGE_SEAT"]);
    let before = play.duties(TASKS, GMFTA.person, &task).await;
    assert!(before.iter().all(|duty| duty.overdue) && before.len() == 2, "{before:?}");
    play.step(GMFTA, hold(&name, &day(&play, 30).await)).await;
    stands_still(&play, &task).await;
    let waiting = play.duties(ENGAGEMENTS, OTHER_FE.person, &name).await;
    assert_eq!((actions(&waiting), waiting[0].due_time), (vec!["ACKNOWLEDGE_SEAT_ON_HOLD"], None));
    assert_eq!(overdue(&play, ENGAGEMENTS).await, Vec::<String>::new());
    let none = async || {
        let late = overdue(&play, TASKS).await;
        late.is_empty().then_some(())
    };
    crate::faults::gateway::eventually("no task is overdue", none).await;
    play.step(GMFTA, resume(&name)).await;
    let goes_on = |task: &Task| task.on_hold_since_time.is_none();
    let _: Task = play.until("it goes on", GetTaskRequest { name: task.clone() }, goes_on).await;
    let after = play.duties(TASKS, GMFTA.person, &task).await;
    assert_eq!(actions(&after), actions(&before));
    for (before, after) in before.iter().zip(&after) {
        let since = |duty: &proto::common::v1::Duty| duty.since_time.and_then(proto::from_wire);
        assert!(since(after) > since(before), "the pause does not count: {before:?} {after:?}");
    }
    play.stop().await;
}

/// I-19, I-24: a task that was completed before the tasks service heard of the hold is complete, and counts; nothing is parked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completion_that_crosses_a_hold_counts_and_is_not_lost() {
    const UNTOLD: (&str, &str, &str) = ("UPDATE", "files", "");
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    play.written(&name).await;
    let summary = play.playbook_task(&name, SUMMARY, 0).await.name;
    let ready = |task: &Task| task.evidence.is_some();
    let _: Task = play.until("its evidence is there", GetTaskRequest { name: summary.clone() }, ready).await;
    tenants::hold(play.state(), "tasks", UNTOLD, true);
    play.step(GMFTA, hold(&name, &day(&play, 30).await)).await;
    let done = play.work(GMFTA, ask!(CompleteTaskRequest { name: summary.clone(), outcome: "done" })).await;
    let told = |found: &Engagement| found.record.is_some_and(|it| it.summary_task_time.is_some());
    let known: Engagement = play.until("the completion is known", get(&name), told).await;
    assert!(known.pauses[0].ended.is_none(), "it is on hold all the same: {known:?}");
    assert_eq!(parked(&play.client, &name).await, []);
    tenants::hold(play.state(), "tasks", UNTOLD, false);
    let pilot = play.playbook_task(&name, PILOT, 0).await.name;
    stands_still(&play, &pilot).await;
    let same: Task = play.ok(GMFTA, GetTaskRequest { name: summary }).await;
    assert_eq!(same, done, "I-19");
    let _: proto::tasks::v1::Note = play
        .ok(
            GMFTA,
            ask!(WriteNoteRequest { engagement: name.clone(), kind: note::Kind::EnterpriseNotes, text: "x" }),
        )
        .await;
    play.step(PROGRAM, resume(&name)).await;
    assert!(play.engagement(&name).await.record.is_some_and(|it| it.summary_task_time.is_some()));
    play.stop().await;
}

//! The playbook's own tasks: their titles, their evidence, and who completes them (E-3.3e, E-3.4a, E-5.4, I-11).

use proto::{
    common::v1::Role,
    tasks::v1::{
        BlockTaskRequest, CancelTaskRequest, CompleteTaskRequest, ListTemplatesRequest,
        ListTemplatesResponse, ReassignTaskRequest, StartTaskRequest, UnblockTaskRequest, task::State,
    },
};
use tonic::Code;

use super::stays;
use crate::{
    cast::{FE, FM, GATEWAY, GMFTA, OTHER_GMFTA, Play, TASKS, actions, ask},
    prefix::{PILOT, REENGAGEMENT, SUMMARY},
};

const NOT_READY: Code = Code::FailedPrecondition;

#[tokio::test]
async fn the_three_templates_bear_ftops_titles_in_english_and_chinese() {
    let play = Play::start().await;
    let listed: ListTemplatesResponse = play.ok(GATEWAY, ListTemplatesRequest {}).await;
    let of = |it: &proto::tasks::v1::Template| {
        [&it.id, &it.title, &it.title_zh, &it.rule].map(ToString::to_string)
    };
    assert_eq!(
        listed.templates.iter().map(of).collect::<Vec<_>>(),
        [
            [SUMMARY, "Customer Get Modern Summary", "客户现代化改造摘要", "E-3.3e"],
            [PILOT, "Get Modern Pilot", "现代化改造试点", "E-3.4a"],
            [REENGAGEMENT, "Get Modern Architect Re-engagement", "现代化改造架构师再接洽", "E-5.4"],
        ]
    );
    assert!(listed.templates.iter().all(|template| template.evidence.ends_with('.')));
    let engagement = play.standing_by("contoso").await;
    play.call_back(&engagement).await;
    for (template, cycle) in listed.templates.iter().zip([0, 0, 1]) {
        let task = play.playbook_task(&engagement, &template.id, cycle).await;
        assert_eq!((task.title, task.title_zh), (template.title.clone(), template.title_zh.clone()));
    }
    play.stop().await;
}

#[tokio::test]
async fn the_execution_has_its_two_tasks_and_neither_is_cancelled_by_anybody() {
    let play = Play::start().await;
    let engagement = play.aligned("contoso").await;
    for template in [SUMMARY, PILOT] {
        let task = play.playbook_task(&engagement, template, 0).await;
        assert_eq!((task.state(), task.assignee.as_str()), (State::Open, GMFTA.person));
        for who in [GMFTA, FM] {
            let cancel = ask!(CancelTaskRequest { name: task.name.clone(), cause: "no need" });
            play.refused(who, cancel, NOT_READY, &["PLAYBOOK_TASK"]).await;
        }
    }
    play.stop().await;
}

#[tokio::test]
async fn a_playbook_task_lacks_its_evidence_and_an_end_of_what_blocks_it_both_said_at_once() {
    let play = Play::start().await;
    let engagement = play.aligned("contoso").await;
    for (template, missing) in [(SUMMARY, "SUMMARY_NOT_FINAL"), (PILOT, "PILOT_NOT_EXECUTED")] {
        let name = play.playbook_task(&engagement, template, 0).await.name;
        let complete = ask!(CompleteTaskRequest { name: name.clone(), outcome: "done" });
        play.refused(GMFTA, complete.clone(), NOT_READY, &["TASK_NOT_READY", missing]).await;
        play.work(GMFTA, ask!(BlockTaskRequest { name: name.clone(), cause: "a strike" })).await;
        let both = ["TASK_NOT_READY", missing, "TASK_BLOCKED"];
        play.refused(GMFTA, complete, NOT_READY, &both).await;
        let duties = play.duties(TASKS, GMFTA.person, &name).await;
        let waiting = duties.iter().find(|duty| duty.action == "COMPLETE_TASK").expect("it waits");
        let reasons: Vec<_> = waiting.missing.iter().map(|missing| missing.reason.as_str()).collect();
        assert_eq!(reasons, both[1..]);
        play.work(GMFTA, ask!(UnblockTaskRequest { name: name.clone() })).await;
    }
    play.stop().await;
}

/// E-3.3e: a colleague may work on it, but the GMFTA completes it.
#[tokio::test]
async fn a_playbook_task_in_a_colleagues_hands_is_completed_by_the_gmfta_alone() {
    let play = Play::start().await;
    let engagement = play.standing_by("contoso").await;
    play.call_back(&engagement).await;
    let name = play.playbook_task(&engagement, REENGAGEMENT, 1).await.name;
    play.work(FM, ask!(ReassignTaskRequest { name: name.clone(), assignee: FE.person })).await;
    play.work(FE, ask!(StartTaskRequest { name: name.clone() })).await;
    play.work(FE, ask!(BlockTaskRequest { name: name.clone(), cause: "no answer" })).await;
    assert_eq!(actions(&play.duties(TASKS, FE.person, &name).await), ["UNBLOCK_TASK"]);
    let duties = play.duties(TASKS, GMFTA.person, &name).await;
    assert_eq!((actions(&duties), duties[0].role()), (vec!["COMPLETE_TASK"], Role::Gmfta));
    play.work(FE, ask!(UnblockTaskRequest { name: name.clone() })).await;

    let complete = ask!(CompleteTaskRequest { name: name.clone(), outcome: "done" });
    let denied = Code::PermissionDenied;
    play.refused(FE, complete.clone(), denied, &["NOT_THE_DESIGNATED_ARCHITECT"]).await;
    play.refused(FM, complete.clone(), denied, &["NOT_THE_ASSIGNEE"]).await;
    play.refused(OTHER_GMFTA, complete, Code::NotFound, &["NOT_FOUND"]).await;
    let done = play.finish(&engagement, REENGAGEMENT, 1).await;
    let evidence = done.evidence.clone().expect("what it rests on");
    assert!(evidence.description.contains("cycle 1") && evidence.time.is_some(), "{evidence:?}");
    stays(&play, &done, "ALREADY_COMPLETED").await;
    play.stop().await;
}

//! The work of another service counts here, or is on its way: nobody is told to do again what they did there.

use proto::{
    engagement::v1::{Engagement, GetEngagementRequest, Stage},
    intake::v1::Case,
    tasks::v1::{CompleteTaskRequest, Note, Task, WriteNoteRequest, note},
};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::hold;
use crate::{
    cast::{GATEWAY, GMFTA, Play, ask, key},
    faults::gateway::{begun, exit, prepare},
    prefix::{PILOT, SUMMARY, introduction, review},
};

fn comes_later(refused: &Status) {
    let retry = refused.get_error_details().retry_info().and_then(|info| info.retry_delay);
    assert!(retry.is_some_and(|delay| !delay.is_zero()), "{refused:?}");
}

/// I-1: right after the exit the engagement is on its way, and neither missing nor refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn right_after_the_exit_the_engagement_is_on_its_way() {
    const HELD: (&str, &str, &str) = ("INSERT", "engagements", "");
    let play = Play::start().await;
    let case = prepare(&play.client, "contoso.example").await;
    hold(play.state(), "engagement", HELD, true);
    let engagement = exit(&play.client, &case).await;
    let get = GetEngagementRequest { name: engagement.clone() };
    let later = (Code::Unavailable, ["NOT_CAUGHT_UP"]);
    comes_later(&play.refused(GMFTA, get, later.0, &later.1).await);
    comes_later(&play.refused(GMFTA, introduction(&engagement), later.0, &later.1).await);
    hold(play.state(), "engagement", HELD, false);
    begun(&play.client, &engagement).await;
    assert_eq!(play.step(GMFTA, introduction(&engagement)).await.stage(), Stage::Preparation);
    play.stop().await;
}

/// Without a look in between: what is on its way is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_on_at_once_after_the_exit_is_not_refused() {
    let play = Play::start().await;
    for tenant in ["contoso.example", "fabrikam.example", "northwind.example"] {
        let case = prepare(&play.client, tenant).await;
        let engagement = exit(&play.client, &case).await;
        play.step(GMFTA, introduction(&engagement)).await;
        let write = ask!(WriteNoteRequest {
            engagement: engagement,
            kind: note::Kind::EnterpriseNotes,
            text: "we have begun",
        });
        let _: Note = play.ok(GMFTA, write).await;
    }
    play.stop().await;
}

/// the tasks service is told of the execution by the engagement service's journal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_on_an_engagement_that_the_tasks_service_has_yet_to_hear_of_comes_later() {
    const HELD: (&str, &str, &str) = ("INSERT", "files", "");
    let play = Play::start().await;
    hold(play.state(), "tasks", HELD, true);
    let engagement = play.aligned("contoso").await;
    let write = WriteNoteRequest {
        request_id: key(),
        engagement,
        kind: note::Kind::EnterpriseNotes.into(),
        text: "we have begun".to_owned(),
        ..WriteNoteRequest::default()
    };
    comes_later(&play.refused(GMFTA, write.clone(), Code::Unavailable, &["NOT_CAUGHT_UP"]).await);
    hold(play.state(), "tasks", HELD, false);
    // The same call, once it will do.
    let written = loop {
        match play.client.call::<_, Note>(GMFTA, write.clone()).await {
            Ok(written) => break written,
            Err(refused) => assert_eq!(refused.code(), Code::Unavailable, "{refused:?}"),
        }
    };
    assert_eq!(written.text, "we have begun");
    play.stop().await;
}

/// I-11, I-13: both directions, each right after what it rests on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_are_completed_and_the_review_is_held_right_after_what_they_rest_on() {
    let play = Play::start().await;
    let engagement = play.delivering("contoso").await;
    let (summary, pilot) =
        (play.playbook_task(&engagement, SUMMARY, 0).await, play.playbook_task(&engagement, PILOT, 0).await);
    let done = |task: &Task| ask!(CompleteTaskRequest { name: task.name.clone(), outcome: "done" });
    play.refused(GMFTA, done(&summary), Code::FailedPrecondition, &["TASK_NOT_READY", "SUMMARY_NOT_FINAL"])
        .await;
    play.written(&engagement).await;
    play.work(GMFTA, done(&summary)).await;
    play.piloted(&engagement).await;
    play.work(GMFTA, done(&pilot)).await;
    play.write(&engagement, note::Kind::EnterpriseNotes).await;
    assert_eq!(play.step(GMFTA, review(&engagement)).await.stage(), Stage::Handover);
    play.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_review_waits_for_what_the_tasks_service_has_and_says_so() {
    const HELD: (&str, &str, &str) = ("UPDATE", "engagements", "");
    let play = Play::start().await;
    let engagement = play.delivering("contoso").await;
    play.written(&engagement).await;
    play.piloted(&engagement).await;
    let lacking = ["REVIEW_NOT_READY", "SUMMARY_TASK_OPEN", "PILOT_TASK_OPEN", "ENTERPRISE_NOTE_MISSING"];
    play.refused(GMFTA, review(&engagement), Code::FailedPrecondition, &lacking).await;
    hold(play.state(), "engagement", HELD, true);
    play.finish(&engagement, SUMMARY, 0).await;
    play.finish(&engagement, PILOT, 0).await;
    play.write(&engagement, note::Kind::EnterpriseNotes).await;
    comes_later(&play.refused(GMFTA, review(&engagement), Code::Unavailable, &["NOT_CAUGHT_UP"]).await);
    hold(play.state(), "engagement", HELD, false);
    let told = |found: &Engagement| found.record.is_some_and(|it| it.enterprise_note_time.is_some());
    let get = GetEngagementRequest { name: engagement.clone() };
    let _: Engagement = play.until("the note is known", get, told).await;
    assert_eq!(play.step(GMFTA, review(&engagement)).await.stage(), Stage::Handover);
    play.stop().await;
}

/// A resource that never was is told as one.
#[tokio::test]
async fn what_is_nowhere_is_not_on_its_way() {
    let play = Play::start().await;
    let nowhere = format!("engagements/{}", crate::catalogue::NOWHERE);
    let get = GetEngagementRequest { name: nowhere.clone() };
    play.refused(GMFTA, get, Code::NotFound, &["NOT_FOUND"]).await;
    let kind = note::Kind::EnterpriseNotes;
    let write = ask!(WriteNoteRequest { engagement: nowhere, kind: kind, text: "hello" });
    play.refused(GMFTA, write, Code::FailedPrecondition, &["EXECUTION_NOT_BEGUN"]).await;
    let _: Case = play.ok(GATEWAY, super::opening("contoso")).await;
    play.stop().await;
}

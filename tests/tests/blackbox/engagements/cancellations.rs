//! The way out before the handover: closed, or sent to intake, with all that hangs on it (P-3, I-19).

use proto::{
    common::v1::{Intent, data_item::Fact},
    engagement::v1::{
        CancelEngagementRequest, FinalizeSummaryRequest, HoldPrepMeetingRequest, SaveSummaryRequest, Stage,
        cancellation::Disposition,
    },
    intake::v1::{ListCasesRequest, ListCasesResponse, case},
    tasks::v1::{
        CreateTaskRequest, GetTaskRequest, ListTasksRequest, ListTasksResponse, Task, WriteNoteRequest, note,
        task::State,
    },
};

use super::{DENIED, INVALID, NOT_READY, WRONG_STATE};
use crate::{
    cast::{ENGAGEMENTS, FE, GMFTA, LEADERSHIP, PROGRAM, Play, TASKS, ask},
    prefix::{PILOT, SUMMARY, sync},
};

pub(super) fn close(name: &str) -> CancelEngagementRequest {
    ask!(CancelEngagementRequest { name: name, disposition: Disposition::Closed, cause: "out of budget" })
}

fn to_intake(name: &str) -> CancelEngagementRequest {
    let disposition = Disposition::SentToIntake;
    ask!(CancelEngagementRequest { name: name, disposition: disposition, cause: "not qualified" })
}

async fn cases(play: &Play, tenant: &str) -> ListCasesResponse {
    let request = ListCasesRequest { tenant: tenant.to_owned(), ..ListCasesRequest::default() };
    play.ok(LEADERSHIP, request).await
}

/// P-3: a returned assignment goes to intake with what is known, or is closed and intake hears nothing.
#[tokio::test]
async fn a_returned_assignment_is_sent_to_intake_or_closed() {
    let play = Play::start().await;
    for tenant in ["northwind", "contoso"] {
        let name = play.assigned(tenant).await;
        play.step(GMFTA, sync(&name, tenant, 149, Intent::Yes)).await;
    }
    let list = |tenant: &str| proto::engagement::v1::ListEngagementsRequest {
        tenant: tenant.to_owned(),
        ..Default::default()
    };
    let mut names = Vec::new();
    for tenant in ["northwind", "contoso"] {
        let found: proto::engagement::v1::ListEngagementsResponse = play.ok(PROGRAM, list(tenant)).await;
        names.push(found.engagements[0].name.clone());
    }
    let closed = play.step(PROGRAM, close(&names[0])).await;
    assert_eq!(closed.stage(), Stage::Cancelled);
    let sent = play.step(PROGRAM, to_intake(&names[1])).await;
    let cancellation = sent.cancellation.clone().expect("the cancellation");
    assert_eq!(
        (cancellation.disposition(), cancellation.cause.as_str()),
        (Disposition::SentToIntake, "not qualified")
    );
    assert_eq!(cancellation.stamp.map(|stamp| stamp.person), Some(PROGRAM.person.to_owned()));
    let ask = ListCasesRequest { tenant: "contoso".to_owned(), ..ListCasesRequest::default() };
    let there = |found: &ListCasesResponse| !found.cases.is_empty();
    let found: ListCasesResponse = play.until("intake has a case", ask, there).await;
    let case = &found.cases[0];
    assert_eq!(
        (found.cases.len(), case.state(), case.gmfta.as_str()),
        (1, case::State::Research, GMFTA.person)
    );
    assert_eq!((case.customer.as_str(), case.items.len()), ("Contoso", sent.items.len()));
    assert!(case.items.iter().any(|item| item.fact == Some(Fact::LicenceCount(149))));
    // Intake reads the journal in order: having met the second, it has left the first alone.
    assert_eq!(cases(&play, "northwind").await.cases, []);
    play.stop().await;
}

#[tokio::test]
async fn only_the_program_team_cancels_and_says_why_and_how() {
    let play = Play::start().await;
    let name = play.assigned("contoso").await;
    play.refused(GMFTA, close(&name), DENIED, &["WRONG_ROLE"]).await;
    let silent = ask!(CancelEngagementRequest { name: name.clone(), disposition: Disposition::Closed });
    play.refused(PROGRAM, silent, INVALID, &["CANCELLATION_REFUSED", "CAUSE_MISSING"]).await;
    let vague = ask!(CancelEngagementRequest { name: name.clone(), cause: "because" });
    play.refused(PROGRAM, vague, INVALID, &["INVALID_REQUEST", "FIELD_MALFORMED"]).await;
    play.step(PROGRAM, to_intake(&name)).await;
    play.refused(PROGRAM, close(&name), NOT_READY, WRONG_STATE).await;
    play.stop().await;
}

/// Once the execution has begun a customer is not sent back to intake, whichever way it came.
#[tokio::test]
async fn nobody_goes_to_intake_from_the_execution() {
    let play = Play::start().await;
    let too_late = ["CANCELLATION_REFUSED", "INTAKE_NOT_POSSIBLE"];
    for name in [play.handed_off("northwind").await, play.aligned("contoso").await] {
        play.refused(PROGRAM, to_intake(&name), NOT_READY, &too_late).await;
        assert_eq!(play.step(PROGRAM, close(&name)).await.stage(), Stage::Cancelled);
    }
    play.stop().await;
}

/// E-4: after the handover the engagement is remote execution's, and stands.
#[tokio::test]
async fn nothing_is_cancelled_after_the_handover() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    play.refused(PROGRAM, close(&name), NOT_READY, WRONG_STATE).await;
    play.call_back(&name).await;
    play.refused(PROGRAM, close(&name), NOT_READY, WRONG_STATE).await;
    play.stop().await;
}

/// I-19: open tasks go with their engagement, and completed ones stay as they are.
#[tokio::test]
async fn a_cancelled_engagement_takes_its_open_tasks_along_and_leaves_the_completed() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    play.step(GMFTA, ask!(SaveSummaryRequest { name: name.clone(), content: crate::prefix::content() }))
        .await;
    play.step(GMFTA, ask!(FinalizeSummaryRequest { name: name.clone() })).await;
    let done = play.finish(&name, SUMMARY, 0).await;
    let create =
        |title: &str| ask!(CreateTaskRequest { engagement: name.clone(), title: title, assignee: FE.person });
    let open = play.work(FE, create("Call")).await;
    play.step(PROGRAM, close(&name)).await;

    let pilot = play.playbook_task(&name, PILOT, 0).await;
    for task in [&open, &pilot] {
        let get = GetTaskRequest { name: task.name.clone() };
        let gone = |task: &Task| task.state() == State::Cancelled;
        let task: Task = play.until("the task is cancelled", get, gone).await;
        let stamp = task.cancelled.clone().expect("who cancelled it");
        assert_eq!(
            (task.cancel_cause.as_str(), stamp.person.as_str()),
            ("the engagement was cancelled", "services/tasks")
        );
        crate::tasks::stays(&play, &task, "ALREADY_CANCELLED").await;
    }
    let list = ListTasksRequest { engagement: name.clone(), ..ListTasksRequest::default() };
    let tasks: ListTasksResponse = play.ok(FE, list).await;
    assert_eq!(tasks.tasks.len(), 3);
    assert!(tasks.tasks.contains(&done), "{tasks:?}");

    let why = ["TASK_NOT_TAKEN", "ENGAGEMENT_CANCELLED"];
    play.refused(FE, create("Call again"), NOT_READY, &why).await;
    let note =
        ask!(WriteNoteRequest { engagement: name.clone(), kind: note::Kind::EnterpriseNotes, text: "bye" });
    play.refused(FE, note, NOT_READY, &["NOTE_NOT_TAKEN", "ENGAGEMENT_CANCELLED"]).await;
    let meet = ask!(HoldPrepMeetingRequest { name: name.clone(), agenda: "again" });
    play.refused(GMFTA, meet, NOT_READY, WRONG_STATE).await;
    for service in [TASKS, ENGAGEMENTS] {
        assert_eq!(play.duties(service, "", "").await, []);
    }
    play.stop().await;
}

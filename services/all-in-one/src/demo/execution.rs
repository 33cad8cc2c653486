//! The execution, the same for both ways in: introduction, prep, workshop, summary, pilot, review (A-4, E-1 to E-4).

use proto::{
    common::v1::Role,
    engagement::v1::{
        Engagement, FinalizeSummaryRequest, GetEngagementRequest, HandOverRequest, HoldPrepMeetingRequest,
        HoldReviewRequest, HoldWorkshopRequest, PlanPilotRequest, Readiness, RecordPilotResultRequest,
        ReportAnalyticsRequest, SaveSummaryRequest, SendIntroductionRequest, StartPilotRequest,
        pilot_result::Outcome,
    },
    tasks::v1::{
        CancelTaskRequest, CompleteTaskRequest, ListTasksRequest, ListTasksResponse, Note, Task,
        WriteNoteRequest, note::Kind,
    },
};

use super::{
    Stage, Surprise,
    cast::{FM, GMFTA, OTHER_ARCHITECT},
    data::contact,
    summary, workshop,
};

pub(crate) async fn play(stage: &mut Stage, engagement: &str, customer: &str) -> Result<(), Surprise> {
    introduce(stage, engagement, customer).await?;
    prepare(stage, engagement).await?;
    summarise(stage, engagement).await?;
    pilot(stage, engagement, customer).await?;
    review(stage, engagement).await
}

pub(crate) async fn introduce(stage: &mut Stage, engagement: &str, customer: &str) -> Result<(), Surprise> {
    let mail = |stage: &mut Stage, instructions: &str| SendIntroductionRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        recipients: vec![contact(&format!("{customer}'s head of IT"))],
        overview: "what the FastTrack benefit brings, and who takes part".to_owned(),
        installation_instructions: instructions.to_owned(),
        prep_meeting_arrangement: "Monday at 10, at headquarters".to_owned(),
        ..SendIntroductionRequest::default()
    };
    let partial = mail(stage, "");
    let what = "sends an introduction without installation instructions";
    stage.refused(GMFTA, "I-8", what, partial, "INSTALLATION_INSTRUCTIONS_MISSING").await?;
    let foreign = mail(stage, "as in the attached guide");
    let what = "an architect of another customer sends it";
    stage.refused(OTHER_ARCHITECT, "I-18", what, foreign, "NOT_FOUND").await?;
    let whole = mail(stage, "as in the attached guide");
    let _: Engagement =
        stage.step(GMFTA, "E-1", "sends the introduction with its three parts", whole).await?;
    Ok(())
}

pub(crate) async fn prepare(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    let meet = |stage: &mut Stage| HoldPrepMeetingRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        ..HoldPrepMeetingRequest::default()
    };
    let first = HoldPrepMeetingRequest {
        logistics: "room, badges, network".to_owned(),
        installation_follow_up: "installed on the pilot group".to_owned(),
        ..meet(stage)
    };
    let _: Engagement = stage.step(GMFTA, "E-2a", "settles logistics in a first prep meeting", first).await?;
    let second = HoldPrepMeetingRequest {
        objectives: "a plan for every business unit".to_owned(),
        agenda: "readiness, blockers, plan, pilot".to_owned(),
        ..meet(stage)
    };
    let _: Engagement =
        stage.step(GMFTA, "E-2b,c", "settles objectives and agenda in a second", second).await?;
    report(stage, engagement, false, "reports Desktop Analytics: installed but silent").await?;
    let early = workshop::complete(stage, engagement);
    let what = "holds the workshop while no data flows";
    stage.refused::<HoldWorkshopRequest>(GMFTA, "I-9", what, early, "DATA_NOT_FLOWING").await?;
    report(stage, engagement, true, "reports Desktop Analytics: data flows").await?;
    let workshop = workshop::complete(stage, engagement);
    let _: Engagement = stage.step(GMFTA, "E-3", "holds the onsite planning workshop", workshop).await?;
    Ok(())
}

const READINESS: Readiness =
    Readiness { ready: 600, ready_with_remediation: 180, blocked: 20, not_reviewed: 50 };

async fn report(stage: &mut Stage, engagement: &str, flowing: bool, what: &str) -> Result<(), Surprise> {
    let report = ReportAnalyticsRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        installed: true,
        data_flowing: flowing,
        enrolled_devices: if flowing { 850 } else { 0 },
        readiness: flowing.then_some(READINESS),
        cause: String::new(),
        ..ReportAnalyticsRequest::default()
    };
    let _: Engagement = stage.step(GMFTA, "E-2e", what, report).await?;
    Ok(())
}

pub(crate) async fn summarise(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    let save = |stage: &mut Stage, sponsor: &str| SaveSummaryRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        content: Some(summary::content(sponsor)),
        ..SaveSummaryRequest::default()
    };
    let finalize = |stage: &mut Stage| FinalizeSummaryRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        ..FinalizeSummaryRequest::default()
    };
    let draft = save(stage, "");
    let _: Engagement = stage.step(GMFTA, "E-3.3", "saves a draft of the summary", draft).await?;
    let early = finalize(stage);
    let what = "makes it final with a business unit that has no sponsor";
    stage.refused(GMFTA, "E-3.3b", what, early, "SPONSOR_MISSING").await?;
    let task = task(stage, engagement, "customer-get-modern-summary", 0).await?;
    let early = complete(stage, &task);
    stage.refused(GMFTA, "I-11", "completes its task all the same", early, "SUMMARY_NOT_FINAL").await?;
    let whole = save(stage, "the chief operating officer");
    let _: Engagement = stage.step(GMFTA, "E-3.3", "saves the summary with all four sections", whole).await?;
    let done = finalize(stage);
    let _: Engagement = stage.step(GMFTA, "E-3.3", "makes the summary final", done).await?;
    finish(stage, &task, "E-3.3e", "completes the task Customer Get Modern Summary").await
}

async fn pilot(stage: &mut Stage, engagement: &str, customer: &str) -> Result<(), Surprise> {
    let devices = |count| (1..=count).map(|number| format!("{customer}-{number:02}")).collect::<Vec<_>>();
    let plan = |stage: &mut Stage, count| PlanPilotRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        devices: devices(count),
        ..PlanPilotRequest::default()
    };
    let small = plan(stage, 4);
    stage.refused(GMFTA, "I-12", "plans a pilot of 4 devices", small, "DEVICE_COUNT").await?;
    let five = plan(stage, 5);
    let _: Engagement = stage.step(GMFTA, "E-3.4", "plans a pilot of 5 devices", five).await?;
    let start = StartPilotRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        devices: devices(5),
        ..StartPilotRequest::default()
    };
    let _: Engagement = stage.step(GMFTA, "E-3.4", "starts it with the devices enrolled", start).await?;
    for (number, device) in devices(5).into_iter().enumerate() {
        let failed = number == 4;
        let outcome = if failed { Outcome::Failed } else { Outcome::Succeeded };
        let result = RecordPilotResultRequest {
            name: engagement.to_owned(),
            request_id: stage.key(),
            etag: String::new(),
            device: device.clone(),
            outcome: outcome.into(),
            remarks: String::new(),
            ..RecordPilotResultRequest::default()
        };
        let what = format!("{device} {}", if failed { "fails, and stays counted" } else { "is upgraded" });
        let _: Engagement = stage.step(GMFTA, "E-3.4", &what, result).await?;
    }
    let task = task(stage, engagement, "get-modern-pilot", 0).await?;
    finish(stage, &task, "E-3.4a", "completes the task Get Modern Pilot").await?;
    let twice = complete(stage, &task);
    stage.refused(GMFTA, "I-19", "completes it once more", twice, "ALREADY_COMPLETED").await?;
    let cancel = CancelTaskRequest {
        name: task,
        request_id: stage.key(),
        etag: String::new(),
        cause: "regret".to_owned(),
        ..CancelTaskRequest::default()
    };
    stage.refused(FM, "I-19", "cancels the completed task", cancel, "ALREADY_COMPLETED").await
}

async fn review(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    let hold = |stage: &mut Stage, present: &[Role]| HoldReviewRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        present: present.iter().map(|role| (*role).into()).collect(),
        attendees: Vec::new(),
        conclusions: "ready for remote execution".to_owned(),
        ..HoldReviewRequest::default()
    };
    let all = [Role::Fta, Role::Sme, Role::Fm, Role::Fe];
    let early = hold(stage, &all);
    let what = "holds the review without an Enterprise Note";
    stage.refused(GMFTA, "I-13", what, early, "ENTERPRISE_NOTE_MISSING").await?;
    note(stage, engagement, Kind::EnterpriseNotes, "E-3.5").await?;
    let get = GetEngagementRequest { name: engagement.to_owned() };
    let told = |found: &Engagement| found.record.is_some_and(|record| record.enterprise_note_time.is_some());
    let _: Engagement = stage.until(GMFTA, "the engagement knows of the note", get, told).await?;
    let lonely = hold(stage, &all[..3]);
    stage.refused(GMFTA, "I-14", "holds the review without the FE", lonely, "ROLE_ABSENT").await?;
    let full = hold(stage, &all);
    let _: Engagement = stage.step(GMFTA, "E-4", "holds the internal customer review", full).await?;
    let hand_over = HandOverRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        receiver_contact: Some(contact("the remote delivery lead")),
        ..HandOverRequest::default()
    };
    let _: Engagement = stage.step(GMFTA, "E-5", "hands over, and goes to standby", hand_over).await?;
    Ok(())
}

/// The name of a playbook task, once the tasks service has it.
pub(crate) async fn task(
    stage: &mut Stage,
    engagement: &str,
    template: &str,
    cycle: i32,
) -> Result<String, Surprise> {
    let list = ListTasksRequest { engagement: engagement.to_owned(), ..ListTasksRequest::default() };
    let wanted = |task: &Task| task.template == template && task.cycle == cycle;
    let found = |tasks: &ListTasksResponse| tasks.tasks.iter().any(wanted);
    let tasks: ListTasksResponse =
        stage.until(GMFTA, &format!("the task {template} is there"), list, found).await?;
    let task = tasks.tasks.into_iter().find(wanted);
    task.map(|task| task.name).ok_or_else(|| Surprise(format!("{template} is gone")))
}

fn complete(stage: &mut Stage, task: &str) -> CompleteTaskRequest {
    CompleteTaskRequest {
        name: task.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        outcome: "done".to_owned(),
        ..CompleteTaskRequest::default()
    }
}

/// Completes a task once its evidence has arrived, and waits until the engagement knows.
pub(crate) async fn finish(stage: &mut Stage, task: &str, rule: &str, what: &str) -> Result<(), Surprise> {
    let get = proto::tasks::v1::GetTaskRequest { name: task.to_owned() };
    let ready = |task: &Task| task.evidence.is_some();
    let found: Task = stage.until(GMFTA, "its evidence has arrived", get, ready).await?;
    let complete = complete(stage, task);
    let _: Task = stage.step(GMFTA, rule, what, complete).await?;
    let get = GetEngagementRequest { name: found.engagement };
    let cycle = usize::try_from(found.cycle).unwrap_or_default();
    let told = move |engagement: &Engagement| {
        let record = engagement.record.unwrap_or_default();
        match found.template.as_str() {
            "customer-get-modern-summary" => record.summary_task_time.is_some(),
            "get-modern-pilot" => record.pilot_task_time.is_some(),
            _ => engagement.reengagements[cycle - 1].task_completed.is_some(),
        }
    };
    let _: Engagement = stage.until(GMFTA, "the engagement knows", get, told).await?;
    Ok(())
}

/// Writes a note.
pub(crate) async fn note(
    stage: &mut Stage,
    engagement: &str,
    kind: Kind,
    rule: &str,
) -> Result<(), Surprise> {
    let write = WriteNoteRequest {
        request_id: stage.key(),
        engagement: engagement.to_owned(),
        kind: kind.into(),
        text: "as agreed with the customer".to_owned(),
        ..WriteNoteRequest::default()
    };
    let what = format!("writes a note: {}", kind.as_str_name());
    let _: Note = stage.step(GMFTA, rule, &what, write).await?;
    Ok(())
}

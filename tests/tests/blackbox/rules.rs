//! The rules that only show between services: what a journal carries over, and what it must not.

use std::time::Duration;

use futures::future::join_all;
use prost::Message;
use prost_reflect::Value;
use proto::{
    common::v1::{Event, Intent},
    engagement::v1::{
        ApproveReengagementRequest, CompleteReengagementRequest, Engagement, GetEngagementRequest,
        HoldInternalSyncRequest, ListEngagementsRequest, ListEngagementsResponse, RejoinEngagementRequest,
        RequestReengagementRequest, Stage,
    },
    intake::v1::{
        AcknowledgeHandoffRequest, Case, DisengageCaseRequest, EvaluatePolicyRequest, EvaluatePolicyResponse,
        ExitGatewayRequest, GetCaseRequest, ListCasesRequest, ListCasesResponse, OpenCaseRequest,
        RecordResearchRequest, ReferToPartnerRequest, ShareGuidanceRequest,
    },
    tasks::v1::{CompleteTaskRequest, GetNoteRequest, GetTaskRequest, Note, Task, note},
};
use tokio::time::timeout;
use tonic::Code;

use crate::{
    catalogue::{METHODS, Method},
    story::{about, channel, research, review, roster},
    wire::refusal,
    world::{ENGAGEMENT, GATEWAY, GET_MODERN_SME, GMFTA, SIX, SME, TASKS, World},
};

/// Who of the cast may call it.
fn caller(method: &Method) -> getmodern::client::Actor {
    let cast = SIX.into_iter().chain([GET_MODERN_SME, crate::world::PROGRAM, GATEWAY]);
    cast.into_iter()
        .find(|actor| method.roles.iter().any(|role| role == actor.role))
        .expect("one of the cast")
}

fn reasons(status: &tonic::Status) -> Vec<String> {
    getmodern::client::reasons(status)
}

/// Every method of `service` that changes the resource `name` of its collection, tried.
async fn try_all(world: &World, service: &str, name: &str) -> Vec<(String, (Code, String))> {
    let collection = name.split('/').next().map(str::to_owned);
    let changing = METHODS.iter().filter(|method| !method.reads() && method.service == service);
    let mut answers = Vec::new();
    for method in changing.filter(|method| method.collection() == collection) {
        let mut request = method.example(&format!("try-{}", method.name));
        request.set_field_by_name("name", Value::String(name.to_owned()));
        let answer = world.wire.send_as(caller(method), &method.path(), request.encode_to_vec()).await;
        answers.push((method.name.clone(), refusal(answer)));
    }
    answers
}

/// Nothing of this identity is there for the engagement service, and nothing can be done with it.
async fn no_engagement(world: &World, name: &str) {
    let missing = (Code::NotFound, "NOT_FOUND".to_owned());
    let get = GetEngagementRequest { name: name.to_owned() };
    assert_eq!(refusal(world.client.call::<_, Engagement>(GMFTA, get).await), missing);
    let answers = try_all(world, ENGAGEMENT, name).await;
    assert!(answers.len() > 20, "{answers:?}");
    assert!(answers.iter().all(|(_, answer)| *answer == missing), "{answers:?}");
    let list: ListEngagementsResponse = world.ask(ListEngagementsRequest::default()).await;
    assert!(list.engagements.iter().all(|engagement| engagement.name != name));
}

#[tokio::test]
async fn no_execution_begins_before_the_gateway_has_left_and_it_stays_until_all_six_acknowledged_i_1() {
    let mut world = World::new().await;
    let case = world.handed_off("contoso").await;
    let name = case.replace("cases/", "engagements/");
    for actor in &SIX[..5] {
        let _: Case = world.act(*actor, about!(AcknowledgeHandoffRequest, case)).await;
    }
    let early = world.refused(GATEWAY, about!(ExitGatewayRequest, case)).await;
    assert!(reasons(&early).contains(&"ACKNOWLEDGEMENT_MISSING".to_owned()));
    // Another customer's engagement passes by the same road, so everything before it has been looked at.
    world.reactive("fabrikam").await;
    no_engagement(&world, &name).await;
    let _: Case = world.act(SIX[5], about!(AcknowledgeHandoffRequest, case)).await;
    world.reactive("tailspin").await;
    no_engagement(&world, &name).await;
    let _: Case = world.act(GATEWAY, about!(ExitGatewayRequest, case)).await;
    let get = GetEngagementRequest { name };
    let begun: Engagement = world.until("it begins", get, |_| true).await;
    assert_eq!((begun.stage(), begun.case, begun.roster), (Stage::Introduction, case, Some(roster())));
    assert_eq!(begun.channel, Some(channel()));
    world.end().await;
}

#[tokio::test]
async fn a_referred_case_never_gets_an_engagement_i_4() {
    let mut world = World::new().await;
    let case = world.validated("fabrikam", Intent::No).await.name;
    let partner = "Fabrikam Consulting".to_owned();
    let _: Case = world.act(GATEWAY, about!(ReferToPartnerRequest, case, partner: partner)).await;
    let guidance = "the guidance".to_owned();
    let closed: Case = world.act(GATEWAY, about!(ShareGuidanceRequest, case, guidance: guidance)).await;
    assert_eq!(closed.state(), proto::intake::v1::case::State::Referred);
    let exit = world.refused(GATEWAY, about!(ExitGatewayRequest, case)).await;
    assert_eq!(exit.code(), Code::FailedPrecondition);
    world.reactive("contoso").await;
    no_engagement(&world, &case.replace("cases/", "engagements/")).await;
    world.end().await;
}

#[tokio::test]
async fn a_playbook_task_is_completed_on_the_evidence_the_engagement_sends_and_not_before_i_11() {
    let mut world = World::new().await;
    let name = world.reactive("contoso").await;
    world.workshopped(&name).await;
    let (summary, pilot) = ("customer-get-modern-summary", "get-modern-pilot");
    for (template, reason) in [(summary, "SUMMARY_NOT_FINAL"), (pilot, "PILOT_NOT_EXECUTED")] {
        let task = world.task(&name, template, 0).await;
        assert_eq!(task.evidence, None);
        let early = world.refused(GMFTA, about!(CompleteTaskRequest, task.name)).await;
        assert!(reasons(&early).contains(&reason.to_owned()), "{early:?}");
    }
    world.summarised(&name).await;
    let final_task = world.complete(&name, summary, 0).await;
    assert!(final_task.evidence.is_some());
    // The evidence of one task is not the other's.
    let pilot = world.task(&name, pilot, 0).await;
    assert_eq!(pilot.evidence, None);
    world.refused(GMFTA, about!(CompleteTaskRequest, pilot.name)).await;
    world.end().await;
}

#[tokio::test]
async fn a_note_between_the_two_completions_does_not_open_the_review_i_13() {
    let mut world = World::new().await;
    let name = world.reactive("contoso").await;
    world.workshopped(&name).await;
    world.summarised(&name).await;
    world.complete(&name, "customer-get-modern-summary", 0).await;
    world.note(&name, note::Kind::EnterpriseNotes).await;
    world.piloted(&name).await;
    // The engagement knows of this completion, so it has seen the note, which came before it.
    world.complete(&name, "get-modern-pilot", 0).await;
    let early = world.refused(GMFTA, review(&name)).await;
    assert!(reasons(&early).contains(&"ENTERPRISE_NOTE_MISSING".to_owned()), "{early:?}");
    world.note(&name, note::Kind::EnterpriseStatusNotes).await;
    world.note(&name, note::Kind::EnterpriseNotes).await;
    let get = GetEngagementRequest { name: name.clone() };
    let told = |found: &Engagement| found.record.unwrap_or_default().enterprise_note_time.is_some();
    let _: Engagement = world.until("the engagement knows of the note", get, told).await;
    let held: Engagement = world.act(GMFTA, review(&name)).await;
    assert_eq!(held.stage(), Stage::Handover);
    world.end().await;
}

#[tokio::test]
async fn a_status_note_written_before_re_joining_does_not_end_the_cycle_i_17() {
    let mut world = World::new().await;
    let name = world.reactive("contoso").await;
    world.standing_by(&name).await;
    let escalation = "it stopped".to_owned();
    let Engagement { etag, .. } =
        world.act(SME, about!(RequestReengagementRequest, name, escalation: escalation)).await;
    let approve = about!(ApproveReengagementRequest, name, etag: etag,
        nature: "an application".to_owned(), specific_request: "a way around".to_owned());
    let _: Engagement = world.act(GET_MODERN_SME, approve).await;
    world.note(&name, note::Kind::EnterpriseStatusNotes).await;
    let _: Engagement = world.act(GMFTA, about!(RejoinEngagementRequest, name)).await;
    world.complete(&name, "get-modern-architect-reengagement", 1).await;
    let early = world.refused(GMFTA, about!(CompleteReengagementRequest, name)).await;
    assert!(reasons(&early).contains(&"STATUS_NOTE_MISSING".to_owned()), "{early:?}");
    world.note(&name, note::Kind::EnterpriseStatusNotes).await;
    let get = GetEngagementRequest { name: name.clone() };
    let told = |found: &Engagement| found.reengagements[0].status_note.is_some();
    let _: Engagement = world.until("the engagement knows of the note", get, told).await;
    let back: Engagement = world.act(GMFTA, about!(CompleteReengagementRequest, name)).await;
    assert_eq!(back.stage(), Stage::Standby);
    world.end().await;
}

#[tokio::test]
async fn no_call_changes_a_completed_task_or_a_written_note_i_19() {
    let mut world = World::new().await;
    let name = world.reactive("contoso").await;
    world.workshopped(&name).await;
    let note = world.note(&name, note::Kind::EnterpriseNotes).await;
    world.summarised(&name).await;
    let task = world.complete(&name, "customer-get-modern-summary", 0).await;
    let answers = try_all(&world, TASKS, &task.name).await;
    assert!(answers.len() >= 6, "{answers:?}");
    for (method, answer) in &answers {
        assert_eq!(*answer, (Code::FailedPrecondition, "ALREADY_COMPLETED".to_owned()), "{method}");
    }
    // A second final summary brings second evidence, which the task does not take.
    world.summarised(&name).await;
    let takes_notes = METHODS.iter().filter(|method| method.collection().as_deref() == Some("notes"));
    let takes_notes: Vec<_> = takes_notes.map(|method| method.name.as_str()).collect();
    assert_eq!(takes_notes, ["GetNote"], "a note is only read");
    // A cancelled engagement ends its open tasks and leaves these.
    let cancel = METHODS.iter().find(|method| method.name == "CancelEngagement").expect("it");
    let mut request = cancel.example("cancel");
    request.set_field_by_name("name", Value::String(name.clone()));
    world.wire.send_as(caller(cancel), &cancel.path(), request.encode_to_vec()).await.expect("cancelled");
    let pilot = GetTaskRequest { name: world.task(&name, "get-modern-pilot", 0).await.name };
    let gone = |task: &Task| task.state() == proto::tasks::v1::task::State::Cancelled;
    let _: Task = world.until("the open task goes with it", pilot, gone).await;
    let read: Task = world.ask(GetTaskRequest { name: task.name.clone() }).await;
    assert_eq!(read, task);
    let read: Note = world.ask(GetNoteRequest { name: note.name.clone() }).await;
    assert_eq!(read, note);
    world.end().await;
}

#[tokio::test]
async fn a_caller_who_goes_away_and_asks_again_never_makes_a_second_case_i_20() {
    const CALLS: u32 = 150;
    // Calls that somebody went away from are still theirs until they are done.
    let world = World::with(|settings| settings.limits.calls_per_person = 1000).await;
    let path = "/getmodern.intake.v1.IntakeService/OpenCase";
    let open = |number: u32| OpenCaseRequest {
        request_id: format!("lost-{number}"),
        customer: format!("customer {number}"),
        tenant: format!("customer-{number}.onmicrosoft.com"),
        ..OpenCaseRequest::default()
    };
    let mut gone = Vec::new();
    world.wire.send_as(GATEWAY, path, open(CALLS).encode_to_vec()).await.expect("a warm connection");
    for number in 0..CALLS {
        let call = world.wire.send_as(GATEWAY, path, open(number).encode_to_vec());
        let patience = Duration::from_micros(u64::from(number % 50) * 100);
        if timeout(patience, call).await.is_err() {
            gone.push(number);
        }
    }
    let list = ListCasesRequest { page_size: 500, ..ListCasesRequest::default() };
    let is_lost = |opened: &ListCasesResponse| {
        let is_open =
            |number: &u32| opened.cases.iter().any(|case| case.customer == format!("customer {number}"));
        gone.iter().any(is_open)
    };
    let _: ListCasesResponse = world.until("an answer was lost, so something was tried", list, is_lost).await;
    let again = join_all((0..=CALLS).map(|number| world.client.call::<_, Case>(GATEWAY, open(number)))).await;
    let mut named: Vec<_> = again.into_iter().map(|case| case.expect("a case").name).collect();
    let whole = ListCasesRequest { page_size: 500, ..ListCasesRequest::default() };
    let shown: ListCasesResponse = world.ask(whole).await;
    let mut listed: Vec<_> = shown.cases.into_iter().map(|case| case.name).collect();
    named.sort();
    listed.sort();
    assert_eq!(named, listed);
    world.end().await;
}

#[tokio::test]
async fn the_sync_begins_with_what_the_gateway_collected_and_confirming_it_is_enough_p_3() {
    let mut world = World::new().await;
    let case = world.opened("contoso").await.name;
    let items = research(Intent::Yes);
    let _: Case = world.act(GATEWAY, about!(RecordResearchRequest, case, items: items)).await;
    let end = about!(DisengageCaseRequest, case, cause: "the program team has them".to_owned());
    let _: Case = world.act(GATEWAY, end).await;
    let case: Case = world.ask(GetCaseRequest { name: case }).await;
    let engagement = world.assigned("contoso").await;
    assert_eq!(engagement.items, case.items, "value, source and when");
    let asked: EvaluatePolicyResponse = world.ask(EvaluatePolicyRequest::default()).await;
    let name = engagement.name;
    let sync = about!(HoldInternalSyncRequest, name,
        roster: Some(roster()), in_flight: "nothing".to_owned(), aim: "an aim".to_owned());
    let partial = HoldInternalSyncRequest { confirmed: asked.required_items[1..].to_vec(), ..sync.clone() };
    let refused = world.refused(GMFTA, partial).await;
    assert!(reasons(&refused).contains(&"ITEM_NOT_VALIDATED".to_owned()), "{refused:?}");
    let whole = HoldInternalSyncRequest { confirmed: asked.required_items, ..sync };
    let synced: Engagement = world.act(GMFTA, whole).await;
    assert_eq!(synced.stage(), Stage::Alignment);
    let unknown = world.assigned("northwind").await;
    let known = unknown.items.iter().filter(|item| item.source != "assignment").count();
    assert!(known <= 1, "intake knows nothing of them: {:?}", unknown.items);
    world.end().await;
}

#[tokio::test]
async fn both_ways_in_lead_through_the_same_steps_in_the_same_order_a_4_i_7() {
    let mut world = World::new().await;
    let reactive = world.reactive("contoso").await;
    let proactive = world.proactive("northwind").await;
    for name in [&reactive, &proactive] {
        world.standing_by(name).await;
        world.rejoined(name).await;
    }
    let (first, second) = (steps(&world, &reactive).await, steps(&world, &proactive).await);
    assert_eq!(first, second);
    assert!(first.len() > 15, "{first:#?}");
    world.end().await;
}

/// Kind, rule and role of everything from the introduction on.
async fn steps(world: &World, name: &str) -> Vec<(String, String, i32)> {
    let events = world.events(ENGAGEMENT, name).await;
    let step = |event: Event| (event.kind, event.rule, event.stamp.expect("a stamp").role);
    let all: Vec<_> = events.into_iter().map(step).collect();
    let begin = all.iter().position(|(_, rule, _)| rule.starts_with("E-1")).expect("the introduction");
    all[begin..].to_vec()
}

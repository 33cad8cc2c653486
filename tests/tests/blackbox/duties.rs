//! What is waiting on whom: found by every question a person would ask, and missing exactly what a refusal would name.

use std::collections::BTreeSet;

use proto::{
    common::v1::{DataItem, Duty, Intent, ListDutiesRequest, Role, data_item::Fact},
    engagement::v1::{
        HoldInternalSyncRequest, HoldPrepMeetingRequest, RequestReengagementRequest, SendIntroductionRequest,
    },
    intake::v1::{AskArchitectRequest, Case, EvaluatePolicyRequest, EvaluatePolicyResponse},
};
use tonic::Status;
use tonic_types::StatusExt;

use crate::{
    story::{about, contact, item, review, roster, workshop},
    world::{ENGAGEMENT, GATEWAY, GMFTA, INTAKE, SME, TASKS, World},
};

fn of(resource: &str) -> ListDutiesRequest {
    ListDutiesRequest { resource: resource.to_owned(), ..ListDutiesRequest::default() }
}

async fn duty(world: &World, service: &str, resource: &str, action: &str) -> Duty {
    let duties = world.duties(service, of(resource)).await;
    let found = duties.iter().find(|duty| duty.action == action);
    found.unwrap_or_else(|| panic!("{action} among {duties:?}")).clone()
}

/// Reason and subject of everything a duty lacks.
fn lacking(duty: &Duty) -> BTreeSet<(String, String)> {
    assert!(duty.missing.iter().all(|fault| !fault.rule.is_empty() && !fault.description.is_empty()));
    duty.missing.iter().map(|fault| (fault.reason.clone(), fault.subject.clone())).collect()
}

/// Reason and subject of everything a refusal names.
fn named(status: &Status) -> BTreeSet<(String, String)> {
    let details = status.get_error_details();
    let failure = details.precondition_failure().expect("a PreconditionFailure");
    failure.violations.iter().map(|fault| (fault.r#type.clone(), fault.subject.clone())).collect()
}

#[tokio::test]
async fn a_duty_is_found_by_person_role_and_resource_and_by_nothing_else() {
    let mut world = World::new().await;
    let case = world.handed_off("contoso").await;
    world.assigned("northwind").await;
    world.opened("fabrikam").await;
    let all = world.duties(INTAKE, ListDutiesRequest::default()).await;
    assert!(all.len() > 8, "{all:?}");
    for duty in &all {
        let (person, role, resource) = (duty.person.clone(), duty.role, duty.resource.clone());
        let by_person = ListDutiesRequest { person: person.clone(), ..ListDutiesRequest::default() };
        let by_role = ListDutiesRequest { role, ..ListDutiesRequest::default() };
        let by_all = ListDutiesRequest { person, role, resource, ..ListDutiesRequest::default() };
        for (question, matches) in [
            (
                by_person.clone(),
                Box::new(|other: &&Duty| by_person.person.is_empty() || other.person == by_person.person)
                    as Box<dyn Fn(&&Duty) -> bool>,
            ),
            (by_role, Box::new(|other: &&Duty| other.role == role)),
            (of(&duty.resource), Box::new(|other: &&Duty| other.resource == duty.resource)),
            (
                by_all.clone(),
                Box::new(|other: &&Duty| {
                    other.role == role
                        && other.resource == duty.resource
                        && (by_all.person.is_empty() || other.person == by_all.person)
                }),
            ),
        ] {
            let found = world.duties(INTAKE, question.clone()).await;
            let expected: Vec<_> = all.iter().filter(|other| matches(other)).cloned().collect();
            assert_eq!(found, expected, "{question:?}");
            assert!(found.contains(duty), "{question:?}");
        }
    }
    let six: BTreeSet<_> = all
        .iter()
        .filter(|duty| duty.resource == case && duty.action == "ACKNOWLEDGE_HANDOFF")
        .map(|duty| (duty.role(), duty.person.clone()))
        .collect();
    assert_eq!(six.len(), 6, "each of the six is asked: {six:?}");
    assert!(six.contains(&(Role::Fe, "people/fe".to_owned())));
    world.end().await;
}

#[tokio::test]
async fn a_duty_is_overdue_once_its_target_has_passed_and_not_before_and_blocks_nothing() {
    let now = ["ANSWER_ARCHITECT", "APPROVE_REENGAGEMENT", "COMPLETE_TASK"];
    for (time, overdue) in [("0s", true), ("1000h", false)] {
        let mut world = World::with(|settings| {
            let target = |action| format!("{action}={time}").parse().expect("a target");
            settings.targets = now.into_iter().map(target).collect();
        })
        .await;
        let case = world.opened("fabrikam").await.name;
        let _: Case = world.act(GATEWAY, about!(AskArchitectRequest, case)).await;
        let engagement = world.reactive("contoso").await;
        world.standing_by(&engagement).await;
        let escalation = "it stopped".to_owned();
        let request = about!(RequestReengagementRequest, engagement, escalation: escalation);
        let _: proto::engagement::v1::Engagement = world.act(SME, request).await;
        let create = proto::tasks::v1::CreateTaskRequest {
            engagement: engagement.clone(),
            title: "call the vendor".to_owned(),
            ..Default::default()
        };
        let task: proto::tasks::v1::Task = world.act(GMFTA, create).await;
        for (service, resource, action) in
            [(INTAKE, &case, now[0]), (ENGAGEMENT, &engagement, now[1]), (TASKS, &task.name, now[2])]
        {
            let found = duty(&world, service, resource, action).await;
            assert_eq!(found.overdue, overdue, "{action} {time}");
            assert!(found.due_time.is_some() && found.since_time.is_some(), "{action}");
            let late = world.duties(service, ListDutiesRequest { overdue_only: true, ..of(resource) }).await;
            assert_eq!(late.contains(&found), overdue, "{action} {time}");
            assert!(late.iter().all(|duty| duty.overdue));
        }
        // The playbook names no time for this one, so it is never late.
        let untimed = duty(&world, INTAKE, &case, "CONTACT_ACCOUNT_TEAM").await;
        assert_eq!((untimed.overdue, untimed.due_time), (false, None));
        world.end().await;
    }
}

#[tokio::test]
async fn a_duty_lacks_what_its_refusal_names_for_the_workshop_and_for_the_review() {
    let mut world = World::new().await;
    let name = world.proactive("northwind").await;
    let introduce = about!(SendIntroductionRequest, name,
        recipients: vec![contact("the head of IT")],
        overview: "what it brings".to_owned(),
        installation_instructions: "as attached".to_owned(),
        prep_meeting_arrangement: "Monday".to_owned(),
    );
    let _: proto::engagement::v1::Engagement = world.act(GMFTA, introduce).await;
    let meet = about!(HoldPrepMeetingRequest, name, logistics: "a room".to_owned());
    let _: proto::engagement::v1::Engagement = world.act(GMFTA, meet).await;
    let waiting = duty(&world, ENGAGEMENT, &name, "HOLD_WORKSHOP").await;
    let refused = world.refused(GMFTA, workshop(&name)).await;
    assert_eq!(lacking(&waiting), named(&refused));
    assert_eq!(waiting.missing.len(), 5, "objectives, agenda, follow-up, installed, flowing: {waiting:?}");
    let other = world.reactive("contoso").await;
    world.workshopped(&other).await;
    let waiting = duty(&world, ENGAGEMENT, &other, "HOLD_REVIEW").await;
    let refused = world.refused(GMFTA, review(&other)).await;
    assert_eq!(lacking(&waiting), named(&refused));
    assert!(waiting.missing.len() >= 2, "both tasks at least: {waiting:?}");
    world.end().await;
}

#[tokio::test]
async fn the_sync_waits_for_the_very_items_the_gateway_requires() {
    let mut world = World::new().await;
    let engagement = world.assigned("northwind").await;
    let asked: EvaluatePolicyResponse = world.ask(EvaluatePolicyRequest::default()).await;
    let required: BTreeSet<_> = asked.required_items.into_iter().collect();
    assert!(required.len() >= 14, "{required:?}");
    let waiting = duty(&world, ENGAGEMENT, &engagement.name, "HOLD_INTERNAL_SYNC").await;
    let subjects: BTreeSet<_> = waiting
        .missing
        .iter()
        .map(|fault| fault.subject.rsplit('.').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(subjects, required);
    // And one is enough to refuse the sync, by name.
    let tenant: DataItem = item(Fact::Tenant(engagement.tenant));
    let mut corrections = crate::story::research(Intent::Yes);
    corrections.retain(|item| !matches!(item.fact, Some(Fact::Language(_))));
    corrections.push(tenant);
    let sync = about!(HoldInternalSyncRequest, engagement.name,
        roster: Some(roster()), in_flight: "nothing".to_owned(), aim: "an aim".to_owned(),
        corrections: corrections,
    );
    let refused = world.refused(GMFTA, sync).await;
    let faults = named(&refused);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults.iter().all(|(reason, subject)| reason == "ITEM_NOT_VALIDATED" && subject.contains("language"))
    );
    world.end().await;
}

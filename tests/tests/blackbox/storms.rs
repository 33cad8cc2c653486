//! Many calls at once: the same one has one effect and one answer, and of different ones none is lost (I-20).

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use getmodern::client::Actor;
use prost::Message;
use proto::{
    common::v1::{DataItem, Event, data_item::Fact},
    engagement::v1::{RaiseBlockerRequest, blocker},
    intake::v1::{
        AskArchitectRequest, Case, GetCaseRequest, ListCasesRequest, ListCasesResponse, OpenCaseRequest,
        RecordResearchRequest,
    },
    tasks::v1::{
        CreateTaskRequest, ListNotesRequest, ListNotesResponse, ListTasksRequest, ListTasksResponse,
        WriteNoteRequest, note,
    },
};

use crate::{
    catalogue::taking,
    digests::salted,
    story::{about, item},
    wire::Wire,
    world::{ENGAGEMENT, FE, GATEWAY, GMFTA, INTAKE, TASKS, World},
};

/// The same call 64 times at once, over eight connections; the one answer.
async fn storm<M: Message + prost::Name>(world: &World, who: Actor, message: &M) -> Vec<u8> {
    let path = taking(&M::full_name()).path();
    let wires: Vec<_> = (0..8).map(|_| Wire::to(&world.product)).collect();
    let calls = (0..64).map(|number| wires[number % 8].send_as(who, &path, message.encode_to_vec()));
    let answers: BTreeSet<_> =
        join_all(calls).await.into_iter().map(|answer| answer.expect("an answer")).collect();
    assert_eq!(answers.len(), 1, "{path}: one answer, byte for byte");
    answers.into_iter().next().expect("it")
}

/// The effects of one person's request.
fn by_key<'a>(world: &World, service: &str, events: &'a [Event], key: &str) -> Vec<&'a Event> {
    let digest = salted(world.product.state(), service.split('.').nth(1).expect("a service"));
    let is_of = |event: &&Event| {
        event.stamp.as_ref().is_some_and(|stamp| event.request_id == digest(&stamp.person, key))
    };
    events.iter().filter(is_of).collect()
}

#[tokio::test]
async fn sixty_four_identical_calls_at_once_make_one_effect_and_one_answer() {
    let mut world = World::new().await;
    let engagement = world.reactive("contoso").await;
    world.task(&engagement, "get-modern-pilot", 0).await;
    let open = OpenCaseRequest {
        request_id: "storm-open".to_owned(),
        customer: "Fabrikam".to_owned(),
        tenant: "fabrikam.onmicrosoft.com".to_owned(),
        ..OpenCaseRequest::default()
    };
    let case = Case::decode(storm(&world, GATEWAY, &open).await.as_slice()).expect("a case");
    let list = ListCasesRequest { tenant: open.tenant.clone(), ..ListCasesRequest::default() };
    let cases: ListCasesResponse = world.ask(list).await;
    assert_eq!(cases.cases, std::slice::from_ref(&case));
    let ask = about!(AskArchitectRequest, case.name, request_id: "storm-ask".to_owned());
    let asked = Case::decode(storm(&world, GATEWAY, &ask).await.as_slice()).expect("a case");
    let now: Case = world.ask(GetCaseRequest { name: case.name.clone() }).await;
    assert_eq!(now, asked);
    let write = WriteNoteRequest {
        request_id: "storm-note".to_owned(),
        engagement: engagement.clone(),
        kind: note::Kind::EnterpriseNotes.into(),
        text: "as agreed".to_owned(),
        ..WriteNoteRequest::default()
    };
    storm(&world, GMFTA, &write).await;
    let list = ListNotesRequest { engagement: engagement.clone(), ..ListNotesRequest::default() };
    let notes: ListNotesResponse = world.ask(list).await;
    assert_eq!(notes.notes.len(), 1);
    let create = CreateTaskRequest {
        request_id: "storm-task".to_owned(),
        engagement: engagement.clone(),
        title: "call the vendor".to_owned(),
        ..CreateTaskRequest::default()
    };
    storm(&world, GMFTA, &create).await;
    let list = ListTasksRequest { engagement: engagement.clone(), ..ListTasksRequest::default() };
    let tasks: ListTasksResponse = world.ask(list).await;
    assert_eq!(tasks.tasks.iter().filter(|task| task.template.is_empty()).count(), 1);
    let (intake, tasks) = (world.events(INTAKE, "").await, world.events(TASKS, "").await);
    for (service, journal, key) in [
        (INTAKE, &intake, "storm-open"),
        (INTAKE, &intake, "storm-ask"),
        (TASKS, &tasks, "storm-note"),
        (TASKS, &tasks, "storm-task"),
    ] {
        assert_eq!(by_key(&world, service, journal, key).len(), 1, "{key}");
    }
    world.end().await;
}

#[tokio::test]
async fn sixty_four_different_calls_on_one_resource_lose_none() {
    let mut world = World::new().await;
    let case = world.opened("contoso").await.name;
    let engagement = world.reactive("fabrikam").await;
    let wires: Vec<_> = (0..8).map(|_| Wire::to(&world.product)).collect();
    let record = taking("getmodern.intake.v1.RecordResearchRequest").path();
    let raise = taking("getmodern.engagement.v1.RaiseBlockerRequest").path();
    let (record, raise) = (record.as_str(), raise.as_str());
    let calls = (0..64).map(|number| {
        let (wire, key) = (&wires[number % 8], format!("item-{number}"));
        let items = vec![counted(number)];
        let item = about!(RecordResearchRequest, case, request_id: key.clone(), items: items);
        let kind = blocker::Kind::Hardware.into();
        let block = about!(RaiseBlockerRequest, engagement,
            request_id: key, kind: kind, description: format!("blocker {number}"));
        async move {
            let first = wire.send_as(GATEWAY, record, item.encode_to_vec());
            let second = wire.send_as(FE, raise, block.encode_to_vec());
            let (first, second) = tokio::join!(first, second);
            (first.expect("recorded"), second.expect("raised"))
        }
    });
    let replies = join_all(calls).await;
    let etags: BTreeSet<_> =
        replies.iter().map(|(case, _)| Case::decode(case.as_slice()).expect("a case").etag).collect();
    assert_eq!(etags.len(), 64, "each reply shows a state of its own");
    let held = world.engagement(&engagement).await;
    let said: BTreeSet<_> = held.blockers.iter().map(|blocker| blocker.description.clone()).collect();
    let numbers: Vec<_> = held.blockers.iter().map(|blocker| blocker.number).collect();
    assert_eq!(said, (0..64).map(|number| format!("blocker {number}")).collect());
    assert_eq!(numbers, (1..=64).collect::<Vec<_>>());
    for (service, resource) in [(INTAKE, &case), (ENGAGEMENT, &engagement)] {
        let events = world.events(service, resource).await;
        let each = |number| by_key(&world, service, &events, &format!("item-{number}")).len();
        assert!((0..64).all(|number| each(number) == 1), "one entry each");
        dense(&events);
    }
    world.end().await;
}

fn counted(number: usize) -> DataItem {
    item(Fact::DeviceCount(i32::try_from(number).expect("small")))
}

/// Each version of each resource was made by one command from the one before it.
fn dense(events: &[Event]) {
    let mut versions = BTreeMap::new();
    for event in events {
        let last =
            versions.insert(&event.resource, (event.version_before, event.version_after, &event.request_id));
        let (before, after) = (event.version_before, event.version_after);
        match last {
            // A command may say more than one thing: its entries share a version.
            Some((b, a, key)) if (b, a) == (before, after) => assert_eq!(key, &event.request_id, "{event:?}"),
            Some((_, last, _)) => assert_eq!(before, last, "{event:?}"),
            None => assert_eq!(before, 0, "{event:?}"),
        }
        assert_eq!(after, before + 1, "{event:?}");
    }
}

//! Pages by their weight: however much a list holds, each page is one that a client takes, and together they are all.

use std::fmt::Debug;

use futures::{StreamExt, stream};
use getmodern::client::Actor;
use prost::{Message, Name};
use prost_reflect::Value;
use proto::{
    common::v1::{AccountTeamContacts, Contact, DataItem, DeploymentOutlook, data_item::Fact},
    engagement::v1::{
        CancelEngagementRequest, Engagement, Gap, SaveSummaryRequest, cancellation::Disposition,
    },
    intake::v1::{
        Case, Criterion, DisengageCaseRequest, Policy, PublishPolicyRequest, RecordResearchRequest,
    },
    tasks::v1::{CreateTaskRequest, Note, Task, WriteNoteRequest, note},
};

use crate::{
    catalogue::{Method, field, taking},
    lists::paging::{items, lists, page, question, walk},
    story::{about, content, item},
    wire::Wire,
    world::{GATEWAY, GMFTA, PROGRAM, TASKS, World},
};

/// What a client takes at once unless it is told otherwise.
const TAKEN: usize = 4 * 1024 * 1024;
/// A letter of four bytes: bounds count letters.
const LETTER: &str = "𠮷";
/// Calls under way at once.
const AT_ONCE: usize = 8;
/// Customers about whom everything is known.
const CUSTOMERS: usize = 34;

/// Everything about a customer, each item as long as it may be.
fn everything() -> Vec<DataItem> {
    let long = || LETTER.repeat(2000);
    let member = Contact { full_name: LETTER.repeat(200), email: LETTER.repeat(320) };
    let facts = [
        Fact::WorkInFlight(long()),
        Fact::DeliveryPartner(long()),
        Fact::DeploymentPlan(DeploymentOutlook {
            plan: long(),
            target_date: "2020-01-14".to_owned(),
            business_reason: long(),
        }),
        Fact::AccountTeamContacts(AccountTeamContacts { contacts: vec![member; 50] }),
    ];
    facts.map(item).into()
}

/// Has somebody do all of it, some at a time, and gives the replies in the same order.
async fn all<M: Message + Name + Debug, R: Message + Default>(
    world: &mut World,
    who: Actor,
    messages: impl Iterator<Item = M>,
) -> Vec<R> {
    let path = taking(&M::full_name()).path();
    let requests: Vec<_> = messages.map(|message| world.keyed(&message)).collect();
    let wire = world.wire.clone();
    let act = async |request: Vec<u8>| wire.send_as(who, &path, request).await.expect("it is done");
    let replies: Vec<_> = stream::iter(requests.into_iter().map(act)).buffered(AT_ONCE).collect().await;
    replies.iter().map(|reply| R::decode(reply.as_slice()).expect("the reply reads")).collect()
}

/// Cases, and proactive engagements prefilled from them and cancelled: their events hold what was known.
async fn customers(world: &mut World) {
    let customers: Vec<_> = (0..CUSTOMERS).map(|number| format!("customer-{number}")).collect();
    let open = customers.iter().map(|customer| World::opening(customer));
    let cases: Vec<Case> = all(world, GATEWAY, open).await;
    let record = cases.iter().map(|case| about!(RecordResearchRequest, case.name, items: everything()));
    let _: Vec<Case> = all(world, GATEWAY, record).await;
    let end = cases
        .iter()
        .map(|case| about!(DisengageCaseRequest, case.name, cause: "the program team has them".to_owned()));
    let _: Vec<Case> = all(world, GATEWAY, end).await;
    let mut assigned = Vec::new();
    // One by one: engagement waits so long for intake's answer and no longer, however busy the machine is.
    for customer in &customers {
        assigned.push(world.assigned(customer).await);
    }
    assert!(assigned.iter().all(|it| it.items.len() == 5), "prefilled, the tenant included");
    let cancel = assigned.iter().map(|assigned| {
        about!(CancelEngagementRequest, assigned.name,
            disposition: Disposition::Closed.into(),
            cause: "the budget".to_owned(),
        )
    });
    let _: Vec<Engagement> = all(world, PROGRAM, cancel).await;
    // They come again.
    let open = customers.iter().map(|customer| World::opening(customer));
    let cases: Vec<Case> = all(world, GATEWAY, open).await;
    let record = cases.iter().map(|case| about!(RecordResearchRequest, case.name, items: everything()));
    let _: Vec<Case> = all(world, GATEWAY, record).await;
}

/// Engagements whose summaries have about a mebibyte each.
async fn summaries(world: &mut World) {
    for number in 0..6 {
        let name = world.reactive(&format!("summarised-{number}")).await;
        world.workshopped(&name).await;
        let gap = || Gap { description: LETTER.repeat(4000), ..content().gaps[0].clone() };
        let large = proto::engagement::v1::SummaryContent { gaps: vec![gap(); 65], ..content() };
        let save = about!(SaveSummaryRequest, name, content: Some(large));
        let saved: Engagement = world.act(GMFTA, save).await;
        assert!(saved.encoded_len() > 1_000_000, "{}", saved.encoded_len());
    }
}

/// Tasks and notes, each as long as it may be.
async fn work(world: &mut World) {
    let engagement = world.reactive("worked-on").await;
    world.task(&engagement, "get-modern-pilot", 0).await;
    let create = (0..270).map(|number| CreateTaskRequest {
        engagement: engagement.clone(),
        title: format!("task {number}"),
        description: LETTER.repeat(4000),
        ..CreateTaskRequest::default()
    });
    let _: Vec<Task> = all(world, GMFTA, create).await;
    let write = (0..60).map(|_| WriteNoteRequest {
        engagement: engagement.clone(),
        kind: note::Kind::EnterpriseNotes.into(),
        text: LETTER.repeat(20_000),
        ..WriteNoteRequest::default()
    });
    let _: Vec<Note> = all(world, GMFTA, write).await;
}

/// Policies of fifty criteria, whose titles are as long as they may be.
async fn policies(world: &mut World) {
    let criterion = |number| Criterion {
        id: format!("criterion_{number}"),
        title: LETTER.repeat(200),
        title_zh: LETTER.repeat(200),
        required: true,
        expression: "device_count > 0".to_owned(),
    };
    for _ in 0..50 {
        let publish = PublishPolicyRequest {
            criteria: (0..50).map(criterion).collect(),
            description: LETTER.repeat(2000),
            ..PublishPolicyRequest::default()
        };
        let _: Policy = world.act(PROGRAM, publish).await;
    }
}

/// The list comes in pages that a client takes, all of it, once; as many bytes as that are.
async fn comes_in_pages(wire: &Wire, method: &'static Method) {
    let path = method.path();
    let mut question = question(method, &[("page_size", Value::I32(500))]);
    let (mut shown, mut bytes, mut count, mut more) = (Vec::new(), 0, 0, true);
    while more {
        let whole = page(wire, method, &question).await;
        let whole = whole.unwrap_or_else(|status| panic!("{path}, page {count}: {status:?}"));
        (bytes, count) = (bytes + whole.encoded_len(), count + 1);
        let found = items(&whole);
        assert!((1..=500).contains(&found.len()), "{path}: every page goes on");
        shown.extend(found);
        let next = field(&whole, "next_page_token");
        more = !next.is_empty();
        question.set_field_by_name("page_token", Value::String(next));
    }
    println!("{path}: {} items, {bytes} bytes, {count} pages", shown.len());
    assert!(count > 1 || bytes < TAKEN, "{path}");
    assert_eq!(shown, walk(wire, method, &[], 7).await, "{path}");
    // Of duties, events and what is audited most are small, whatever they are about.
    if !["ListDuties", "ListEvents", "ListAuditEntries"].contains(&method.name.as_str()) {
        assert!(bytes > TAKEN, "{path} has more than a client takes at once: {bytes}");
    }
    if path == "/getmodern.engagement.v1.EngagementService/ListEvents" {
        assert!(bytes > TAKEN, "{path} has more than a client takes at once: {bytes}");
    }
}

/// Each of these lists comes in pages, some lists at a time.
async fn come_in_pages(world: &World, lists: impl Iterator<Item = &'static Method>) {
    let each: Vec<_> = lists.map(|method| comes_in_pages(&world.wire, method)).collect();
    stream::iter(each).buffer_unordered(AT_ONCE).collect::<()>().await;
}

/// The lists that tasks, notes and policies fill; the others are filled by customers.
fn is_of_work(method: &Method) -> bool {
    method.service == TASKS || method.name == "ListPolicies"
}

#[tokio::test]
async fn every_list_of_customers_comes_in_pages_that_a_client_takes_and_skips_nothing() {
    let mut world = World::new().await;
    customers(&mut world).await;
    summaries(&mut world).await;
    come_in_pages(&world, lists().into_iter().filter(|method| !is_of_work(method))).await;
    world.end().await;
}

#[tokio::test]
async fn every_list_of_work_comes_in_pages_that_a_client_takes_and_skips_nothing() {
    let mut world = World::new().await;
    work(&mut world).await;
    policies(&mut world).await;
    come_in_pages(&world, lists().into_iter().filter(|method| is_of_work(method))).await;
    world.end().await;
}

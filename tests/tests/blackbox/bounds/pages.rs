//! Pages by their weight: however much a list holds, each page is one that a client takes, and together they are all.

use prost::Message;
use prost_reflect::Value;
use proto::{
    common::v1::{AccountTeamContacts, Contact, DataItem, DeploymentOutlook, data_item::Fact},
    engagement::v1::{
        CancelEngagementRequest, Engagement, Gap, SaveSummaryRequest, cancellation::Disposition,
    },
    intake::v1::{Case, Criterion, Policy, PublishPolicyRequest, RecordResearchRequest},
    tasks::v1::{CreateTaskRequest, Note, Task, WriteNoteRequest, note},
};

use crate::{
    lists::paging::{Pages, items, lists, page, question, walk},
    story::{about, content, item},
    world::{GATEWAY, GMFTA, PROGRAM, World},
};

/// What a client takes at once unless it is told otherwise.
const TAKEN: usize = 4 * 1024 * 1024;
/// A letter of four bytes: bounds count letters.
const LETTER: &str = "𠮷";
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

/// Cases, and proactive engagements prefilled from them and cancelled: their events hold what was known.
async fn customers(world: &mut World) {
    for number in 0..CUSTOMERS {
        let customer = format!("customer-{number}");
        let case = world.opened(&customer).await.name;
        let _: Case = world.act(GATEWAY, about!(RecordResearchRequest, case, items: everything())).await;
        let assigned = world.assigned(&customer).await;
        assert_eq!(assigned.items.len(), 5, "prefilled, the tenant included");
        let cancel = about!(CancelEngagementRequest, assigned.name,
            disposition: Disposition::Closed.into(),
            cause: "the budget".to_owned(),
        );
        let _: Engagement = world.act(PROGRAM, cancel).await;
    }
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
    for number in 0..270 {
        let create = CreateTaskRequest {
            engagement: engagement.clone(),
            title: format!("task {number}"),
            description: LETTER.repeat(4000),
            ..CreateTaskRequest::default()
        };
        let _: Task = world.act(GMFTA, create).await;
    }
    for _ in 0..60 {
        let write = WriteNoteRequest {
            engagement: engagement.clone(),
            kind: note::Kind::EnterpriseNotes.into(),
            text: LETTER.repeat(20_000),
            ..WriteNoteRequest::default()
        };
        let _: Note = world.act(GMFTA, write).await;
    }
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

#[tokio::test]
async fn every_list_comes_in_pages_that_a_client_takes_and_skips_nothing() {
    let mut world = World::new().await;
    customers(&mut world).await;
    summaries(&mut world).await;
    work(&mut world).await;
    policies(&mut world).await;
    for method in lists() {
        let path = method.path();
        let mut pages = Pages { method, question: question(method, &[]), more: true };
        let (mut shown, mut bytes, mut count) = (Vec::new(), 0, 0);
        while pages.more {
            pages.question.set_field_by_name("page_size", Value::I32(500));
            let whole = page(&world.wire, method, &pages.question).await;
            let whole = whole.unwrap_or_else(|status| panic!("{path}, page {count}: {status:?}"));
            (bytes, count) = (bytes + whole.encoded_len(), count + 1);
            assert!(!items(&whole).is_empty(), "{path}: every page goes on");
            shown.extend(pages.next(&world.wire, 500).await);
        }
        println!("{path}: {} items, {bytes} bytes, {count} pages", shown.len());
        assert!(count > 1 || bytes < TAKEN, "{path}");
        assert_eq!(shown, walk(&world.wire, method, &[], 7).await, "{path}");
        // Of duties, events and what is audited most are small, whatever they are about.
        if !["ListDuties", "ListEvents", "ListAuditEntries"].contains(&method.name.as_str()) {
            assert!(bytes > TAKEN, "{path} has more than a client takes at once: {bytes}");
        }
        if path == "/getmodern.engagement.v1.EngagementService/ListEvents" {
            assert!(bytes > TAKEN, "{path} has more than a client takes at once: {bytes}");
        }
    }
    world.end().await;
}

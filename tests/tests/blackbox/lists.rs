//! Lists: whole and without doubles while others write, by every filter, and only as asked.

pub(crate) mod paging;

use std::collections::BTreeSet;

use prost::Message;
use prost_reflect::{DynamicMessage, Value};
use proto::{
    common::v1::{WatchEventsRequest, delivery_channel, watch_events_request::Start},
    engagement::v1::{AssignEngagementRequest, Engagement, HoldEngagementRequest, Method as WayIn, Stage},
    intake::v1::{
        Case, DisengageCaseRequest, GetCaseRequest, ListCasesRequest, ListCasesResponse, OpenCaseRequest,
        RecordResearchRequest, case,
    },
    tasks::v1::{CreateTaskRequest, ListNotesRequest, ListNotesResponse, StartTaskRequest, Task, note, task},
};
use tests::Product;
use tokio::sync::watch;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use self::paging::{Pages, items, lists, page, question, walk};
use crate::{
    catalogue::{METHODS, Method, NOWHERE, field},
    story::{about, play::later},
    wire::{Wire, reason},
    world::{ENGAGEMENT, FM, GATEWAY, GMFTA, INTAKE, LEADERSHIP, PROGRAM, TASKS, World},
};

/// Something in every list: two engagements, tasks, notes, cases, two policies.
pub(crate) async fn furnished(world: &mut World) -> String {
    let engagement = world.reactive("contoso").await;
    world.task(&engagement, "get-modern-pilot", 0).await;
    world.assigned("northwind").await;
    for (number, kind) in
        [note::Kind::EnterpriseNotes, note::Kind::EnterpriseStatusNotes, note::Kind::EnterpriseNotes]
            .into_iter()
            .enumerate()
    {
        world.note(&engagement, kind).await;
        world.opened(&format!("customer-{number}")).await;
        let create = CreateTaskRequest {
            engagement: engagement.clone(),
            title: format!("task {number}"),
            ..CreateTaskRequest::default()
        };
        let _: Task = world.act(GMFTA, create).await;
    }
    let publish = METHODS.iter().find(|method| method.name == "PublishPolicy").expect("it");
    world
        .wire
        .send_as(PROGRAM, &publish.path(), publish.example("p").encode_to_vec())
        .await
        .expect("published");
    engagement
}

#[tokio::test]
async fn every_list_shows_what_was_there_once_while_others_write() {
    let mut world = World::new().await;
    let engagement = furnished(&mut world).await;
    let written = watch::Sender::new(0);
    let mut seen = written.subscribe();
    let writer = tokio::spawn(write(world.client.clone(), engagement, written));
    for method in lists() {
        let before: BTreeSet<_> = walk(&world.wire, method, &[], 500).await.into_iter().collect();
        assert!(before.len() > 1, "{} has something to page over", method.path());
        let mut pages = Pages { method, question: question(method, &[]), more: true };
        let mut shown = Vec::new();
        // Some pages, however much the others have written by now.
        let size = i32::try_from(before.len() / 8 + 1).expect("a page");
        // Where the newest is last, the others may write faster than this reads: what was there is enough.
        while pages.more && shown.len() < 2 * before.len() {
            shown.extend(pages.next(&world.wire, size).await);
            seen.changed().await.expect("the others write between two pages");
        }
        let distinct: BTreeSet<_> = shown.iter().cloned().collect();
        assert_eq!(distinct.len(), shown.len(), "{} doubles nothing", method.path());
        let lost: Vec<_> = before.difference(&distinct).collect();
        assert!(lost.is_empty(), "{} loses {lost:?}", method.path());
    }
    drop(seen);
    writer.await.expect("the writer");
    world.end().await;
}

/// Opens cases, assigns engagements and begins tasks, for as long as anybody looks.
async fn write(client: getmodern::client::Client, engagement: String, written: watch::Sender<usize>) {
    for number in 0.. {
        let key = format!("writer-{number}");
        let tenant = format!("{key}.onmicrosoft.com");
        let open = OpenCaseRequest {
            request_id: key.clone(),
            customer: key.clone(),
            tenant: tenant.clone(),
            ..OpenCaseRequest::default()
        };
        let _: Case = client.call(GATEWAY, open).await.expect("opened");
        let assign = AssignEngagementRequest {
            request_id: key.clone(),
            customer: key.clone(),
            tenant: format!("assigned-{tenant}"),
            aim: "an aim".to_owned(),
            gmfta: "people/elsewhere".to_owned(),
            ..AssignEngagementRequest::default()
        };
        let _: proto::engagement::v1::Engagement = client.call(PROGRAM, assign).await.expect("assigned");
        let create = CreateTaskRequest {
            request_id: key.clone(),
            engagement: engagement.clone(),
            title: key.clone(),
            ..CreateTaskRequest::default()
        };
        let task: Task = client.call(GMFTA, create).await.expect("created");
        let start = about!(StartTaskRequest, task.name, request_id: format!("{key}-start"));
        let _: Task = client.call(GMFTA, start).await.expect("started");
        if written.send(number).is_err() {
            return;
        }
    }
}

/// A name of the kind that a filter of the method takes.
fn named(method: &Method, filter: &str) -> String {
    match filter {
        "tenant" => "contoso.example".to_owned(),
        "case" => format!("cases/{NOWHERE}"),
        "resource" if method.service == INTAKE => format!("cases/{NOWHERE}"),
        "engagement" | "led_to" | "resource" => format!("engagements/{NOWHERE}"),
        "template" => "get-modern-pilot".to_owned(),
        "kinds" => "WorkshopHeld".to_owned(),
        "method" => format!("{}/ListDuties", method.service),
        _ => "people/ada".to_owned(),
    }
}

#[tokio::test]
async fn every_filter_shows_what_matches_it_and_nothing_else_alone_and_together() {
    let mut world = World::new().await;
    let engagement = furnished(&mut world).await;
    let case = engagement.replace("engagements/", "cases/");
    let knows = |case: &Case| case.led_to.is_some();
    world.until("it knows where it led to", GetCaseRequest { name: case.clone() }, knows).await;
    let text = |text: &str| Value::String(text.to_owned());
    let task = world.task(&engagement, "get-modern-pilot", 0).await.name;
    let number = Value::EnumNumber;
    let cases = [
        ("tenant", text("contoso.onmicrosoft.com"), text("nobody.onmicrosoft.com")),
        ("state", number(case::State::Exited.into()), number(case::State::Referred.into())),
        ("verdict", number(1), number(2)),
        ("person", text("people/ats"), text("people/nobody")),
        ("led_to", text(&engagement), text(&format!("engagements/{NOWHERE}"))),
    ];
    let engagements = [
        ("tenant", text("contoso.onmicrosoft.com"), text("nobody.onmicrosoft.com")),
        ("stage", number(Stage::Introduction.into()), number(Stage::Standby.into())),
        ("method", number(WayIn::Reactive.into()), number(WayIn::Proactive.into())),
        ("person", text("people/ats"), text("people/nobody")),
        ("channel", number(delivery_channel::Kind::Css.into()), number(delivery_channel::Kind::Frp.into())),
        ("on_hold", Value::Bool(true), Value::Bool(false)),
        ("case", text(&case), text(&format!("cases/{NOWHERE}"))),
    ];
    let lists = METHODS.iter().find(|method| method.name == "ListEngagements").expect("a list");
    let before = walk(&world.wire, lists, &[("on_hold", Value::Bool(true))], 500).await;
    assert!(before.is_empty(), "{before:?}");
    on_hold(&mut world, &engagement).await;
    let tasks = [
        ("engagement", text(&engagement), text(&format!("engagements/{NOWHERE}"))),
        ("state", number(task::State::Open.into()), number(task::State::Completed.into())),
        ("assignee", text("people/gmfta"), text("people/fe")),
        ("template", text("get-modern-pilot"), text("get-modern-architect-reengagement")),
    ];
    let written = world.note(&engagement, note::Kind::EnterpriseNotes).await.name;
    let notes = [
        ("engagement", text(&engagement), text(&format!("engagements/{NOWHERE}"))),
        (
            "kind",
            number(note::Kind::EnterpriseNotes.into()),
            number(note::Kind::EnterpriseStatusNotes.into()),
        ),
        ("author", text("people/gmfta"), text("people/fe")),
    ];
    for (name, wanted, filters) in [
        ("ListCases", &case, &cases[..]),
        ("ListEngagements", &engagement, &engagements[..]),
        ("ListTasks", &task, &tasks[..]),
        ("ListNotes", &written, &notes[..]),
    ] {
        matching(&world, name, wanted, filters).await;
    }
    world.end().await;
}

async fn on_hold(world: &mut World, engagement: &str) {
    let found = world.engagement(engagement).await;
    let review_date = later(&found);
    let hold =
        about!(HoldEngagementRequest, engagement, cause: "a summer".to_owned(), review_date: review_date);
    let _: Engagement = world.act(GMFTA, hold).await;
}

/// `wanted` is shown for the good value of each filter and of all together, and not once one of them is the bad value; a filter that
/// is left out shows all.
async fn matching(world: &World, name: &str, wanted: &str, filters: &[(&str, Value, Value)]) {
    let method = METHODS.iter().find(|method| method.name == name).expect("a list");
    let all: BTreeSet<_> = method.input.fields().map(|field| field.name().to_owned()).collect();
    let tried: BTreeSet<_> = filters.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let pages = ["page_size", "page_token"].map(str::to_owned).into();
    assert_eq!(tried, all.difference(&pages).cloned().collect(), "every filter of {name}");
    let good: Vec<_> = filters.iter().map(|(name, good, _)| (*name, good.clone())).collect();
    let shows = |found: &[String]| found.iter().any(|item| item.contains(wanted));
    assert!(shows(&walk(&world.wire, method, &good, 500).await), "{name} {good:?}");
    for (at, (filter, value, bad)) in filters.iter().enumerate() {
        let alone = walk(&world.wire, method, &[(filter, value.clone())], 500).await;
        assert!(shows(&alone), "{name} {filter}");
        if *bad == Value::Bool(false) {
            continue;
        }
        let without = walk(&world.wire, method, &[(filter, bad.clone())], 500).await;
        assert!(!shows(&without), "{name} {filter}={bad:?}");
        let mut mixed = good.clone();
        mixed[at].1 = bad.clone();
        assert!(!shows(&walk(&world.wire, method, &mixed, 500).await), "{name} {mixed:?}");
    }
}

#[tokio::test]
async fn a_page_has_as_many_as_asked_for_fifty_by_default_and_never_over_five_hundred() {
    let mut world = World::new().await;
    let case = world.opened("contoso").await.name;
    for number in 0..520 {
        let items = vec![crate::story::item(proto::common::v1::data_item::Fact::DeviceCount(number))];
        let _: Case = world.act(GATEWAY, about!(RecordResearchRequest, case, items: items)).await;
    }
    let events = METHODS.iter().find(|method| method.name == "ListEvents").expect("it");
    for (asked, shown) in [(0, 50), (1, 1), (500, 500), (501, 500), (i32::MAX, 500)] {
        let question = question(events, &[("page_size", Value::I32(asked))]);
        let answer = page(&world.wire, events, &question).await.expect("a page");
        assert_eq!(items(&answer).len(), shown, "{asked} asked for");
    }
    for method in lists() {
        for asked in [-1, i32::MIN] {
            let question = question(method, &[("page_size", Value::I32(asked))]);
            let refused = page(&world.wire, method, &question).await.expect_err("refused");
            assert_eq!(told(&refused), [("page_size", "FIELD_MALFORMED")].map(owned), "{}", method.path());
        }
        for asked in [0, 1, 500, 501] {
            let question = question(method, &[("page_size", Value::I32(asked))]);
            assert!(page(&world.wire, method, &question).await.is_ok(), "{}", method.path());
        }
    }
    world.end().await;
}

/// The faults of a refused question: each field with its reason. A token alone gives the refusal its reason.
fn told(status: &Status) -> Vec<(String, String)> {
    let details = status.get_error_details();
    let faults = details.bad_request().into_iter().flat_map(|bad| &bad.field_violations);
    let why = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
    let told: Vec<_> = faults.map(|fault| (fault.field.clone(), why(&fault.description))).collect();
    let whole = match told.as_slice() {
        [(field, own)] if field.ends_with("_token") => own,
        _ => "INVALID_REQUEST",
    };
    assert_eq!((status.code(), &*reason(status)), (Code::InvalidArgument, whole));
    told
}

fn owned((field, reason): (&str, &str)) -> (String, String) {
    (field.to_owned(), reason.to_owned())
}

/// I-20: nobody asks twice to be told of a second fault.
#[tokio::test]
async fn a_question_with_many_faults_is_told_all_of_them_at_once_page_and_filters_alike() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let mut tried = 0;
    for method in lists() {
        let mut asked = question(method, &[("page_size", Value::I32(-1))]);
        asked.set_field_by_name("page_token", Value::String("none of ours".to_owned()));
        let mut expected = vec![("page_size", "FIELD_MALFORMED"), ("page_token", "PAGE_TOKEN_INVALID")];
        if method.has("after_revision") {
            asked.set_field_by_name("after_revision", Value::I64(-1));
            expected.push(("after_revision", "FIELD_MALFORMED"));
        }
        let filter = ["person", "resource", "tenant", "engagement"].into_iter().find(|name| method.has(name));
        if let Some(name) = filter {
            asked.set_field_by_name(name, Value::String("no name".to_owned()));
            expected.push((name, "FIELD_MALFORMED"));
            tried += 1;
        }
        let told: BTreeSet<_> =
            told(&page(&wire, method, &asked).await.expect_err("refused")).into_iter().collect();
        assert_eq!(told, expected.into_iter().map(owned).collect(), "{}", method.path());
    }
    assert!(tried > 10, "{tried} lists with filters");
    for service in [INTAKE, ENGAGEMENT, TASKS] {
        for start in [Start::ResumeToken("none of ours".to_owned()), Start::AfterRevision(-1)] {
            let (begins, resource) = (matches!(start, Start::AfterRevision(_)), "no name".to_owned());
            let request = WatchEventsRequest { start: Some(start), resource }.encode_to_vec();
            let answer = wire.send_as(LEADERSHIP, &format!("/{service}/WatchEvents"), request).await;
            let fields: BTreeSet<_> =
                told(&answer.expect_err("refused")).into_iter().map(|(field, _)| field).collect();
            let place = if begins { "after_revision" } else { "resume_token" };
            assert_eq!(fields, [place, "resource"].map(str::to_owned).into(), "{service}");
        }
    }
    product.stop().await;
}

#[tokio::test]
async fn a_token_answers_only_the_question_it_was_given_for() {
    let mut world = World::new().await;
    furnished(&mut world).await;
    let invalid = [("page_token", "PAGE_TOKEN_INVALID")].map(owned);
    let mut tokens = Vec::new();
    for method in lists() {
        let first = question(method, &[("page_size", Value::I32(1))]);
        let token = field(&page(&world.wire, method, &first).await.expect("a page"), "next_page_token");
        assert!(!token.is_empty(), "{} has another page", method.path());
        tokens.push((method, token));
    }
    for (method, token) in &tokens {
        let with = |token: &str| question(method, &[("page_token", Value::String(token.to_owned()))]);
        for filter in method.input.fields().filter(|field| !field.name().starts_with("page_")) {
            let mut other = with(token);
            let value = match filter.kind() {
                prost_reflect::Kind::String => Value::String(named(method, filter.name())),
                prost_reflect::Kind::Bool => Value::Bool(true),
                prost_reflect::Kind::Int64 => Value::I64(1),
                prost_reflect::Kind::Message(message) => Value::Message(DynamicMessage::new(message)),
                _ => Value::EnumNumber(1),
            };
            other.set_field(&filter, value);
            let refused = page(&world.wire, method, &other).await.expect_err("refused");
            assert_eq!(told(&refused), invalid, "{} {}", method.path(), filter.name());
        }
        let mut cut = token.clone();
        cut.pop();
        let garbage =
            ["x", "AAAA", "!!!!", "bnVsbA", "W10", &cut, &format!("{token}="), &token.to_lowercase()];
        for garbage in garbage.map(str::to_owned) {
            let refused = page(&world.wire, method, &with(&garbage)).await.expect_err("refused");
            assert_eq!(told(&refused), invalid, "{} {garbage}", method.path());
        }
        for (other, foreign) in tokens.iter().filter(|(other, _)| other.name != method.name) {
            let refused = page(&world.wire, method, &with(foreign)).await.expect_err("refused");
            assert_eq!(told(&refused), invalid, "{} takes no token of {}", method.path(), other.path());
        }
    }
    world.end().await;
}

#[tokio::test]
async fn what_was_written_is_in_the_next_list_a_hundred_times() {
    let mut world = World::new().await;
    let engagement = world.reactive("contoso").await;
    world.task(&engagement, "get-modern-pilot", 0).await;
    // Read over another connection than was written over.
    let reader = world.product.client();
    for number in 0..100 {
        let case = world.opened(&format!("customer-{number}")).await;
        let list = ListCasesRequest { page_size: 1, ..ListCasesRequest::default() };
        let found: ListCasesResponse = reader.call(LEADERSHIP, list).await.expect("a list");
        assert_eq!(found.cases, std::slice::from_ref(&case), "the newest is first");
        let note = world.note(&engagement, note::Kind::EnterpriseNotes).await;
        let list = ListNotesRequest { page_size: 1, ..ListNotesRequest::default() };
        let found: ListNotesResponse = reader.call(LEADERSHIP, list).await.expect("a list");
        assert_eq!(found.notes, [note]);
        if number % 2 == 0 {
            let why = "a duplicate".to_owned();
            let gone: Case = world.act(GATEWAY, about!(DisengageCaseRequest, case.name, cause: why)).await;
            let read: Case = reader.call(FM, GetCaseRequest { name: case.name }).await.expect("a case");
            assert_eq!(gone, read);
            let list = ListCasesRequest {
                state: case::State::Disengaged.into(),
                page_size: 1,
                ..ListCasesRequest::default()
            };
            let found: ListCasesResponse = reader.call(LEADERSHIP, list).await.expect("a list");
            assert_eq!(found.cases, [gone]);
        }
    }
    world.end().await;
}

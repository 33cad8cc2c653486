//! Every mutation is safe to repeat, and none overwrites what its caller has not seen (I-20).

use std::collections::BTreeSet;

use getmodern::client::Actor;
use prost::Message;
use prost_reflect::{DynamicMessage, Value};
use proto::{
    common::v1::data_item::Fact,
    intake::v1::{AskArchitectRequest, Case, OpenCaseRequest, RecordResearchRequest},
};
use tonic::Code;

use crate::{
    catalogue::{METHODS, Method, dynamic},
    story::{about, item, play::play},
    wire::refusal,
    world::{Done, ENGAGEMENT, GATEWAY, INTAKE, LEADERSHIP, TASKS, World},
};

/// The request with another etag: another body that is well formed too.
fn with_etag(done: &Done, etag: &str, key: Option<&str>) -> Vec<u8> {
    let mut request = dynamic(&done.request, &done.method.input);
    request.set_field_by_name("etag", Value::String(etag.to_owned()));
    if let Some(key) = key {
        request.set_field_by_name("request_id", Value::String(key.to_owned()));
    }
    request.encode_to_vec()
}

/// The same request that says something else.
fn other_body(done: &Done) -> Vec<u8> {
    if done.method.has("etag") {
        return with_etag(done, "\"7777\"", None);
    }
    let mut request = dynamic(&done.request, &done.method.input);
    let texts = ["title", "text", "description", "aim", "customer", "reason"];
    let field = texts.into_iter().find(|name| done.method.has(name)).expect("a text that can change");
    request.set_field_by_name(field, Value::String("something else".to_owned()));
    request.encode_to_vec()
}

#[tokio::test]
async fn every_mutation_gives_its_original_reply_again_even_when_all_has_moved_on() {
    let mut world = World::new().await;
    play(&mut world).await;
    world.erase_nobody().await;
    let called: BTreeSet<_> = world.done.iter().map(|done| done.method.path()).collect();
    let all: BTreeSet<_> =
        METHODS.iter().filter(|m| !m.reads()).map(crate::catalogue::Method::path).collect();
    assert_eq!(called, all, "every mutation takes part");
    let before = settled(&world).await;
    for done in &world.done {
        let path = done.method.path();
        let again = world.wire.send_as(done.who, &path, done.request.clone()).await;
        assert_eq!(again.expect("the original reply"), done.reply, "{path}");
        let other = refusal(world.wire.send_as(done.who, &path, other_body(done)).await);
        assert_eq!(other, (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()), "{path}");
    }
    assert_eq!(before, settled(&world).await, "repeating did nothing");
    world.end().await;
}

/// The journals' lengths once no follower has anything left to do: the same several times in a row.
async fn settled(world: &World) -> Vec<usize> {
    let (mut found, mut same) = (journals(world).await, 0);
    while same < 5 {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let now = journals(world).await;
        same = if now == found { same + 1 } else { 0 };
        found = now;
    }
    found
}

/// How many entries each service's journal has.
async fn journals(world: &World) -> Vec<usize> {
    let mut lengths = Vec::new();
    for service in [INTAKE, ENGAGEMENT, TASKS] {
        lengths.push(world.events(service, "").await.len());
    }
    lengths
}

#[tokio::test]
async fn every_mutation_of_what_has_changed_since_is_refused_and_of_what_has_not_is_carried_out() {
    let mut world = World::new().await;
    play(&mut world).await;
    let mut met = BTreeSet::new();
    for (number, done) in world.done.iter().filter(|done| is_guarded(done.method)).enumerate() {
        let path = done.method.path();
        let key = format!("stale-{number}");
        let stale = with_etag(done, "\"999\"", Some(&key));
        let found = refusal(world.wire.send_as(done.who, &path, stale.clone()).await);
        assert_eq!(found, (Code::Aborted, "ETAG_MISMATCH".to_owned()), "{path}");
        // With the right etag it comes to the playbook's own answer, whatever that is by now.
        let etag = current_etag(&world, done).await;
        let current = with_etag(done, &etag, Some(&key));
        let found = refusal(world.wire.send_as(done.who, &path, current).await);
        assert_ne!(found.0, Code::Aborted, "{path} {found:?}");
        assert_ne!(found.1, "REQUEST_ID_REUSED", "a refusal leaves no key behind: {path}");
        met.insert(path);
    }
    let all = METHODS.iter().filter(|method| is_guarded(method)).count();
    assert_eq!(met.len(), all);
    world.end().await;
}

/// It changes a resource, and only as its caller saw it.
fn is_guarded(method: &Method) -> bool {
    method.has("name") && method.has("etag")
}

async fn current_etag(world: &World, done: &Done) -> String {
    let collection = done.method.collection();
    let get = METHODS.iter().find(|m| m.name.starts_with("Get") && m.collection() == collection);
    let get = get.expect("what can change can be read");
    let mut question = DynamicMessage::new(get.input.clone());
    let name = crate::catalogue::field(&dynamic(&done.request, &done.method.input), "name");
    question.set_field_by_name("name", Value::String(name));
    let found =
        world.wire.send_as(LEADERSHIP, &get.path(), question.encode_to_vec()).await.expect("it is read");
    crate::catalogue::field(&dynamic(&found, &get.output), "etag")
}

#[tokio::test]
async fn a_repeated_call_gets_its_reply_whatever_its_etag_says_by_then() {
    let mut world = World::new().await;
    let case = world.opened("contoso").await;
    let name = case.name;
    let ask = about!(AskArchitectRequest, name, etag: case.etag.clone(), request_id: "once".to_owned());
    let asked: Case = world.act(GATEWAY, ask.clone()).await;
    assert_ne!(asked.etag, case.etag, "the etag moves");
    let again: Case = world.act(GATEWAY, ask).await;
    assert_eq!(asked, again);
    let items = vec![item(Fact::DeviceCount(9))];
    let late = about!(RecordResearchRequest, name, etag: case.etag, items: items);
    let status = world.refused(GATEWAY, late).await;
    assert_eq!((status.code(), crate::wire::reason(&status).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    world.end().await;
}

#[tokio::test]
async fn the_same_key_of_another_person_is_another_key_and_in_another_role_is_reused() {
    let world = World::new().await;
    let open = |tenant: &str| OpenCaseRequest {
        request_id: "key".to_owned(),
        customer: "Contoso".to_owned(),
        tenant: tenant.to_owned(),
        ..OpenCaseRequest::default()
    };
    let (ada, bob) = (manager("people/ada"), manager("people/bob"));
    let first: Case = world.client.call(ada, open("a.onmicrosoft.com")).await.expect("opened");
    let second: Case = world.client.call(bob, open("b.onmicrosoft.com")).await.expect("opened");
    assert_ne!(first.name, second.name);
    let again: Case = world.client.call(ada, open("a.onmicrosoft.com")).await.expect("the same");
    assert_eq!(first, again);
    let as_program = Actor { role: "PROGRAM_TEAM", ..ada };
    let reused = world.client.call::<_, Case>(as_program, open("a.onmicrosoft.com")).await;
    assert_eq!(refusal(reused), (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()));
    world.end().await;
}

fn manager(person: &'static str) -> Actor {
    Actor { person, role: "REENGAGEMENT_MANAGER" }
}

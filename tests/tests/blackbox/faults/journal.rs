//! Journals as a user reads them: complete, dense, and with nothing in them twice.

use std::collections::{BTreeMap, BTreeSet};

use getmodern::client::Client;
use prost_reflect::DescriptorPool;
use proto::common::v1::{Event, ListEventsRequest, ListEventsResponse};

use super::gateway::OPERATOR;

/// How often each (service, collection, event, rule) happened.
pub(crate) type Shape = BTreeMap<(String, String, String, String), usize>;

/// The services that have a method of this name, as they are called on the wire.
pub(crate) fn services_with(method: &str) -> Vec<String> {
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).expect("our own descriptors");
    let has = |service: &prost_reflect::ServiceDescriptor| service.methods().any(|m| m.name() == method);
    let ours = pool.services().filter(|service| service.full_name().starts_with("getmodern."));
    let found: Vec<_> = ours.filter(has).map(|service| service.full_name().to_owned()).collect();
    assert!(found.len() >= 3, "{method}: {found:?}");
    found
}

/// Everything that happened in `service`, by way of small pages.
pub(crate) async fn read(client: &Client, service: &str) -> Vec<Event> {
    let path = format!("/{service}/ListEvents");
    let mut request = ListEventsRequest { page_size: 100, ..ListEventsRequest::default() };
    let mut events = Vec::new();
    loop {
        let page = client.call_at(OPERATOR, &path, request.clone()).await;
        let page: ListEventsResponse = page.unwrap_or_else(|status| panic!("{path}: {status:?}"));
        events.extend(page.events);
        if page.next_page_token.is_empty() {
            return events;
        }
        request.page_token = page.next_page_token;
    }
}

/// The journals of all services.
pub(crate) async fn read_all(client: &Client) -> BTreeMap<String, Vec<Event>> {
    let mut all = BTreeMap::new();
    for service in services_with("ListEvents") {
        let events = read(client, &service).await;
        all.insert(service, events);
    }
    all
}

/// What happened, without when and to which.
pub(crate) fn shape(all: &BTreeMap<String, Vec<Event>>) -> Shape {
    let mut shape = Shape::new();
    for (service, events) in all {
        for event in events.iter().filter(|event| !is_aside(event)) {
            let collection = event.resource.split('/').next().unwrap_or_default().to_owned();
            let key = (service.clone(), collection, event.kind.clone(), event.rule.clone());
            *shape.entry(key).or_default() += 1;
        }
    }
    shape
}

/// It tells what a follower met with, such as an event that had to wait, and not what happened to a resource.
fn is_aside(event: &Event) -> bool {
    event.kind == "Intervened"
}

/// How many commits of a command there were: each has its own key, and a key only one commit.
pub(crate) fn commits(all: &BTreeMap<String, Vec<Event>>) -> usize {
    let keys = all.iter().flat_map(|(service, events)| {
        events.iter().filter(|event| !is_aside(event)).map(move |event| {
            let person = event.stamp.as_ref().map(|stamp| stamp.person.clone());
            (service, person, event.request_id.clone())
        })
    });
    keys.collect::<BTreeSet<_>>().len()
}

/// How many resources of a collection there are.
pub(crate) fn resources(all: &BTreeMap<String, Vec<Event>>, collection: &str) -> usize {
    let names = all.values().flatten().map(|event| event.resource.as_str());
    names.filter(|name| name.split('/').next() == Some(collection)).collect::<BTreeSet<_>>().len()
}

/// Revisions and versions have no gap, and no key stands for two changes of one resource.
pub(crate) fn check(all: &BTreeMap<String, Vec<Event>>) {
    for (service, events) in all {
        assert!(!events.is_empty(), "{service} has a journal");
        let mut versions: BTreeMap<&str, i64> = BTreeMap::new();
        let mut keys: BTreeMap<(&str, String, &str), i64> = BTreeMap::new();
        for (event, revision) in events.iter().zip(1..) {
            assert_eq!(event.revision, revision, "{service}: dense");
            let version = versions.entry(&event.resource).or_default();
            assert_eq!((event.version_before, event.version_after), (*version, *version + 1), "{event:?}");
            *version += 1;
            let person = event.stamp.as_ref().map(|stamp| stamp.person.clone()).unwrap_or_default();
            let key = (event.resource.as_str(), person, event.request_id.as_str());
            let last = keys.entry(key).or_insert(revision - 1);
            assert_eq!(*last, revision - 1, "{service}: one commit for one key: {event:?}");
            *last = revision;
        }
    }
}

//! Every field of every request that names a resource, asked about somebody else's and about none: the same answer, to
//! the last byte. The fields are read from the descriptors, and what they are answered with is in one file for people to
//! review; a new one has no row in it, and fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use expect_test::expect_file;
use getmodern::client::Actor;
use prost::Message;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, ReflectMessage, Value};
use proto::{
    engagement::v1::{ListEngagementsRequest, ListEngagementsResponse},
    intake::v1::{ListCasesRequest, ListCasesResponse},
    tasks::v1::{ListNotesRequest, ListNotesResponse, ListTasksRequest, ListTasksResponse},
};
use tonic::Code;

use super::{Named, Told, elsewhere, is_text, names, told};
use crate::{
    catalogue::{METHODS, Method, NOWHERE, ROLES, collection, comment},
    story::play::play,
    world::{GMFTA, ROSTER, STRANGER, World},
};

/// The roles that see some collections whole, and all who see everything; nobody else does.
fn sees_all(role: &str, collection: &str) -> bool {
    match role {
        "PROGRAM_TEAM" | "LEADERSHIP" | "OPERATOR" | "SERVICE" => true,
        "REENGAGEMENT_MANAGER" => collection == "cases",
        "GET_MODERN_SME" => collection == "engagements",
        role => {
            assert!(ROSTER.contains(&role) || role == "AUDITOR", "say what {role} sees");
            false
        }
    }
}

/// Who asks in a role, and is named nowhere.
fn stranger(role: &'static str) -> Actor {
    Actor { person: STRANGER, role }
}

/// One of each kind that the product keeps of customers, by its collection.
async fn examples(world: &World) -> BTreeMap<String, String> {
    let cases: ListCasesResponse = world.ask(ListCasesRequest::default()).await;
    let engagements: ListEngagementsResponse = world.ask(ListEngagementsRequest::default()).await;
    let tasks: ListTasksResponse = world.ask(ListTasksRequest::default()).await;
    let notes: ListNotesResponse = world.ask(ListNotesRequest::default()).await;
    let engaged = tasks.tasks.first().expect("a task").engagement.clone();
    assert!(engagements.engagements.iter().any(|engagement| engagement.name == engaged));
    let first =
        [cases.cases[0].name.clone(), engaged, tasks.tasks[0].name.clone(), notes.notes[0].name.clone()];
    first.into_iter().map(|name| (name.split('/').next().unwrap_or_default().to_owned(), name)).collect()
}

/// The requests of a method in which every field that names a resource names one that is nowhere; where a field may name
/// any, one for each collection.
fn requests(method: &Method, collections: &BTreeSet<String>) -> Vec<DynamicMessage> {
    let example = method.example("nobody's");
    if !method.has("resource") {
        return vec![example];
    }
    let of = |collection: &String| {
        let mut request = example.clone();
        request.set_field_by_name("resource", Value::String(format!("{collection}/{NOWHERE}")));
        request
    };
    collections.iter().map(of).collect()
}

/// The variants of what a request says beside the name, none of which may make a difference: an etag, a key that was used.
fn variants(request: &DynamicMessage, keys: &[String]) -> Vec<DynamicMessage> {
    let mut variants = vec![request.clone()];
    let with = |field: &str, text: &str| {
        let mut changed = request.clone();
        changed.set_field_by_name(field, Value::String(text.to_owned()));
        changed
    };
    let has = |field: &str| request.descriptor().get_field_by_name(field).is_some();
    if has("etag") {
        variants.extend(["1", "2", "x"].map(|etag| with("etag", etag)));
    }
    if has("request_id") {
        variants.extend(keys.iter().map(|key| with("request_id", key)));
    }
    variants
}

async fn asked(world: &World, who: Actor, method: &Method, request: &DynamicMessage) -> Told {
    told(world.wire.send_as(who, &method.path(), request.encode_to_vec()).await)
}

/// What every role that does not see it is told about somebody else's resource in one field; the same as about none.
async fn outcomes(
    world: &World,
    method: &Method,
    request: &DynamicMessage,
    named: &Named,
    real: &str,
) -> BTreeMap<String, Vec<&'static str>> {
    let collection = real.split('/').next().unwrap_or_default();
    let keys: Vec<_> = used_keys(world, real);
    let mut found: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for role in ROLES.iter().filter(|role| method.roles.contains(role) && !sees_all(role, collection)) {
        let who = stranger(role.as_str());
        for variant in variants(request, &keys) {
            let theirs = asked(world, who, method, &named.with(&variant, real)).await;
            let none = asked(world, who, method, &elsewhere(&variant)).await;
            assert_eq!(theirs, none, "{role} {} {} {real}", method.path(), named.path());
            let roles =
                found.entry(format!("{:?} {}", theirs.code, theirs.reason).trim().to_owned()).or_default();
            if roles.last() != Some(&role.as_str()) {
                roles.push(role.as_str());
            }
        }
    }
    found
}

/// Keys that somebody else used for what they did to a resource.
fn used_keys(world: &World, real: &str) -> Vec<String> {
    let about = |done: &&crate::world::Done| {
        let request = crate::catalogue::dynamic(&done.request, &done.method.input);
        names(&request).iter().any(|named| named.name == real)
    };
    let key = |done: &crate::world::Done| {
        let request = crate::catalogue::dynamic(&done.request, &done.method.input);
        crate::catalogue::field(&request, "request_id")
    };
    world.done.iter().filter(about).take(2).map(key).collect()
}

/// The snapshot is for people to read and agree to; run with `UPDATE_EXPECT=1` to renew it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_field_names_is_refused_to_those_who_do_not_see_it_as_if_it_did_not_exist() {
    let mut world = World::new().await;
    play(&mut world).await;
    let real = examples(&world).await;
    let collections: BTreeSet<_> = real.keys().cloned().collect();
    let (mut table, mut hidden) = (String::new(), 0);
    for method in METHODS.iter() {
        let mut rows = BTreeSet::new();
        for request in requests(method, &collections) {
            for named in names(&request) {
                let (collection, _) = named.name.split_once('/').expect("a name");
                // What is nobody's is everybody's to see.
                let Some(real) = real.get(collection) else { continue };
                for (outcome, roles) in outcomes(&world, method, &request, &named, real).await {
                    hidden += roles.len();
                    rows.insert(format!(
                        "  {:<12} {collection:<12} {outcome:<42} {}",
                        named.path(),
                        roles.join(" ")
                    ));
                }
            }
        }
        let service = method.service.rsplit('.').next().unwrap_or_default();
        if !rows.is_empty() {
            let _ = writeln!(
                table,
                "{service}/{}\n{}",
                method.name,
                rows.into_iter().collect::<Vec<_>>().join("\n")
            );
        }
    }
    assert!(hidden > 200, "{hidden}");
    expect_file!["fields.txt"].assert_eq(&table);
    for method in METHODS.iter().filter(|method| method.name.starts_with("Get") && method.has("name")) {
        let Some(real) = method.collection().and_then(|collection| real.get(&collection).cloned()) else {
            continue;
        };
        let mut request = method.example("");
        request.set_field_by_name("name", Value::String(real));
        assert_eq!(asked(&world, GMFTA, method, &request).await.code, Code::Ok, "{}", method.path());
    }
    world.end().await;
}

/// The fields of `message` that name a resource by what their comments say, however deep.
fn commented(message: &MessageDescriptor, way: &str, depth: usize, found: &mut BTreeSet<String>) {
    for field in message.fields() {
        let path = format!("{way}.{}{}", field.name(), if field.is_list() { "[]" } else { "" });
        if is_text(&field)
            && (collection(&comment(&field)).is_some() || ["resource", "engagement"].contains(&field.name()))
        {
            found.insert(path.clone());
        }
        if let Kind::Message(inner) = field.kind()
            && depth < 8
        {
            commented(&inner, &path, depth + 1, found);
        }
    }
}

#[test]
fn no_field_that_names_a_resource_is_left_out() {
    let collections: BTreeSet<_> = ["cases", "engagements", "tasks", "notes"].map(str::to_owned).into();
    let mut count = 0;
    for method in METHODS.iter() {
        let mut declared = BTreeSet::new();
        commented(&method.input, "", 0, &mut declared);
        let requests = requests(method, &collections);
        let asked: BTreeSet<_> =
            requests.iter().flat_map(names).map(|named| format!(".{}", named.path())).collect();
        assert_eq!(asked, declared, "{}", method.path());
        count += asked.len();
    }
    assert!(count > 60, "{count}");
}

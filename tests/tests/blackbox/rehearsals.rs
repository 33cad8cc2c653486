//! `validate_only`: every mutation tells what it would do, and does nothing (AIP-163).

use std::collections::BTreeSet;

use getmodern::client::Actor;
use prost::Message;
use prost_reflect::{DynamicMessage, Kind, ReflectMessage, Value};
use proto::{
    common::v1::{Duty, Event, ListDutiesRequest},
    intake::v1::{Case, OpenCaseRequest},
};
use tonic::{Code, Status};

use crate::{
    catalogue::{METHODS, Method, dynamic, field},
    story::{about, play::play},
    wire::{reason, refusal},
    world::{Done, GATEWAY, LEADERSHIP, World},
};

/// How often a call is rehearsed anew because a follower has changed its resource meanwhile.
const TRIES: usize = 50;
/// The number that the field has in every request.
const NUMBER: u32 = 15;

/// Everything that a call could leave behind.
#[derive(Debug, PartialEq)]
struct Kept {
    resource: Option<DynamicMessage>,
    duties: Vec<Duty>,
    /// The events of people in its service; a service does things of its own meanwhile.
    events: Vec<Event>,
}

impl World {
    /// Carries out a call after asking twice what it would do: with another key, which is never used, and with its own. The call as
    /// it was carried out, and its reply.
    pub(crate) async fn rehearsed(
        &mut self,
        who: Actor,
        method: &Method,
        request: Vec<u8>,
    ) -> (Vec<u8>, Result<Vec<u8>, Status>) {
        let request = dynamic(&request, &method.input);
        for _ in 0..TRIES {
            let before = self.kept(method, &request).await;
            let other = with(&request, "request_id", Value::String(self.key()));
            let mut told = Vec::new();
            for asked in [&other, &request].map(|asked| with(asked, "validate_only", Value::Bool(true))) {
                let answer = self.wire.send_as(who, &method.path(), asked.encode_to_vec()).await;
                told = answer.unwrap_or_else(|status| panic!("{} {asked:?}: {status:?}", method.path()));
                assert_as_it_is(method, before.resource.as_ref(), &dynamic(&told, &method.output));
            }
            if self.kept(method, &request).await != before {
                continue;
            }
            let etag = before.resource.as_ref().map(|resource| field(resource, "etag"));
            let earnest = etag.map_or(request.clone(), |etag| with(&request, "etag", Value::String(etag)));
            let done = self.wire.send_as(who, &method.path(), earnest.encode_to_vec()).await;
            if done.as_ref().is_err_and(|status| reason(status) == "ETAG_MISMATCH") {
                continue;
            }
            if let Ok(done) = &done {
                let [told, done] = [&told, done].map(|reply| lasting(method, reply));
                assert_eq!(told, done, "{}", method.path());
            }
            return (earnest.encode_to_vec(), done);
        }
        panic!("{} changes something each time it is only asked what it would do", method.path())
    }

    async fn kept(&self, method: &Method, request: &DynamicMessage) -> Kept {
        let mut events = self.events(&method.service, "").await;
        assert!(events.len() < 500, "they fit on one page");
        events.retain(|event| event.stamp.as_ref().is_some_and(|stamp| stamp.person.starts_with("people/")));
        let Some(collection) = method.collection() else {
            return Kept { resource: None, duties: Vec::new(), events };
        };
        let name = field(request, "name");
        let get = METHODS
            .iter()
            .find(|get| get.name.starts_with("Get") && get.collection().as_ref() == Some(&collection));
        let get = get.expect("what can change can be read");
        let question = with(&DynamicMessage::new(get.input.clone()), "name", Value::String(name.clone()));
        let found = self.wire.send_as(LEADERSHIP, &get.path(), question.encode_to_vec()).await;
        let resource = Some(dynamic(&found.expect("it is read"), &get.output));
        let question = ListDutiesRequest { resource: name, ..ListDutiesRequest::default() };
        Kept { resource, duties: self.duties(&method.service, question).await, events }
    }
}

fn with(message: &DynamicMessage, field: &str, value: Value) -> DynamicMessage {
    let mut message = message.clone();
    message.set_field_by_name(field, value);
    message
}

/// The reply says of which version the resource is; of what is not there yet it says neither name nor version nor times.
fn assert_as_it_is(method: &Method, before: Option<&DynamicMessage>, told: &DynamicMessage) {
    let fields = ["name", "etag", "create_time", "update_time"];
    let Some(before) = before else {
        for name in fields.iter().filter(|name| told.descriptor().get_field_by_name(name).is_some()) {
            assert!(!told.has_field_by_name(name), "{} gives a {name}: {told:?}", method.path());
        }
        return;
    };
    let told = resource(told, before.descriptor().full_name()).expect("the reply has the resource");
    for name in fields {
        assert_eq!(told.get_field_by_name(name), before.get_field_by_name(name), "{} {name}", method.path());
    }
}

/// The resource in a reply, or the reply itself.
fn resource(reply: &DynamicMessage, full_name: &str) -> Option<DynamicMessage> {
    if reply.descriptor().full_name() == full_name {
        return Some(reply.clone());
    }
    reply.fields().find_map(|(_, value)| resource(value.as_message()?, full_name))
}

/// A reply without what is given when the call is carried out.
fn lasting(method: &Method, reply: &[u8]) -> DynamicMessage {
    let mut reply = timeless(dynamic(reply, &method.output));
    if method.collection().is_none() {
        reply.clear_field_by_name("name");
    }
    reply
}

/// A message without what is of the moment: etags and times.
fn timeless(mut message: DynamicMessage) -> DynamicMessage {
    for field in message.descriptor().fields() {
        let is_time =
            matches!(field.kind(), Kind::Message(kind) if kind.full_name() == "google.protobuf.Timestamp");
        if is_time || field.name() == "etag" {
            message.clear_field(&field);
        }
    }
    for (_, value) in message.fields_mut() {
        without_times(value);
    }
    message
}

fn without_times(value: &mut Value) {
    match value {
        Value::Message(message) => *message = timeless(message.clone()),
        Value::List(values) => values.iter_mut().for_each(without_times),
        Value::Map(values) => values.values_mut().for_each(without_times),
        _ => {}
    }
}

#[test]
fn every_mutation_can_be_asked_what_it_would_do_and_no_other_method_can() {
    for method in METHODS.iter() {
        let field = method.input.get_field_by_name("validate_only");
        let number = field.filter(|field| field.kind() == Kind::Bool).map(|field| field.number());
        assert_eq!(number, (!method.reads()).then_some(NUMBER), "{}", method.path());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_only_asks_what_it_would_do_is_told_just_that_and_leaves_nothing_behind() {
    let mut world = World::new().await;
    world.rehearses = true;
    play(&mut world).await;
    world.erase_nobody().await;
    let called: BTreeSet<_> = world.done.iter().map(|done| done.method.path()).collect();
    let all: BTreeSet<_> = METHODS.iter().filter(|method| !method.reads()).map(Method::path).collect();
    assert_eq!(called, all, "every mutation takes part");
    let refused = refused_alike(&mut world).await;
    assert_eq!(refused, all, "each was refused the same");
    let done = std::mem::take(&mut world.done);
    let state = world.product.leave().await;
    for service in ["intake", "engagement", "tasks"] {
        let of = |done: &&Done| done.method.service.contains(&format!(".{service}."));
        let count = done.iter().filter(of).count();
        let keys = "SELECT CAST(count(*) AS TEXT) FROM request WHERE person LIKE 'people/%'";
        assert_eq!(state.ask(service, keys), [count.to_string()], "{service} keeps what was carried out");
        let asked = "SELECT CAST(count(DISTINCT person || request_id) AS TEXT) FROM journal WHERE person LIKE 'people/%'";
        let told: usize = state.ask(service, asked)[0].parse().expect("a number");
        assert!(told <= count, "{service} did {told} things of {count}");
    }
}

/// Makes the same calls once more with faults, only asked and in earnest, and compares the refusals; the methods that refused.
async fn refused_alike(world: &mut World) -> BTreeSet<String> {
    let mut met = BTreeSet::new();
    for done in world.done.clone() {
        let whole = dynamic(&done.request, &done.method.input);
        let empty = DynamicMessage::new(done.method.input.clone());
        let mut tries =
            vec![(done.who, empty), (Actor { person: "people/nobody", ..done.who }, whole.clone())];
        if done.method.has("name") {
            tries.push((done.who, with(&whole, "etag", Value::String("\"999\"".to_owned()))));
            tries.push((done.who, with(&whole, "etag", Value::String(String::new()))));
        }
        for (who, request) in tries {
            let request = with(&request, "request_id", Value::String(world.key()));
            let asked = with(&request, "validate_only", Value::Bool(true)).encode_to_vec();
            let path = done.method.path();
            // The calls that would be carried out were compared above.
            let Err(told) = world.wire.send_as(who, &path, asked).await else { continue };
            let answer = world.wire.send_as(who, &path, request.encode_to_vec()).await;
            let status = answer.expect_err(&path);
            let all =
                |status: &Status| (status.code(), status.message().to_owned(), status.details().to_vec());
            assert_eq!(all(&told), all(&status), "{path}");
            met.insert(path);
        }
    }
    met
}

#[tokio::test]
async fn what_only_the_database_would_notice_is_told_too_and_a_used_key_answers_as_always() {
    let mut world = World::new().await;
    let open = OpenCaseRequest { request_id: "once".to_owned(), ..World::opening("contoso") };
    let ask = OpenCaseRequest { validate_only: true, ..open.clone() };
    let asked: Case = world.client.call(GATEWAY, ask.clone()).await.expect("it would be opened");
    assert_eq!((asked.name.as_str(), asked.etag.as_str(), asked.create_time), ("", "", None));
    let opened: Case = world.act(GATEWAY, open.clone()).await;
    // One live case of a tenant, which is known once it is written.
    let second = OpenCaseRequest { request_id: "twice".to_owned(), ..open.clone() };
    let told = refused(&world, OpenCaseRequest { validate_only: true, ..second.clone() }).await;
    let real = refused(&world, second).await;
    assert_eq!((told.code(), reason(&told).as_str()), (Code::AlreadyExists, "CASE_ALREADY_OPEN"));
    assert_eq!((told.message(), told.details()), (real.message(), real.details()));
    assert!(told.message().contains(&opened.name), "{told:?}");
    // A carried-out call gets its reply again in either way; its key is used for anything else.
    let again: Case = world.client.call(GATEWAY, ask.clone()).await.expect("the original reply");
    assert_eq!(again, opened);
    let other = OpenCaseRequest { customer: "Fabrikam".to_owned(), ..ask };
    let other = refusal(world.client.call::<_, Case>(GATEWAY, other).await);
    assert_eq!(other, (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()));
    world.end().await;
}

async fn refused(world: &World, open: OpenCaseRequest) -> Status {
    world.client.call::<_, Case>(GATEWAY, open).await.expect_err("there is one already")
}

#[tokio::test]
async fn what_would_be_erased_is_told_and_stays() {
    use proto::{
        common::v1::{ErasePersonalDataRequest, ErasePersonalDataResponse},
        intake::v1::{AskArchitectRequest, GetCaseRequest},
    };

    use crate::{hostile::OPERATOR, world::INTAKE};

    let mut world = World::new().await;
    let Case { name, .. } = world.opened("contoso").await;
    let question = "ask Grace Hopper first".to_owned();
    let _: Case = world.act(GATEWAY, about!(AskArchitectRequest, name, question: question)).await;
    let erase = ErasePersonalDataRequest {
        request_id: "erase".to_owned(),
        resource: name.clone(),
        texts: vec!["Grace Hopper".to_owned()],
        reason: "asked by letter".to_owned(),
        validate_only: true,
    };
    let path = format!("/{INTAKE}/ErasePersonalData");
    let before: Case = world.ask(GetCaseRequest { name: name.clone() }).await;
    let asked: ErasePersonalDataResponse =
        world.client.call_at(OPERATOR, &path, erase.clone()).await.expect("it would be erased");
    assert!(asked.erased_texts > 0 && asked.not_found.is_empty(), "{asked:?}");
    let still: Case = world.ask(GetCaseRequest { name: name.clone() }).await;
    assert_eq!(before, still);
    let earnest = ErasePersonalDataRequest { validate_only: false, ..erase };
    let done: ErasePersonalDataResponse =
        world.client.call_at(OPERATOR, &path, earnest).await.expect("it is erased");
    assert_eq!(asked, done);
    let after: Case = world.ask(GetCaseRequest { name }).await;
    assert!(!format!("{after:?}").contains("Hopper"), "{after:?}");
    world.end().await;
}

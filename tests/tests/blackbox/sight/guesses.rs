//! Who sees nothing finds nothing out by tokens that they make up: a right guess at what is hidden is answered as a wrong one is, to
//! the last byte, by every call that takes a token. So is one of another database, of an older release, and one that was changed.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use getmodern::client::Actor;
use prost::Message;
use prost_reflect::Value;
use proto::common::v1::{Event, ListEventsRequest, ListEventsResponse, WatchEventsResponse};
use serde_json::{Value as Json, json};
use tests::Product;
use tonic::Code;

use super::{Told, tokens::resumed, told};
use crate::{
    catalogue::{METHODS, Method, POOL, dynamic, field},
    lists::furnished,
    story::play::play,
    wire::Wire,
    world::{ENGAGEMENT, GMFTA, INTAKE, LEADERSHIP, STRANGER, TASKS, World},
};

const NOBODY: Actor = Actor { person: STRANGER, role: "FM" };

#[test]
fn every_token_there_is_is_one_that_these_tests_know() {
    let mut tokens = BTreeMap::<String, BTreeSet<String>>::new();
    for field in POOL.all_messages().flat_map(|message| message.fields().collect::<Vec<_>>()) {
        if field.parent_message().full_name().starts_with("getmodern") && field.name().contains("token") {
            let of = tokens.entry(field.name().to_owned()).or_default();
            of.insert(field.parent_message().name().to_owned());
        }
    }
    let pages = |what: &str| {
        let paged = METHODS.iter().filter(|method| method.has("page_token"));
        paged.map(|method| format!("{}{what}", method.name)).collect::<BTreeSet<_>>()
    };
    assert_eq!(tokens.remove("page_token"), Some(pages("Request")));
    assert_eq!(tokens.remove("next_page_token"), Some(pages("Response")));
    let places = ["Event", "ListEventsResponse", "WatchEventsRequest", "WatchEventsResponse"];
    assert_eq!(tokens.remove("resume_token"), Some(places.map(str::to_owned).into()));
    assert!(tokens.is_empty(), "{tokens:?}");
}

/// The first bytes of a digest, as releases before wrote marks and questions.
fn short(text: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&digest(&SHA256, text).as_ref()[..12])
}

/// A place as releases before gave it, which anybody could make up.
pub(crate) fn old_place(event: &Event) -> String {
    let stamp = event.stamp.as_ref().expect("a stamp");
    let role = stamp.role().as_str_name().trim_start_matches("ROLE_").to_owned();
    let time = stamp.time.expect("a time");
    let time = time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000;
    let texts = [&event.resource, &event.kind, &stamp.person, &role, &event.request_id];
    let whole = json!([texts, [time, event.version_before, event.version_after]]);
    format!("{}.{}", event.revision, short(whole.to_string().as_bytes()))
}

/// A page token as releases before gave it for this key.
fn old_page(who: Actor, method: &Method, key: &Json) -> String {
    let question = dynamic(&[], &method.input).encode_to_vec();
    let name = method.input.full_name().as_bytes();
    let asked = [format!("{} {} ", who.person, who.role).as_bytes(), name, &question].concat();
    BASE64_URL_SAFE_NO_PAD.encode(json!([short(&asked), key]).to_string())
}

fn page(method: &Method, token: &str) -> Vec<u8> {
    let mut request = dynamic(&[], &method.input);
    request.set_field_by_name("page_token", Value::String(token.to_owned()));
    request.encode_to_vec()
}

/// What somebody is told about a token, by a list and where a watch resumes.
async fn answers(wire: &Wire, who: Actor, method: &Method, token: &str) -> Told {
    let request = if method.has("page_token") { page(method, token) } else { resumed(token) };
    told(wire.send_as(who, &method.path(), request).await)
}

/// Every method that takes a token.
fn takers() -> impl Iterator<Item = &'static Method> {
    METHODS.iter().filter(|method| method.has("page_token") || method.has("resume_token"))
}

/// Refuses as it refuses what was never a token.
fn is_invalid(told: &Told, method: &Method) -> bool {
    let reason = if method.has("page_token") { "PAGE_TOKEN_INVALID" } else { "RESUME_TOKEN_INVALID" };
    (told.code, &*told.reason) == (Code::InvalidArgument, reason)
}

#[tokio::test]
async fn a_right_guess_at_a_hidden_event_is_answered_as_a_wrong_one_is() {
    let mut world = World::new().await;
    play(&mut world).await;
    let mut tried = 0;
    for service in [INTAKE, ENGAGEMENT, TASKS] {
        let events = world.events(service, "").await;
        for method in takers().filter(|method| method.service == service) {
            for who in [NOBODY, LEADERSHIP] {
                let none = answers(&world.wire, who, method, "none").await;
                if none.code == Code::PermissionDenied {
                    continue;
                }
                assert!(is_invalid(&none, method), "{} {none:?}", method.path());
                for event in events.iter().step_by(7) {
                    let right = old_place(event);
                    let wrong =
                        old_place(&Event { resource: format!("{}x", event.resource), ..event.clone() });
                    assert_ne!(right, wrong);
                    for guess in [right, wrong, format!("{}.", event.revision), event.resume_token.clone()] {
                        let tokens = [guess.clone(), old_page(who, method, &json!(guess))];
                        for token in tokens
                            .iter()
                            .filter(|token| who.person == NOBODY.person || **token != event.resume_token)
                        {
                            assert_eq!(
                                answers(&world.wire, who, method, token).await,
                                none,
                                "{} {token}",
                                method.path()
                            );
                            tried += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(tried > 500, "{tried}");
    world.end().await;
}

#[tokio::test]
async fn a_key_that_a_list_would_go_on_by_is_no_token() {
    let mut world = World::new().await;
    furnished(&mut world).await;
    let newest = "9999-12-30T00:00:00Z";
    let keys = [
        json!([newest, "ffffffff-ffff-7fff-bfff-ffffffffffff"]),
        json!(["0001-01-01T00:00:00Z", ""]),
        json!("1."),
    ];
    for method in takers().filter(|method| method.has("page_token")) {
        for key in &keys {
            let found = answers(&world.wire, LEADERSHIP, method, &old_page(LEADERSHIP, method, key)).await;
            assert!(
                is_invalid(&found, method) || found.code == Code::PermissionDenied,
                "{} {found:?}",
                method.path()
            );
        }
    }
    world.end().await;
}

/// A token of each method that takes one, for who may be given it.
async fn given(wire: &Wire) -> Vec<(&'static Method, String)> {
    let mut given = Vec::new();
    for method in takers() {
        let mut request = dynamic(&[], &method.input);
        if method.has("page_token") {
            request.set_field_by_name("page_size", Value::I32(1));
        }
        let who = holder(method);
        let answer = wire.send_as(who, &method.path(), request.encode_to_vec()).await.expect("an answer");
        let told = if method.has("page_token") { "next_page_token" } else { "resume_token" };
        let token = field(&dynamic(&answer, &method.output), told);
        assert!(!token.is_empty(), "{}", method.path());
        given.push((method, token));
    }
    given
}

/// Who may ask.
fn holder(method: &Method) -> Actor {
    if method.roles.iter().any(|role| role == LEADERSHIP.role) {
        return LEADERSHIP;
    }
    Actor { person: "people/auditor", role: "AUDITOR" }
}

/// Characters that a token may have.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The same token with one bit of it flipped.
fn flipped(token: &str, at: usize, bit: usize) -> String {
    let mut bytes = token.as_bytes().to_vec();
    let value = ALPHABET.iter().position(|character| *character == bytes[at]).expect("of the alphabet");
    bytes[at] = ALPHABET[value ^ (1 << bit)];
    String::from_utf8(bytes).expect("ASCII")
}

#[tokio::test]
async fn a_token_that_was_changed_anywhere_or_is_of_another_database_is_as_good_as_none() {
    let mut world = World::new().await;
    furnished(&mut world).await;
    let mut other = World::new().await;
    furnished(&mut other).await;
    let theirs = given(&other.wire).await;
    for ((method, token), (_, theirs)) in given(&world.wire).await.into_iter().zip(theirs) {
        let who = holder(method);
        assert_eq!(answers(&world.wire, who, method, &token).await.code, Code::Ok, "{}", method.path());
        let none = answers(&world.wire, who, method, "none").await;
        assert!(is_invalid(&none, method), "{} {none:?}", method.path());
        assert_eq!(answers(&world.wire, who, method, &theirs).await, none, "{}", method.path());
        for at in 0..token.len() {
            let changed = flipped(&token, at, at % 6);
            assert_eq!(answers(&world.wire, who, method, &changed).await, none, "{} {at}", method.path());
        }
        for changed in [
            format!("{token}A"),
            format!("{token}AAAA"),
            token[4..].to_owned(),
            token[..token.len() - 4].to_owned(),
        ] {
            assert_eq!(
                answers(&world.wire, who, method, &changed).await,
                none,
                "{} {changed}",
                method.path()
            );
        }
    }
    other.end().await;
    world.end().await;
}

#[tokio::test]
async fn tokens_of_one_kind_are_none_of_the_other_and_good_after_a_restart() {
    let mut world = World::new().await;
    furnished(&mut world).await;
    let given = given(&world.wire).await;
    let crossed = |watch: &Method, list: &Method| watch.service == list.service && list.name == "ListEvents";
    for (watch, place) in given.iter().filter(|(method, _)| method.has("resume_token")) {
        for (list, page) in given.iter().filter(|(method, _)| crossed(watch, method)) {
            assert!(
                is_invalid(&answers(&world.wire, LEADERSHIP, watch, page).await, watch),
                "{}",
                watch.path()
            );
            assert!(
                is_invalid(&answers(&world.wire, LEADERSHIP, list, place).await, list),
                "{}",
                list.path()
            );
        }
    }
    let state = world.product.leave().await;
    let product = Product::on(state, getmodern::services()).await;
    let wire = Wire::to(&product);
    for (method, token) in given {
        let found = answers(&wire, holder(method), method, &token).await;
        assert_eq!(found.code, Code::Ok, "{} {found:?}", method.path());
    }
    product.stop().await;
}

/// Who left a roster goes on where they were: of what they see no more, nothing is compared.
#[tokio::test]
async fn a_place_that_is_seen_no_more_is_gone_on_from_by_its_number() {
    let mut world = World::new().await;
    play(&mut world).await;
    let watch = format!("/{ENGAGEMENT}/WatchEvents");
    let (list, question) = (format!("/{ENGAGEMENT}/ListEvents"), ListEventsRequest::default());
    let seen: ListEventsResponse =
        world.client.call_at(GMFTA, &list, question.clone()).await.expect("events");
    let event = seen.events.first().expect("an event");
    world.product.state().execute("engagement", "DELETE FROM viewer WHERE person = 'people/gmfta'");
    let seen: ListEventsResponse = world.client.call_at(GMFTA, &list, question).await.expect("events");
    assert_eq!(seen.events, []);
    let on = world.wire.send_as(GMFTA, &watch, resumed(&event.resume_token)).await.expect("a watch");
    let on = WatchEventsResponse::decode(on.as_slice()).expect("it reads");
    assert_eq!((on.revision, on.events), (event.revision, vec![]));
    world.end().await;
}

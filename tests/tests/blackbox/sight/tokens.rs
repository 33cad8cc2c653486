//! Tokens are good for who was given them, in the same role: what others were given shows nothing of theirs.

use getmodern::client::Actor;
use prost::Message;
use prost_reflect::Value;
use proto::common::v1::{
    Event, ListEventsRequest, ListEventsResponse, WatchEventsRequest, WatchEventsResponse,
    watch_events_request::Start,
};
use tonic::Code;

use super::told;
use crate::{
    catalogue::{METHODS, Method, dynamic, field},
    story::play::play,
    world::{ENGAGEMENT, FM, GMFTA, INTAKE, LEADERSHIP, STRANGER, TASKS, World},
};

const NOBODY: Actor = Actor { person: STRANGER, role: "GMFTA" };

fn page(method: &Method, token: &str) -> Vec<u8> {
    let mut request = dynamic(&[], &method.input);
    request.set_field_by_name("page_size", Value::I32(1));
    request.set_field_by_name("page_token", Value::String(token.to_owned()));
    request.encode_to_vec()
}

#[tokio::test]
async fn the_token_of_a_page_is_good_for_nobody_else_and_in_no_other_role() {
    let mut world = World::new().await;
    play(&mut world).await;
    let mut tried = 0;
    for method in METHODS.iter().filter(|method| method.has("page_token")) {
        for owner in [GMFTA, LEADERSHIP] {
            let first = world.wire.send_as(owner, &method.path(), page(method, "")).await;
            let Ok(first) = first else { continue };
            let token = field(&dynamic(&first, &method.output), "next_page_token");
            if token.is_empty() {
                continue;
            }
            let own = world.wire.send_as(owner, &method.path(), page(method, &token)).await;
            assert!(own.is_ok(), "{} {own:?}", method.path());
            let other = Actor { person: "people/other", role: owner.role };
            for who in [other, FM, Actor { person: owner.person, role: "OPERATOR" }] {
                let theirs = told(world.wire.send_as(who, &method.path(), page(method, &token)).await);
                let none = told(world.wire.send_as(who, &method.path(), page(method, "none")).await);
                assert_eq!(theirs, none, "{who:?} {}", method.path());
                assert_eq!((theirs.code, &*theirs.reason), (Code::InvalidArgument, "PAGE_TOKEN_INVALID"));
                tried += 1;
            }
        }
    }
    assert!(tried >= 40, "{tried}");
    world.end().await;
}

/// Asks for what happened after the place of a token.
pub(super) fn resumed(token: &str) -> Vec<u8> {
    let start = Some(Start::ResumeToken(token.to_owned()));
    WatchEventsRequest { start, ..WatchEventsRequest::default() }.encode_to_vec()
}

#[tokio::test]
async fn the_token_of_a_place_is_good_for_nobody_else_and_in_no_other_role() {
    let mut world = World::new().await;
    play(&mut world).await;
    let mut tried = 0;
    for service in [INTAKE, ENGAGEMENT, TASKS] {
        let watch = format!("/{service}/WatchEvents");
        for place in world.events(service, "").await.iter().step_by(5) {
            let own = world.wire.send_as(LEADERSHIP, &watch, resumed(&place.resume_token)).await;
            assert!(own.is_ok(), "{service} {own:?}");
            let other = Actor { person: "people/other", role: LEADERSHIP.role };
            for who in [NOBODY, other, Actor { role: "OPERATOR", ..LEADERSHIP }] {
                let theirs = told(world.wire.send_as(who, &watch, resumed(&place.resume_token)).await);
                let none = told(world.wire.send_as(who, &watch, resumed("none")).await);
                assert_eq!(theirs, none, "{who:?} {service}");
                assert_eq!((theirs.code, &*theirs.reason), (Code::InvalidArgument, "RESUME_TOKEN_INVALID"));
                tried += 1;
            }
        }
    }
    assert!(tried >= 20, "{tried}");
    world.end().await;
}

#[tokio::test]
async fn whoever_reads_on_after_any_revision_sees_nothing_of_others() {
    let mut world = World::new().await;
    play(&mut world).await;
    for service in [INTAKE, ENGAGEMENT, TASKS] {
        let places: Vec<Event> = world.events(service, "").await;
        let about = |event: &&Event| !event.resource.starts_with("policies/");
        assert!(places.iter().filter(about).count() > 3, "{service}");
        for place in places.iter().filter(about).step_by(5) {
            let start = Some(Start::AfterRevision(place.revision));
            let request = WatchEventsRequest { start, ..WatchEventsRequest::default() }.encode_to_vec();
            let first = world.wire.send_as(NOBODY, &format!("/{service}/WatchEvents"), request).await;
            let first = WatchEventsResponse::decode(first.expect("a watch").as_slice()).expect("it reads");
            assert!(first.events.is_empty(), "{service} {first:?}");
            let request = ListEventsRequest {
                after_revision: place.revision - 1,
                page_size: 500,
                ..ListEventsRequest::default()
            };
            let path = format!("/{service}/ListEvents");
            let found: ListEventsResponse =
                world.client.call_at(NOBODY, &path, request).await.expect("events");
            assert!(!found.events.iter().any(|event| about(&event)), "{service} {found:?}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn a_place_that_one_may_not_see_is_told_by_its_number_alone_and_resumed_at() {
    let mut world = World::new().await;
    play(&mut world).await;
    for service in [INTAKE, ENGAGEMENT, TASKS] {
        let (watch, list) = (format!("/{service}/WatchEvents"), format!("/{service}/ListEvents"));
        let first = async |who, request: Vec<u8>| {
            let first = world.wire.send_as(who, &watch, request).await;
            WatchEventsResponse::decode(first.expect("a watch").as_slice()).expect("it reads")
        };
        let events = world.events(service, "").await;
        let hidden = events.iter().rev().find(|event| !event.resource.starts_with("policies/"));
        let hidden = hidden.expect("an event").revision;
        for start in [Start::AfterRevision(hidden), Start::Latest(true)] {
            let request = WatchEventsRequest { start: Some(start), ..WatchEventsRequest::default() };
            let theirs = first(NOBODY, request.encode_to_vec()).await;
            let all = first(LEADERSHIP, request.encode_to_vec()).await;
            assert!(
                all.revision != hidden || all.resume_token.len() > theirs.resume_token.len(),
                "{service} {all:?}"
            );
            let again = first(NOBODY, resumed(&theirs.resume_token)).await;
            assert_eq!(
                (again.revision, again.resume_token),
                (theirs.revision, theirs.resume_token),
                "{service}"
            );
        }
        let request = ListEventsRequest::default();
        let found: ListEventsResponse = world.client.call_at(NOBODY, &list, request).await.expect("events");
        let again = first(NOBODY, resumed(&found.resume_token)).await;
        assert_eq!(again.revision, found.head_revision, "{service}");
    }
    world.end().await;
}

//! One connection: calls at once, and headers to the byte.

use std::time::Duration;

use bytes::Bytes;
use host::bounds;
use prost::Message;
use tests::{
    Product,
    raw::{
        DATA, END_HEADERS, END_STREAM, GO_AWAY, HEADERS, RESET, Raw, SETTINGS, call, frame, header, message,
    },
};
use tokio::time::sleep;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::{LONG, WHILE, answer, ask, begin, greeted, says, take_back};
use crate::{
    faults::gateway::eventually,
    hostile::{LIST, OPERATOR, serves},
    plain::{Plain, framed},
    wire::{Wire, refusal},
};

/// A call that no operator may make.
const OPEN_CASE: &str = "/getmodern.intake.v1.IntakeService/OpenCase";
const CALLS: u32 = 100;
/// Messages within a message.
const LEVELS: usize = 100;
/// What the protocol calls a stream that was not looked at.
const REFUSED_STREAM: [u8; 4] = [0, 0, 0, 7];

#[tokio::test]
async fn a_connection_has_a_hundred_calls_under_way_and_one_more_is_refused_untouched() {
    let product = Product::with(|settings| settings.limits.calls_per_person = 1000).await;
    let mut raw = greeted(product.address(), LONG).await.expect("let in");
    for number in 0..CALLS {
        begin(&mut raw, 1 + 2 * number, "people/ada").await;
    }
    let refused = raw.find(WHILE, |frame| [RESET, GO_AWAY, HEADERS].contains(&frame.kind)).await;
    assert_eq!(refused, None, "a hundred are under way");
    begin(&mut raw, 1 + 2 * CALLS, "people/ada").await;
    let found = answer(&mut raw, 1 + 2 * CALLS).await;
    assert_eq!((found.kind, found.payload), (RESET, REFUSED_STREAM.to_vec()));
    serves(&product).await;
    take_back(&mut raw, 1).await;
    ask(&mut raw, 3 + 2 * CALLS, LIST, &says("people/grace"), &[]).await;
    assert_eq!(answer(&mut raw, 3 + 2 * CALLS).await.kind, HEADERS, "where one ended, one may begin");
    drop(raw);
    product.stop().await;
}

/// A pause of a peer between headers and message: longer than it takes to refuse a call.
const A_BREATH: Duration = Duration::from_millis(10);

/// Sends the headers of calls that are refused, and their messages a moment later; false once the connection ends.
async fn are_answered(raw: &mut Raw, streams: &[u32]) -> bool {
    let asks = call(OPEN_CASE, &says("people/ada"));
    let asks = streams.iter().map(|stream| frame(HEADERS, END_HEADERS, *stream, &asks));
    let messages = streams.iter().map(|stream| frame(DATA, END_STREAM, *stream, &message(&[])));
    let mut is_open = raw.send(&asks.collect::<Vec<_>>().concat()).await.is_ok();
    sleep(A_BREATH).await;
    is_open &= raw.send(&messages.collect::<Vec<_>>().concat()).await.is_ok();
    for _ in streams {
        let found = raw.find(LONG, |frame| [HEADERS, GO_AWAY].contains(&frame.kind)).await;
        is_open &= found.is_some_and(|found| found.kind == HEADERS);
    }
    is_open
}

#[tokio::test]
async fn calls_that_are_refused_before_they_are_read_are_not_taken_for_a_flood() {
    let product = Product::start().await;
    let mut raw = greeted(product.address(), LONG).await.expect("let in");
    // A few more than the protocol takes; the slowest machine is late with some of them.
    let streams: Vec<_> = (1..).step_by(2).take(bounds::RESETS_OF_OURS + 300).collect();
    for some in streams.chunks(50) {
        assert!(are_answered(&mut raw, some).await, "the connection has ended with {some:?}");
    }
    drop(raw);
    product.stop().await;
}

#[tokio::test]
async fn of_what_everybody_may_ask_a_connection_has_so_many_calls_under_way_and_others_have_theirs() {
    let product = Product::start().await;
    let (one, other) = (Wire::to(&product), Wire::to(&product));
    let mut health = HealthClient::new(one.channel());
    let mut held = Vec::new();
    let busy = (Code::Unavailable, "BUSY".to_owned());
    for most in [bounds::STRANGERS_CALLS, bounds::OPEN_CALLS] {
        while held.len() < most {
            let watch = health.watch(HealthCheckRequest::default()).await;
            held.push(watch.unwrap_or_else(|status| panic!("{}: {status:?}", held.len())));
        }
        assert_eq!(refusal(health.watch(HealthCheckRequest::default()).await), busy, "{most}");
        assert_eq!(refusal(health.check(HealthCheckRequest::default()).await), busy, "{most}");
        assert!(
            one.send_as(OPERATOR, LIST, Vec::new()).await.is_ok(),
            "what is not everybody's is counted apart, and from then on somebody is known"
        );
    }
    let mut elsewhere = HealthClient::new(other.channel());
    assert!(elsewhere.check(HealthCheckRequest::default()).await.is_ok(), "others are answered");
    held.pop();
    eventually("where one ended, one may begin", async || {
        health.clone().check(HealthCheckRequest::default()).await.ok()
    })
    .await;
    drop(held);
    product.stop().await;
}

#[tokio::test]
async fn what_everybody_may_ask_is_short() {
    let product = Product::start().await;
    let mut plain = Plain::to(product.address()).await;
    let too_large = (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".to_owned());
    // A field of the number and the length, and a text of the rest.
    let message = |size: usize| HealthCheckRequest { service: "s".repeat(size - 3) }.encode_to_vec();
    for path in ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"] {
        let mut told = async |body| refusal::<()>(Err(plain.call(path, &[], body).await.status()));
        assert_eq!(message(bounds::OPEN_BYTES).len(), bounds::OPEN_BYTES);
        assert_eq!(told(framed(0, &message(bounds::OPEN_BYTES + 1))).await, too_large, "{path}");
        // All of four mebibytes is announced, and nothing of it comes.
        assert_eq!(told(Bytes::from_static(&[0, 0, 0x3f, 0xff, 0xff])).await, too_large, "{path}");
    }
    let answer =
        plain.call("/grpc.health.v1.Health/Check", &[], framed(0, &message(bounds::OPEN_BYTES))).await;
    assert_eq!(answer.status().code(), Code::NotFound, "of just so many it is read");
    // What services there are; the host is of no interest to it.
    let question = |size: usize| [message(size - 3), vec![0x3a, 1, b'*']].concat();
    let wire = Wire::to(&product);
    for version in ["v1", "v1alpha"] {
        let path = format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
        assert!(wire.send(&path, &[], question(bounds::OPEN_BYTES)).await.is_ok(), "{version}");
        assert!(wire.send(&path, &[], question(bounds::OPEN_BYTES + 1)).await.is_err(), "{version}");
    }
    serves(&product).await;
    product.stop().await;
}

#[tokio::test]
async fn headers_just_below_sixteen_kibibytes_are_read_and_of_sixteen_are_not() {
    let product = Product::start().await;
    // The protocol counts a name, its value and 32 more.
    let usual = [(":method", "POST"), (":scheme", "http"), (":path", LIST), (":authority", "localhost")];
    let gates = [("content-type", "application/grpc"), ("te", "trailers")];
    let said = says("people/ada");
    let all = usual.iter().chain(&gates).chain(&said);
    let taken: usize = all.map(|(name, value)| name.len() + value.len() + 32).sum();
    for (less, expected) in [(1, "200"), (0, "431")] {
        let mut raw = greeted(product.address(), LONG).await.expect("let in");
        let filler = "h".repeat(16 * 1024 - taken - "x-long".len() - 32 - less);
        let block = [call(LIST, &said), header("x-long", &filler)].concat();
        let (first, rest) = block.split_at(16_000);
        let headers = [frame(HEADERS, 1, 1, first), frame(9, END_HEADERS, 1, rest)].concat();
        raw.send(&headers).await.expect("sent");
        let found = answer(&mut raw, 1).await;
        assert_eq!((found.kind, status(&found.payload)), (HEADERS, expected), "{less} less");
    }
    serves(&product).await;
    product.stop().await;
}

/// Groups within groups that nobody knows, closed again; each is a level.
fn nested(levels: usize) -> Vec<u8> {
    [[0xa3, 0x38].repeat(levels), [0xa4, 0x38].repeat(levels)].concat()
}

#[tokio::test]
async fn a_hundred_levels_are_read_and_one_more_is_not() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let answer = wire.send_as(OPERATOR, LIST, nested(LEVELS)).await;
    assert!(answer.is_ok(), "{answer:?}");
    let refused = refusal(wire.send_as(OPERATOR, LIST, nested(LEVELS + 1)).await);
    assert_eq!(refused, (Code::InvalidArgument, "MESSAGE_MALFORMED".to_owned()));
    product.stop().await;
}

#[tokio::test]
async fn who_goes_on_after_a_thousand_refusals_is_shown_out() {
    let product = Product::with(|settings| settings.limits.calls_per_person = 1000).await;
    let mut raw = greeted(product.address(), LONG).await.expect("let in");
    for number in 0..CALLS {
        begin(&mut raw, 1 + 2 * number, "people/ada").await;
    }
    let mut refused = 0;
    for number in CALLS..CALLS + 2000 {
        let one = frame(HEADERS, END_HEADERS, 1 + 2 * number, &call(LIST, &says("people/ada")));
        if raw.send(&one).await.is_err() {
            break;
        }
        while let Some(found) = raw.next(Duration::from_millis(1)).await {
            refused += usize::from(found.kind == RESET);
        }
    }
    assert!(raw.closes(LONG).await, "it may go on");
    assert!((900..=1100).contains(&refused), "{refused}");
    assert!(greeted(product.address(), LONG).await.is_none(), "it was a flood");
    serves(&product).await;
    product.stop().await;
}

/// The status that an answer's headers begin with.
fn status(block: &[u8]) -> &'static str {
    let known = block.iter().find(|byte| ![0x20, 0x3f].contains(byte));
    // 200 is in everybody's table, others are said.
    if known == Some(&0x88) { "200" } else { "431" }
}

#[tokio::test]
async fn what_is_said_about_the_bounds_to_every_peer_is_what_holds() {
    let product = Product::start().await;
    let mut raw = Raw::from(tests::attacks::ELSEWHERE, product.address()).await.expect("connected");
    raw.greet(&[]).await.expect("sent");
    let settings = raw.find(LONG, |frame| frame.kind == SETTINGS).await.expect("settings").payload;
    let settings: Vec<_> = settings.chunks(6).map(|setting| (setting[1], &setting[2..])).collect();
    assert!(settings.contains(&(3, &100_u32.to_be_bytes()[..])), "streams: {settings:?}");
    assert!(settings.contains(&(6, &(16 * 1024_u32).to_be_bytes()[..])), "headers: {settings:?}");
    drop(raw);
    product.stop().await;
}

//! How long anybody may keep the process waiting: until it is over they are let, and then they are shown out.

use std::time::Duration;

use host::{LimitSettings, Timeouts, bounds};
use prost::Message;
use proto::{
    common::v1::data_item::Fact,
    intake::v1::{Case, ListCasesRequest, RecordResearchRequest},
};
use tests::{
    Product,
    attacks::ELSEWHERE,
    raw::{
        ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, Raw, SETTINGS, call, frame, message,
    },
};
use tokio::time::Instant;
use tonic::Code;

use super::{LONG, answer, ask, begin, greeted, says};
use crate::{
    faults::{
        gateway::{exit, prepare},
        watching::{after, watch},
    },
    hostile::{LIST, serves},
    story::{about, item},
    wire::{as_headers, reason},
    world::{GATEWAY, INTAKE, World},
};

const SHORT: Duration = Duration::from_secs(1);
const CASES: &str = "/getmodern.intake.v1.IntakeService/ListCases";
const EVENTS: &str = "/getmodern.intake.v1.IntakeService/ListEvents";

async fn product(change: impl FnOnce(&mut LimitSettings)) -> Product {
    Product::with(|settings| change(&mut settings.limits)).await
}

fn timeouts(limits: &mut LimitSettings) -> &mut Timeouts {
    &mut limits.timeouts
}

/// It is let be for a while, and shown out then.
async fn is_shown_out(raw: &mut Raw, begun: Instant) {
    assert!(raw.closes(LONG).await, "it may go on forever");
    let after = begun.elapsed();
    assert!(after >= SHORT, "shown out after {after:?}");
}

#[tokio::test]
async fn half_a_frame_is_waited_for_and_not_forever() {
    let product = product(|limits| timeouts(limits).headers = SHORT).await;
    for part in [&frame(HEADERS, END_HEADERS, 1, &call(LIST, &says("people/ada")))[..30], &[0, 0]] {
        let mut raw = greeted(product.address(), LONG).await.expect("let in");
        let begun = Instant::now();
        raw.send(part).await.expect("sent");
        is_shown_out(&mut raw, begun).await;
    }
    serves(&product).await;
    product.stop().await;
}

#[tokio::test]
async fn headers_that_go_on_are_waited_for_and_not_forever() {
    let product = product(|limits| timeouts(limits).headers = SHORT).await;
    let mut raw = greeted(product.address(), LONG).await.expect("let in");
    let begun = Instant::now();
    raw.send(&frame(HEADERS, 0, 1, &call(LIST, &says("people/ada")))).await.expect("sent");
    for _ in 0..4 {
        tokio::time::sleep(SHORT / 5).await;
        raw.send(&frame(CONTINUATION, 0, 1, &[])).await.expect("sent");
    }
    is_shown_out(&mut raw, begun).await;
    product.stop().await;
}

#[tokio::test]
async fn many_whole_frames_may_take_as_long_as_they_like() {
    let product = product(|limits| timeouts(limits).headers = SHORT).await;
    let mut raw = greeted(product.address(), LONG).await.expect("let in");
    let body = [0; 4000];
    let parts = message(&[&[0x0a, 0xa0, 0x1f][..], &body].concat());
    let asks = frame(HEADERS, END_HEADERS, 1, &call(EVENTS, &says("people/ada")));
    let whole = [asks, frame(DATA, 1, 1, &parts)].concat();
    // Each piece ends one frame and begins another.
    let ping = frame(PING, 0, 0, &[7; 8]);
    raw.send(&ping[..5]).await.expect("sent");
    for _ in 0..8 {
        tokio::time::sleep(SHORT / 4).await;
        raw.send(&[&ping[5..], &ping[..5]].concat()).await.expect("it is let be");
    }
    raw.send(&[&ping[5..], &whole].concat()).await.expect("it is let be");
    assert_eq!(answer(&mut raw, 1).await.kind, HEADERS);
    drop(raw);
    product.stop().await;
}

#[tokio::test]
async fn who_does_not_say_that_they_are_there_is_shown_out_and_who_does_stays() {
    let product = product(|limits| timeouts(limits).idle = SHORT).await;
    let mut silent = greeted(product.address(), LONG).await.expect("let in");
    let mut there = greeted(product.address(), LONG).await.expect("let in");
    let begun = Instant::now();
    let is_gone = async { silent.closes(LONG).await };
    let stays = async {
        while begun.elapsed() < 5 * SHORT {
            let asked = there.find(3 * SHORT, |frame| frame.kind == PING).await.expect("it is asked");
            there.send(&frame(PING, ACK, 0, &asked.payload)).await.expect("it says so");
        }
    };
    let (is_gone, ()) = tokio::join!(is_gone, stays);
    assert!(is_gone && begun.elapsed() >= 2 * SHORT);
    ask(&mut there, 1, LIST, &says("people/ada"), &[]).await;
    assert_eq!(answer(&mut there, 1).await.kind, HEADERS);
    drop(there);
    product.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_not_taken_ends_the_connection_and_one_that_is_does_not() {
    let product = product(|limits| timeouts(limits).write = SHORT).await;
    for (room, is_taken) in [(0, false), (65_535, true)] {
        let mut raw = Raw::from(ELSEWHERE, product.address()).await.expect("connected");
        raw.greet(&[(4, room)]).await.expect("sent");
        let begun = Instant::now();
        ask(&mut raw, 1, LIST, &says("people/ada"), &[]).await;
        let closed = raw.closes(4 * SHORT).await;
        assert_eq!(closed, !is_taken, "room for {room} bytes");
        assert!(begun.elapsed() >= SHORT);
    }
    product.stop().await;
}

/// Twenty-four such answers are more than both sides' systems keep.
async fn much(world: &mut World) {
    for number in 0..24 {
        let name = world.opened(&format!("customer-{number}")).await.name;
        let items = vec![item(Fact::WorkInFlight("𠮷".repeat(2000)))];
        let record = about!(RecordResearchRequest, name, items: items);
        let _: Case = world.act(GATEWAY, record).await;
    }
}

#[tokio::test]
async fn who_reads_nothing_at_all_is_shown_out() {
    let mut world = World::on(product(|limits| timeouts(limits).write = SHORT).await);
    much(&mut world).await;
    let body = ListCasesRequest { page_size: 500, ..ListCasesRequest::default() }.encode_to_vec();
    let mut raw = Raw::with_room(ELSEWHERE, world.product.address(), Some(4096)).await.expect("connected");
    // All the room that the protocol knows, so that only the system's holds it back.
    let room = frame(8, 0, 0, &(i32::MAX - 65_535).to_be_bytes());
    raw.greet(&[(4, i32::MAX.try_into().expect("positive"))]).await.expect("sent");
    raw.send(&room).await.expect("sent");
    let begun = Instant::now();
    for number in 0..100 {
        ask(&mut raw, 1 + 2 * number, CASES, &as_headers(GATEWAY), &body).await;
    }
    // It is not read to see whether it is closed: that would be taking.
    while raw.send(&frame(PING, 0, 0, &[7; 8])).await.is_ok() {
        assert!(begun.elapsed() < LONG, "it may go on forever");
        tokio::time::sleep(SHORT / 10).await;
    }
    assert!(begun.elapsed() >= SHORT, "shown out after {:?}", begun.elapsed());
    world.end().await;
}

#[tokio::test]
async fn no_call_takes_longer_than_the_longest_and_a_watch_stays() {
    let product = product(|limits| limits.longest_call = SHORT).await;
    let mut raw = greeted(product.address(), LONG).await.expect("let in");
    let mut stream = watch(product.address(), INTAKE, after(0), None).await.expect("a watch");
    let begun = Instant::now();
    begin(&mut raw, 1, "people/ada").await;
    let headers = [&says("people/ada")[..], &[("grpc-timeout", "1H")]].concat();
    raw.send(&frame(HEADERS, END_HEADERS, 3, &call(LIST, &headers))).await.expect("sent");
    // They end in any order.
    let mut waiting = vec![1, 3];
    while !waiting.is_empty() {
        let found = raw.find(LONG, |frame| waiting.contains(&frame.stream)).await.expect("an answer");
        assert_eq!(
            (found.kind, found.flags & END_STREAM),
            (HEADERS, END_STREAM),
            "it ends, without a message"
        );
        waiting.retain(|stream| *stream != found.stream);
        assert!(begun.elapsed() >= SHORT && begun.elapsed() < LONG, "{:?}", begun.elapsed());
    }
    let mut last = begun;
    while begun.elapsed() < 8 * SHORT {
        stream.message().await.expect("the watch goes on").expect("it does not end");
        last = Instant::now();
    }
    assert!(last - begun > 4 * SHORT);
    drop(raw);
    product.stop().await;
}

#[tokio::test]
async fn a_watch_ends_when_its_caller_said_that_it_would() {
    let product = product(|limits| limits.longest_call = 20 * SHORT).await;
    let mut stream = watch(product.address(), INTAKE, after(0), Some(SHORT)).await.expect("a watch");
    let ended = loop {
        if let Err(status) = stream.message().await {
            break status;
        }
    };
    assert_eq!((ended.code(), reason(&ended)), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".to_owned()));
    product.stop().await;
}

#[tokio::test]
async fn a_reader_who_takes_nothing_for_half_a_minute_is_told_where_to_resume() {
    let product = Product::start().await;
    let mut stream = watch(product.address(), INTAKE, after(0), None).await.expect("a watch");
    for number in 0..4 {
        let case = prepare(&product.client(), &format!("customer-{number}.example")).await;
        exit(&product.client(), &case).await;
    }
    tokio::time::sleep(bounds::READER + 3 * SHORT).await;
    let mut last = 0;
    let ended = loop {
        match stream.message().await {
            Ok(message) => last = message.expect("it does not end well").revision,
            Err(status) => break status,
        }
    };
    assert_eq!((ended.code(), reason(&ended)), (Code::ResourceExhausted, "WATCHER_TOO_SLOW".to_owned()));
    assert!(ended.message().ends_with(&format!("after revision {last}")), "{last}: {ended:?}");
    product.stop().await;
}

#[tokio::test]
async fn who_greets_late_is_shown_out_and_who_greets_just_in_time_is_not() {
    let product = product(|limits| timeouts(limits).preface = 2 * SHORT).await;
    let mut late = Raw::from(ELSEWHERE, product.address()).await.expect("connected");
    let mut timely = Raw::from(ELSEWHERE, product.address()).await.expect("connected");
    let begun = Instant::now();
    late.send(b"PRI").await.expect("sent");
    tokio::time::sleep(SHORT).await;
    timely.greet(&[]).await.expect("sent");
    assert!(timely.find(LONG, |frame| frame.kind == SETTINGS).await.is_some());
    is_shown_out(&mut late, begun).await;
    assert!(timely.drain(), "it stays");
    product.stop().await;
}

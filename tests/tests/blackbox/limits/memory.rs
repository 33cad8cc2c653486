//! The memory that strangers make a process hold: no more than the page says, on every listener, in the clear and over TLS, while
//! friends are answered.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use host::bounds;
use prost::Message;
use proto::{common::v1::DataItem, intake::v1::RecordResearchRequest};
use tests::{
    Process, State, Tunnel,
    attacks::Attack,
    free_address,
    raw::{DATA, END_HEADERS, HEADERS, Raw, call, frame},
};
use tonic::{Code, transport::Endpoint};

use super::sums::{READ, STRANGER, person};
use super::{LONG, greeted, says};
use crate::{
    bounds::violations::peak,
    hostile::{LIST, OPERATOR},
    telemetry::admin::get,
    wire::{Wire, refusal},
};

/// Addresses that an attacker comes from, and connections of each.
const ADDRESSES: u8 = 2;
const EACH: u8 = 100;
/// The growth of a process that works at all: stacks, caches, a heap in pieces, in a build that is not optimised.
const SLACK: usize = 24 * 1024 * 1024;

/// Has as many as may be hold as much as may be; how many of them are let in.
async fn hold(attack: Attack, address: SocketAddr) -> Vec<Raw> {
    let mut held = Vec::new();
    for from in 2..2 + ADDRESSES {
        for _ in 0..EACH {
            let from = IpAddr::V4(Ipv4Addr::new(127, 0, 0, from));
            let mut raw = Raw::from(from, address).await.expect("connected");
            // A connection that is cut holds nothing.
            if attack.begin(&mut raw).await.is_ok() {
                held.push(raw);
            }
        }
    }
    held
}

/// A friend is answered a while.
async fn asks(wire: &Wire) {
    for _ in 0..20 {
        let answer = wire.send_as(OPERATOR, LIST, Vec::new()).await;
        assert!(answer.is_ok(), "a friend's call: {answer:?}");
    }
}

/// Has every attack that holds something be made at `address`.
async fn attacked(process: &Process, address: SocketAddr, wire: &Wire) {
    for attack in Attack::HOLDING {
        asks(wire).await;
        let before = process.resident();
        let held = hold(attack, address).await;
        asks(wire).await;
        let (after, most) = (process.resident(), held.len() * STRANGER + SLACK);
        println!("{attack:?}: {} connections, from {before} to {after} bytes, {most} at most", held.len());
        assert!(held.len() > usize::from(EACH), "{attack:?} was let in {} times", held.len());
        assert!(after.saturating_sub(before) < most, "{attack:?}: from {before} to {after}");
    }
}

fn wire(address: SocketAddr) -> Wire {
    Wire::on(Endpoint::from_shared(format!("http://{address}")).expect("an address").connect_lazy())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_hold_no_more_than_the_page_says() {
    let state = State::new();
    let process = Process::start(&state, ([127, 0, 0, 1], 0).into(), &[]).expect("it serves");
    attacked(&process, process.address, &wire(process.address)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_hold_no_more_than_the_page_says_over_tls() {
    let (state, tunnel) = (State::new(), Tunnel::new());
    let files = tunnel.files();
    let files = files.each_ref().map(|(name, file)| (*name, file.to_str().expect("text")));
    let process = Process::start(&state, ([127, 0, 0, 1], 0).into(), &files).expect("it serves");
    let near = tunnel.to(process.address).await;
    attacked(&process, near, &wire(near)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_are_answered_and_so_are_callers_whoever_else_fills_their_listener() {
    let (state, admin) = (State::new(), free_address());
    let own = admin.to_string();
    let process = Process::start(&state, ([127, 0, 0, 1], 0).into(), &[("GETMODERN_ADMIN", &own)]);
    let process = process.expect("it serves");
    let wire = wire(process.address);
    asks(&wire).await;
    get(admin, "/metrics").await;
    let before = process.resident();
    for attack in Attack::ON_OPERATORS {
        let mut held = Vec::new();
        for number in 0..600_u16 {
            let [high, low] = (number / 8).to_be_bytes();
            let from = IpAddr::V4(Ipv4Addr::new(127, 1, high, low + 1));
            let mut raw = Raw::from(from, admin).await.expect("connected");
            if attack.begin(&mut raw).await.is_ok() {
                held.push(raw);
            }
        }
        assert!(get(admin, "/readyz").await.starts_with("HTTP/1.1 200"), "{attack:?}");
        asks(&wire).await;
        let open = held.iter_mut().filter_map(|raw| raw.drain().then_some(())).count();
        assert!(open <= bounds::OPERATORS, "{attack:?}: {open} are open");
        println!("{attack:?}: {open} of {} are open", held.len());
    }
    let grown = process.resident().saturating_sub(before);
    assert!(grown < SLACK + bounds::OPERATORS * STRANGER, "{grown}");
}

/// Calls of one caller, each of whose requests is long and has no end.
async fn hold_long(address: SocketAddr) -> Vec<Raw> {
    let mut held = Vec::new();
    for _ in 0..80 {
        let mut raw = greeted(address, LONG).await.expect("let in");
        let asks = frame(HEADERS, END_HEADERS, 1, &call(LIST, &says("people/mallory")));
        // Four mebibytes are announced, and as much of them comes as there is room for at once.
        let begins = frame(DATA, 0, 1, &[0, 0, 0x40, 0, 0]);
        let parts = frame(DATA, 0, 1, &[0; 16_000]).repeat(3);
        raw.send(&[asks, begins, parts].concat()).await.expect("sent");
        held.push(raw);
    }
    held
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_caller_holds_no_more_than_the_page_says() {
    let state = State::new();
    let process = Process::start(&state, ([127, 0, 0, 1], 0).into(), &[]).expect("it serves");
    let wire = wire(process.address);
    asks(&wire).await;
    let before = process.resident();
    let held = hold_long(process.address).await;
    asks(&wire).await;
    let grown = process.resident().saturating_sub(before);
    println!("{} long requests: {grown} bytes", held.len());
    assert!(grown < person() + SLACK, "{grown}");
    drop(held);
    let peak = || peak(state.folder()).expect("the process lives, and the system says what it has");
    let before = peak();
    let items = vec![DataItem::default(); 2 * 1024 * 1024 - 100];
    let empty = RecordResearchRequest { name: "cases/x".to_owned(), items, ..Default::default() };
    let path = "/getmodern.intake.v1.IntakeService/RecordResearch";
    let who = getmodern::client::Actor { person: "people/ada", role: "REENGAGEMENT_MANAGER" };
    let refused = wire.send_as(who, path, empty.encode_to_vec()).await;
    assert_eq!(refusal(refused), (Code::InvalidArgument, "INVALID_REQUEST".to_owned()), "it is too much");
    let grown = (peak() - before) * 1024;
    println!("a request of nothing but empty elements: {grown} bytes");
    assert!(grown < READ, "{grown}");
}

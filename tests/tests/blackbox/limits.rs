//! What anybody may have, send or leave unread: at each bound it is there, one past it is refused, and others notice nothing.

mod admission;
mod callers;
mod connections;
mod floods;
mod lengths;
mod memory;
mod page;
mod streams;
mod sums;
mod timeouts;

use std::{net::SocketAddr, time::Duration};

use tests::{
    attacks::ELSEWHERE,
    raw::{
        ACK, DATA, END_HEADERS, END_STREAM, HEADERS, PING, RESET, Raw, Received, SETTINGS, call, frame,
        message,
    },
};
use tonic::Status;

use crate::{faults::gateway::eventually, hostile::LIST};

/// Long enough for anything that is to happen.
const LONG: Duration = tests::PATIENCE;
/// Long enough to see that nothing happens.
const WHILE: Duration = Duration::from_millis(400);

/// Somebody from elsewhere, who has greeted and was greeted; none when they were not let in.
async fn greeted(address: SocketAddr, within: Duration) -> Option<Raw> {
    let mut raw = Raw::from(ELSEWHERE, address).await.ok()?;
    raw.greet(&[]).await.ok()?;
    raw.find(within, |frame| frame.kind == SETTINGS).await.map(|_| raw)
}

/// How somebody says who they are.
fn says(person: &'static str) -> [(&'static str, &'static str); 2] {
    let role = if person.starts_with("services/") { "SERVICE" } else { "OPERATOR" };
    [("x-getmodern-person", person), ("x-getmodern-role", role)]
}

/// A call whose request has no end, so that it stays under way.
async fn begin(raw: &mut Raw, stream: u32, person: &'static str) {
    begin_at(raw, stream, LIST, person).await;
}

async fn begin_at(raw: &mut Raw, stream: u32, path: &str, person: &'static str) {
    raw.send(&frame(HEADERS, END_HEADERS, stream, &call(path, &says(person)))).await.expect("sent");
}

/// A whole call.
async fn ask(raw: &mut Raw, stream: u32, path: &str, headers: &[(&str, &str)], body: &[u8]) {
    let asks = frame(HEADERS, END_HEADERS, stream, &call(path, headers));
    raw.send(&[asks, frame(DATA, END_STREAM, stream, &message(body))].concat()).await.expect("sent");
}

/// The first that comes back on a stream.
async fn answer(raw: &mut Raw, stream: u32) -> Received {
    raw.find(LONG, |frame| frame.stream == stream).await.expect("an answer")
}

/// The stream is taken back.
async fn take_back(raw: &mut Raw, stream: u32) {
    raw.send(&frame(RESET, 0, stream, &[0, 0, 0, 8])).await.expect("sent");
}

/// Waits until the server has read all that was sent so far, and has had a moment to begin what it asks for.
async fn noticed(raw: &mut Raw) {
    const MARK: [u8; 8] = *b"was read";
    raw.send(&frame(PING, 0, 0, &MARK)).await.expect("sent");
    let answer = raw.find(LONG, |frame| frame.kind == PING && frame.flags == ACK && frame.payload == MARK);
    assert!(answer.await.is_some(), "it reads");
    tokio::time::sleep(WHILE / 4).await;
}

/// Waits until a call is answered, as it is once the server has noticed that another one has ended.
async fn answered_at_last(call: impl AsyncFn() -> Result<Vec<u8>, Status>) {
    eventually("it is answered", async || call().await.ok()).await;
}

/// How long whoever is refused is told to wait.
fn delay(status: &Status) -> Duration {
    let details = tonic_types::StatusExt::get_error_details(status);
    details.retry_info().and_then(|info| info.retry_delay).unwrap_or_else(|| panic!("a delay: {status:?}"))
}

//! Slow peers over HTTP/1.1: they keep the process waiting for no longer than the limits say.
//!
//! The pauses are what such a peer does. Where one has to be shorter than a limit, it is a fifth of it.

use std::time::Duration;

use futures::future::join_all;
use tests::Product;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::product_with;
use crate::hostile::{LIST, serves};

const SHORT: Duration = Duration::from_secs(1);
/// A limit that a peer's pauses are to stay below, also on a machine that does much else.
const LIMIT: Duration = Duration::from_secs(3);
/// A peer's pause; seven of them are longer than the limit.
const PAUSE: Duration = Duration::from_millis(600);
const LONG: Duration = tests::PATIENCE;

async fn product(change: impl FnOnce(&mut host::Timeouts)) -> Product {
    product_with(|settings| change(&mut settings.limits.timeouts)).await
}

fn head(more: &str) -> String {
    format!(
        "POST {LIST} HTTP/1.1\r\nhost: localhost\r\nx-getmodern-person: people/ada\r\nx-getmodern-role: OPERATOR\r\n\
         content-type: application/json\r\n{more}\r\n"
    )
}

async fn connected(product: &Product) -> TcpStream {
    TcpStream::connect(product.http()).await.expect("a connection")
}

/// Everything that comes until the other side closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    let read = timeout(LONG, stream.read_to_end(&mut rest)).await.expect("it closes");
    read.expect("it closes in order");
    String::from_utf8(rest).expect("text")
}

/// The first line of an answer that says `{}`.
async fn answer(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    while !said.ends_with(b"\r\n\r\n{}") {
        let read = timeout(LONG, stream.read_buf(&mut said)).await.expect("in time");
        assert_ne!(read.expect("an answer"), 0, "{}", String::from_utf8_lossy(&said));
    }
    String::from_utf8(said).expect("text").lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn who_says_nothing_over_http_is_shown_out_in_time() {
    let product = product(|timeouts| timeouts.preface = SHORT).await;
    let (mut stream, begun) = (connected(&product).await, Instant::now());
    assert_eq!(rest(&mut stream).await, "");
    assert!(begun.elapsed() >= SHORT);
    serves(&product).await;
    product.stop().await;
}

#[tokio::test]
async fn a_head_that_comes_slowly_is_waited_for_and_not_forever() {
    let product = product(|timeouts| timeouts.headers = SHORT).await;
    let (mut stream, begun) = (connected(&product).await, Instant::now());
    for part in ["POST / HTTP/1.1\r\n", "a: b\r\n", "a: b\r\n", "a: b\r\n"] {
        stream.write_all(part.as_bytes()).await.expect("sent");
        sleep(SHORT / 5).await;
    }
    assert_eq!(rest(&mut stream).await, "");
    assert!(begun.elapsed() >= SHORT);
    serves(&product).await;
    product.stop().await;
}

/// Contents that come in parts, by how they say their length.
const CONTENTS: [(&str, [&str; 7]); 2] = [
    ("content-length: 9\r\n", ["{", "  ", "  ", " ", " ", " ", "}"]),
    (
        "transfer-encoding: chunked\r\n",
        ["1\r\n{\r\n", "1\r\n \r\n", "1\r\n \r\n", "1\r\n \r\n", "1\r\n \r\n", "1\r\n}\r\n", "0\r\n\r\n"],
    ),
];

/// A request whose content begins is closed without an answer.
async fn halts(product: &Product, length: &str, first: &str) {
    let (mut stream, begun) = (connected(product).await, Instant::now());
    stream.write_all(format!("{}{first}", head(length)).as_bytes()).await.expect("sent");
    assert_eq!(rest(&mut stream).await, "", "{length}");
    assert!(begun.elapsed() >= LIMIT, "{length}");
}

/// A request whose content goes on is answered, although all of it takes longer than the limit.
async fn goes_on(product: &Product, length: &str, parts: [&str; 7]) {
    let mut stream = connected(product).await;
    stream.write_all(head(length).as_bytes()).await.expect("sent");
    for part in parts {
        sleep(PAUSE).await;
        stream.write_all(part.as_bytes()).await.expect("it is let be");
    }
    assert_eq!(answer(&mut stream).await, "HTTP/1.1 200 OK", "{length}");
}

#[tokio::test]
async fn content_that_comes_no_further_is_waited_for_and_not_forever() {
    let product = product(|timeouts| timeouts.headers = LIMIT).await;
    let all = CONTENTS.map(|(length, parts)| {
        let product = &product;
        async move { tokio::join!(halts(product, length, parts[0]), goes_on(product, length, parts)) }
    });
    join_all(all).await;
    serves(&product).await;
    product.stop().await;
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_call_and_not_forever() {
    let product = product(|timeouts| timeouts.idle = LIMIT).await;
    let mut stream = connected(&product).await;
    let whole = format!("{}{{}}", head("content-length: 2\r\n"));
    for _ in 0..7 {
        sleep(PAUSE).await;
        stream.write_all(whole.as_bytes()).await.expect("it is kept");
        assert_eq!(answer(&mut stream).await, "HTTP/1.1 200 OK");
    }
    let begun = Instant::now();
    rest(&mut stream).await;
    assert!(begun.elapsed() >= LIMIT / 2);
    product.stop().await;
}

#[tokio::test]
async fn a_head_of_too_many_or_too_long_headers_is_refused() {
    let product = product(|_| {}).await;
    for more in ["a: b\r\n".repeat(120), format!("a: {}\r\n", "b".repeat(20_000))] {
        let mut stream = connected(&product).await;
        let _ = stream.write_all(head(&more).as_bytes()).await;
        let answer = rest(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    serves(&product).await;
    product.stop().await;
}

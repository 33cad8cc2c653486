//! Peers that do not play by the protocol: each is refused or shown out, and harms nobody else.

use std::{
    io::ErrorKind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use host::bounds;
use tests::{Product, attacks::ELSEWHERE};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};
use tonic::Code;

use crate::{
    hostile::{EVALUATE, LIST, OPERATOR, proper, serves},
    plain::{Plain, framed, operator_with},
    wire::{Wire, reason},
};

/// How long the process may take to close a door, on a busy machine.
const PATIENCE: Duration = tests::PATIENCE;
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[tokio::test]
async fn what_is_not_quite_grpc_is_refused_or_read_and_never_a_fault_of_ours() {
    let product = Product::start().await;
    let mut plain = Plain::to(product.address()).await;
    // The header `te` is missing here; the protocol wants it for the sake of proxies, of which there is none.
    let friendly = plain.call(LIST, &operator_with(&[]), framed(0, &[])).await;
    assert_eq!((friendly.http, friendly.status().code()), (200, Code::Ok));
    for encoding in ["gzip", "zstd", "br", "rot13"] {
        let headers = operator_with(&[("grpc-encoding", encoding)]);
        let status = plain.call(EVALUATE, &headers, framed(1, b"whatever")).await.status();
        let found = (status.code(), reason(&status));
        assert_eq!(found, (Code::Unimplemented, "ENCODING_UNKNOWN".to_owned()), "{encoding} {status:?}");
    }
    let status = plain.call(EVALUATE, &operator_with(&[]), framed(1, b"whatever")).await.status();
    assert!(proper(&status), "compressed, and nobody says how: {status:?}");
    let status = plain.call(EVALUATE, &operator_with(&[]), framed(7, b"whatever")).await.status();
    assert!(proper(&status), "no such flag: {status:?}");
    for body in [&b""[..], b"\0", b"\0\0\0\0\x09short", b"\0\xff\xff\xff\xff"] {
        let status = plain.call(EVALUATE, &operator_with(&[]), Bytes::from_static(body)).await.status();
        assert!(proper(&status), "{body:?}: {status:?}");
    }
    for content in ["text/plain", "application/json", "application/grpc-web", ""] {
        let headers = operator_with(&[("content-type", content)]);
        let answer = plain.call(LIST, &headers, framed(0, &[])).await;
        assert_eq!(answer.http, 415, "{content}");
    }
    for content in ["application/grpc+proto", "application/grpc;charset=utf-8"] {
        let headers = operator_with(&[("content-type", content)]);
        let answer = plain.call(LIST, &headers, framed(0, &[])).await;
        assert_eq!((answer.http, answer.status().code()), (200, Code::Ok), "{content}");
    }
    serves(&product).await;
    product.stop().await;
}

#[tokio::test]
async fn headers_of_ten_megabytes_close_a_stream_or_a_connection_and_nothing_else() {
    let product = Product::start().await;
    serves(&product).await;
    for size in [20_000, 1_000_000, 10_000_000] {
        let mut plain = Plain::over(elsewhere(&product).await).await.expect("the preface");
        let short = plain.call(LIST, &operator_with(&[]), framed(0, &[])).await;
        assert_eq!(short.status().code(), Code::Ok, "it is let in");
        let long = "h".repeat(size);
        let answer = plain.try_call(LIST, &operator_with(&[("x-long", &long)]), framed(0, &[])).await;
        match answer {
            Ok(answer) => assert_eq!(answer.http, 431, "{size}"),
            Err(error) => println!("{size} bytes of headers: {error}"),
        }
        serves(&product).await;
        sleep(bounds::SHUT_OUT).await;
    }
    let sent = flood(&product).await;
    assert!(sent > 16 * 1024, "it took {sent} bytes before it closed");
    serves(&product).await;
    product.stop().await;
}

/// A connection from where no friend comes from.
async fn elsewhere(product: &Product) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((ELSEWHERE, 0).into()).expect("an address of this machine");
    socket.connect(product.address()).await.expect("a connection")
}

/// Headers without an end, by hand, until the door closes; how many bytes went in before.
async fn flood(product: &Product) -> usize {
    let mut stream = elsewhere(product).await;
    stream.write_all(PREFACE).await.expect("the preface");
    stream.write_all(&frame(4, 0, 0, &[])).await.expect("settings");
    let chunk = [0x40, 0x01, b'x', 0x7f, 0x81, 0x7f].into_iter().chain([b'h'; 16_000]).collect::<Vec<_>>();
    let mut sent = 0;
    let first = frame(1, 0, 1, &chunk);
    let more = frame(9, 0, 1, &chunk);
    let begun = Instant::now();
    let mut next = &first;
    while begun.elapsed() < PATIENCE && sent < 10_000_000 {
        if timeout(PATIENCE, stream.write_all(next)).await.expect("it reads or closes").is_err() {
            return sent;
        }
        sent += next.len();
        next = &more;
    }
    sent
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Whether the other side closes this connection in time, whatever it says before.
pub(crate) async fn closes(stream: &mut (impl AsyncReadExt + Unpin)) -> bool {
    let mut rest = Vec::new();
    match timeout(PATIENCE, stream.read_to_end(&mut rest)).await {
        Ok(Ok(_)) => true,
        // Within TLS, a connection that just ends is an error.
        Ok(Err(error)) => matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof),
        Err(_) => false,
    }
}

#[tokio::test]
async fn a_peer_that_does_not_speak_the_protocol_is_shown_out() {
    let product = Product::start().await;
    serves(&product).await;
    let openings: [(&str, &[u8]); 5] = [
        ("nothing", b""),
        ("a part of the preface", &PREFACE[..9]),
        ("one byte", b"P"),
        ("HTTP/1.1", b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"),
        ("noise", &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
    ];
    let ends = openings.map(|(what, opening)| {
        let address = product.address();
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            stream.write_all(opening).await.expect("it is sent");
            assert!(closes(&mut stream).await, "{what} keeps the connection open");
        })
    });
    for end in ends {
        end.await.expect("it is shown out");
    }
    serves(&product).await;
    product.stop().await;
}

/// Calls of a friend, one after the other, until it is enough; each is answered, and at least one is made.
async fn friendly(wire: Wire, enough: Arc<AtomicBool>) {
    while wire.send_as(OPERATOR, LIST, Vec::new()).await.is_ok() {
        if enough.load(SeqCst) {
            return;
        }
        sleep(Duration::from_millis(5)).await;
    }
    panic!("a friend is not answered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_takes_back_all_it_asks_is_shown_out_and_harms_nobody_else() {
    let product = Product::start().await;
    let enough = Arc::<AtomicBool>::default();
    let friend = tokio::spawn(friendly(Wire::to(&product), Arc::clone(&enough)));
    let (mut reset, mut shown_out) = (0, 0);
    while shown_out < 3 {
        let mut plain = Plain::over(elsewhere(&product).await).await.expect("the preface");
        loop {
            let headers = operator_with(&[]);
            let call = plain.try_call(LIST, &headers, framed(0, &[]));
            // Dropped as soon as it is on its way: the client resets the stream.
            match timeout(Duration::from_micros(300), call).await {
                Err(_) => reset += 1,
                Ok(Ok(_)) => {}
                Ok(Err(_)) => break,
            }
            assert!(reset < 100_000, "it is let go on");
        }
        shown_out += 1;
        sleep(bounds::SHUT_OUT).await;
    }
    enough.store(true, SeqCst);
    friend.await.expect("a friend is answered before, meanwhile and afterwards");
    assert!(reset > 50, "{reset} taken back");
    serves(&product).await;
    product.stop().await;
}

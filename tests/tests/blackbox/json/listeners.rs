//! The listener for HTTP: over TLS in either version, within the same bounds as the one for gRPC, in each binary.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use bytes::Bytes;
use http::Method;
use tests::{State, binary_of, command};
use tokio::{io::AsyncReadExt, net::TcpStream, time::timeout};

use super::{
    asked::{JSON, Reply, ask, over_one, over_two, request},
    product, product_with,
};
use crate::{
    hostile::{LIST, OPERATOR, serves},
    peers::PREFACE,
    tls::{authority::Authority, way::Way},
    wire::as_headers,
    world::{INTAKE, TASKS},
};

fn asks() -> http::Request<http_body_util::Full<Bytes>> {
    let headers: Vec<_> = as_headers(OPERATOR).into_iter().chain([JSON]).collect();
    request(Method::POST, LIST, &headers, "{}".into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_is_answered_over_either_version_of_http_in_the_clear_and_over_tls() {
    let product = product().await;
    for two in [false, true] {
        let stream = TcpStream::connect(product.http()).await.expect("a connection");
        let reply = if two { over_two(stream, asks()).await } else { over_one(stream, asks()).await };
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    product.stop().await;
    let authority = Authority::new("contoso");
    let product = product_with(|settings| settings.tls = authority.server()).await;
    for protocol in [&b"h2"[..], b"http/1.1"] {
        let way = Way::new(&authority.ca(), None).speaking(&[protocol]);
        let stream = way.connect(product.http()).await.expect("a handshake");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol));
        let reply: Reply =
            if protocol == b"h2" { over_two(stream, asks()).await } else { over_one(stream, asks()).await };
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let silent = Way::new(&authority.ca(), None).speaking(&[]);
    let reply = over_one(silent.connect(product.http()).await.expect("a handshake"), asks()).await;
    assert_eq!(reply.status, 200, "who agrees to nothing speaks HTTP/1.1");
    let way = Way::new(&authority.ca(), None).speaking(&[b"http/1.1"]);
    assert!(way.connect(product.address()).await.is_err(), "gRPC's listener speaks HTTP/2 alone");
    product.stop().await;
}

#[tokio::test]
async fn connections_over_http_and_grpc_of_one_address_are_counted_together() {
    let product = product_with(|settings| settings.limits.connections_per_peer = 2).await;
    let first = TcpStream::connect(product.http()).await.expect("a connection");
    let second = TcpStream::connect(product.address()).await.expect("a connection");
    let mut third = TcpStream::connect(product.http()).await.expect("a connection");
    let closed = timeout(tests::PATIENCE, third.read(&mut [0; 1])).await.expect("in time");
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    drop((first, second, third));
    product.stop().await;
}

#[tokio::test]
async fn what_speaks_no_http_is_shown_out() {
    let product =
        product_with(|settings| settings.limits.timeouts.preface = std::time::Duration::from_secs(1)).await;
    for opening in [
        &PREFACE[..9],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"HELO contoso\r\n",
        b"\0\0\0\0\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(product.http()).await.expect("a connection");
        tokio::io::AsyncWriteExt::write_all(&mut stream, opening).await.expect("sent");
        let mut said = Vec::new();
        let _ = timeout(tests::PATIENCE, stream.read_to_end(&mut said)).await.expect("it closes");
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&said));
    }
    serves(&product).await;
    product.stop().await;
}

/// A binary that says where it answers over HTTP; killed when dropped.
struct Serving(Child, SocketAddr);

impl Serving {
    fn begin(mut command: Command) -> Self {
        command.args(["--listen", "127.0.0.1:0", "--http", "0"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let mut said = lines.filter_map(|line| line.split_once("answers JSON over HTTP at ")?.1.parse().ok());
        let address = said.next().expect("it says where");
        Self(child, address)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_product_and_a_service_alone_answer_json() {
    let state = State::new();
    let whole = tokio::task::block_in_place(|| Serving::begin(command(&state, &[])));
    for service in [INTAKE, TASKS] {
        let reply = ask(whole.1, &format!("/{service}/ListDuties"), "{}").await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    drop(whole);
    let mut alone = Command::new(binary_of("intake"));
    let state = State::in_files();
    alone.arg("--data").arg(state.folder());
    alone.args(["--peer", "engagement=http://127.0.0.1:9"]);
    let alone = tokio::task::block_in_place(|| Serving::begin(alone));
    assert_eq!(ask(alone.1, &format!("/{INTAKE}/ListDuties"), "{}").await.status, 200);
    let elsewhere = ask(alone.1, &format!("/{TASKS}/ListDuties"), "{}").await.refusal();
    assert_eq!((elsewhere.0, &*elsewhere.2), (501, "METHOD_ELSEWHERE"));
}

//! Everybody speaks TLS, or nobody listens.

use std::time::Duration;

use getmodern::{
    client::Client,
    demo::{self, Stage},
};
use tests::Product;
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{authority::Authority, way::Way};
use crate::{
    hostile::{LIST, OPERATOR},
    peers::{PREFACE, closes},
    wire::Wire,
};

/// How long a machine may take for what is due at once.
const PATIENCE: Duration = tests::PATIENCE;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_goes_through_the_playbook_over_tls() {
    let authority = Authority::new("contoso");
    let product = Product::with(|settings| settings.tls = authority.server()).await;
    let channel = Way::new(&authority.ca(), None).channel(product.address());
    let client = Client::over([channel.clone(), channel.clone(), channel], PATIENCE);
    demo::play(&mut Stage::of(client, false)).await.expect("all goes as the playbook says");
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_speak_tls_or_not_http_2_in_it_is_shown_out() {
    let authority = Authority::new("contoso");
    let product = Product::with(|settings| settings.tls = authority.server()).await;
    let (address, way) = (product.address(), Way::new(&authority.ca(), None));
    assert!(way.wire(address).send_as(OPERATOR, LIST, Vec::new()).await.is_ok());
    assert!(Wire::to(&product).send_as(OPERATOR, LIST, Vec::new()).await.is_err(), "in the clear");
    let stranger = Way::new(&Authority::new("fabrikam").ca(), None);
    assert!(stranger.connect(address).await.is_err(), "vouched for by somebody else");
    for opening in [&b""[..], PREFACE, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"] {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(opening).await.expect("it is sent");
        assert!(closes(&mut stream).await, "{opening:?} keeps the connection open");
    }
    for opening in [&b""[..], &PREFACE[..9], b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"] {
        let mut stream = way.connect(address).await.expect("a handshake");
        stream.write_all(opening).await.expect("it is sent");
        assert!(closes(&mut stream).await, "{opening:?} within TLS keeps the connection open");
    }
    assert!(way.wire(address).send_as(OPERATOR, LIST, Vec::new()).await.is_ok());
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preface_in_pieces_is_a_preface() {
    let authority = Authority::new("contoso");
    let product = Product::with(|settings| settings.tls = authority.server()).await;
    let mut stream = Way::new(&authority.ca(), None).connect(product.address()).await.expect("a handshake");
    for piece in PREFACE.chunks(7) {
        stream.write_all(piece).await.expect("it is sent");
        stream.flush().await.expect("it is sent");
        sleep(Duration::from_millis(5)).await;
    }
    // Settings, to which the answer begins with settings: a frame of kind 4.
    stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.expect("it is sent");
    let mut head = [0; 9];
    let read = timeout(PATIENCE, tokio::io::AsyncReadExt::read_exact(&mut stream, &mut head)).await;
    assert!(read.is_ok_and(|read| read.is_ok()) && head[3] == 4, "{head:?}");
    product.stop().await;
}

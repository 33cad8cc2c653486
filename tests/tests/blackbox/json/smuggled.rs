//! Requests within requests: whoever says in two ways how long a request is, is refused, and nothing behind it is read.

use tests::Product;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::product;
use crate::{hostile::serves, world::INTAKE};

/// A request that opens a case, as long as `length` says.
fn opens(key: &str, length: impl Fn(usize) -> String, chunked: bool) -> String {
    let body = format!(r#"{{"requestId": "{key}", "customer": "{key}", "tenant": "{key}.example"}}"#);
    let content = if chunked { format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()) } else { body.clone() };
    let who = "x-getmodern-person: people/gateway\r\nx-getmodern-role: REENGAGEMENT_MANAGER";
    format!(
        "POST /{INTAKE}/OpenCase HTTP/1.1\r\nhost: localhost\r\n{who}\r\ncontent-type: application/json\r\n{}\r\n{content}",
        length(body.len())
    )
}

fn plain(key: &str) -> String {
    opens(key, |length| format!("content-length: {length}\r\n"), false)
}

/// The statuses of everything that is answered on one connection before it closes.
async fn answered(product: &Product, sent: &str) -> Vec<String> {
    let mut stream = TcpStream::connect(product.http()).await.expect("a connection");
    stream.write_all(sent.as_bytes()).await.expect("sent");
    let mut said = Vec::new();
    let _ = timeout(tests::PATIENCE, stream.read_to_end(&mut said)).await.expect("it closes");
    let said = String::from_utf8(said).expect("text");
    said.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].to_owned()).collect()
}

/// The customers that have a case.
async fn customers(product: &Product) -> Vec<String> {
    let listed = super::asked::ask(product.http(), &format!("/{INTAKE}/ListCases"), "{}").await.json();
    let cases = listed["cases"].as_array().cloned().unwrap_or_default();
    cases.iter().map(|case| case["customer"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn a_request_is_as_long_as_it_says_once_or_it_is_refused_and_nothing_is_read_behind_it() {
    let product = product().await;
    let both = |length: usize| format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n");
    let reverse = |length: usize| format!("transfer-encoding: chunked\r\ncontent-length: {length}\r\n");
    let hidden = |_: usize| "Transfer-Encoding : chunked\r\ncontent-length: 4\r\n".to_owned();
    let twice = |length: usize| format!("content-length: {length}\r\ncontent-length: 4\r\n");
    let signed = |length: usize| format!("content-length: +{length}\r\n");
    let listed = |length: usize| format!("content-length: {length}, {length}\r\n");
    let other = |_: usize| "transfer-encoding: chunked, identity\r\n".to_owned();
    let vertical = |_: usize| "transfer-encoding: \u{b}chunked\r\n".to_owned();
    let folded =
        |length: usize| format!("x: y\r\n content-length: {length}\r\ntransfer-encoding: chunked\r\n");
    let attacks: [(&str, String); 9] = [
        ("both", opens("both", both, true)),
        ("reverse", opens("reverse", reverse, true)),
        ("hidden", opens("hidden", hidden, true)),
        ("twice", opens("twice", twice, false)),
        ("signed", opens("signed", signed, false)),
        ("listed", opens("listed", listed, false)),
        ("other", opens("other", other, true)),
        ("vertical", opens("vertical", vertical, true)),
        ("folded", opens("folded", folded, true)),
    ];
    for (name, attack) in attacks {
        let statuses = answered(&product, &format!("{attack}{}", plain(&format!("behind-{name}")))).await;
        assert_eq!(statuses, ["400"], "{name}");
    }
    assert_eq!(customers(&product).await, [""; 0], "nothing was done");
    serves(&product).await;
    product.stop().await;
}

#[tokio::test]
async fn requests_on_one_connection_are_answered_in_order_and_a_chunked_one_is_the_last() {
    let product = product().await;
    let chunked = opens("chunked", |_| "transfer-encoding: chunked\r\n".to_owned(), true);
    let sent = [plain("first"), plain("second"), chunked, plain("behind")].concat();
    assert_eq!(answered(&product, &sent).await, ["200", "200", "200"]);
    let mut done = customers(&product).await;
    done.sort_unstable();
    assert_eq!(done, ["chunked", "first", "second"]);
    product.stop().await;
}

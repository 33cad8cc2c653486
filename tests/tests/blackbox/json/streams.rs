//! A watch over HTTP: messages in envelopes as they come, and at its end why it ended.

use std::net::SocketAddr;

use bytes::{Buf, BytesMut};
use http::Method;
use http_body_util::BodyExt;
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};

use super::{
    asked::{ask, post, reason, request},
    product, product_with,
};
use crate::{faults::gateway::prepare, hostile::OPERATOR, plain::framed, wire::as_headers, world::INTAKE};

const CONNECT: (&str, &str) = ("content-type", "application/connect+json");

/// A watch that goes on.
struct Watch {
    body: Incoming,
    come: BytesMut,
}

impl Watch {
    async fn begin(address: SocketAddr, headers: &[(&str, &str)], message: &str) -> Self {
        let stream = TokioIo::new(TcpStream::connect(address).await.expect("a connection"));
        let (mut sender, connection) = http1::handshake(stream).await.expect("a connection");
        tokio::spawn(connection);
        let path = format!("/{INTAKE}/WatchEvents");
        let request = request(Method::POST, &path, headers, framed(0, message.as_bytes()));
        let answer = sender.send_request(request).await.expect("an answer");
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["content-type"].as_bytes()),
            (200, CONNECT.1.as_bytes())
        );
        Self { body: answer.into_body(), come: BytesMut::new() }
    }

    /// The flags of the next envelope, and what is in it; none at the end.
    async fn next(&mut self) -> Option<(u8, Value)> {
        loop {
            if let Some(length) = self.come.get(1..5).map(|length| length.try_into().expect("four")) {
                let length = usize::try_from(u32::from_be_bytes(length)).expect("short");
                if self.come.len() >= 5 + length {
                    let flags = self.come.get_u8();
                    self.come.advance(4);
                    let message = self.come.split_to(length);
                    return Some((flags, serde_json::from_slice(&message).expect("JSON")));
                }
            }
            let frame = timeout(tests::PATIENCE, self.body.frame()).await.expect("in time")?;
            self.come.extend_from_slice(&frame.expect("it is whole").into_data().expect("content"));
        }
    }

    /// The events until there are so many.
    async fn events(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            let (flags, message) = self.next().await.expect("it goes on");
            assert_eq!(flags, 0, "{message}");
            assert!(message["resumeToken"].is_string(), "{message}");
            events.extend(message["events"].as_array().cloned().unwrap_or_default());
        }
        events
    }

    /// Its end, however many messages come before.
    async fn end(&mut self) -> Value {
        loop {
            let (flags, message) = self.next().await.expect("an end");
            if flags == 2 {
                assert!(self.next().await.is_none(), "nothing comes after the end");
                return message;
            }
        }
    }
}

fn operator() -> Vec<(&'static str, &'static str)> {
    as_headers(OPERATOR).into_iter().chain([CONNECT]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_over_json_has_the_events_that_are_listed_and_those_to_come_and_resumes() {
    let product = product().await;
    let client = product.client();
    prepare(&client, "first.example").await;
    let listed = ask(product.http(), &format!("/{INTAKE}/ListEvents"), r#"{"pageSize": 500}"#).await.json();
    let listed = listed["events"].as_array().expect("events").clone();
    let mut watch = Watch::begin(product.http(), &operator(), "{}").await;
    let without_tokens = |events: &[Value]| {
        let each = events.iter().map(|event| (event["revision"].clone(), event["kind"].clone()));
        each.collect::<Vec<_>>()
    };
    let events = watch.events(listed.len()).await;
    assert_eq!(without_tokens(&events), without_tokens(&listed));
    prepare(&client, "second.example").await;
    let later = watch.events(1).await;
    assert_eq!(later[0]["revision"], (listed.len() + 1).to_string());
    let token = events.last().expect("an event")["resumeToken"].as_str().expect("a token");
    let mut resumed =
        Watch::begin(product.http(), &operator(), &format!(r#"{{"resumeToken": "{token}"}}"#)).await;
    assert_eq!(resumed.events(1).await[0]["revision"], later[0]["revision"]);
    drop((watch, resumed));
    product.stop().await;
}

#[tokio::test]
async fn a_watch_that_is_refused_or_ends_says_why_in_its_last_envelope() {
    let product = product().await;
    let ends = |headers: Vec<(&'static str, &'static str)>, message: &'static str| {
        let http = product.http();
        async move {
            let end = Watch::begin(http, &headers, message).await.end().await;
            (end["error"]["code"].clone(), reason(&end["error"]))
        }
    };
    let is = |code: &str, reason: &str| (Value::from(code), Value::from(reason));
    assert_eq!(ends(vec![CONNECT], "{}").await, is("unauthenticated", "IDENTITY_UNKNOWN"));
    assert_eq!(ends(operator(), r#"{"x": 1}"#).await, is("invalid_argument", "MESSAGE_MALFORMED"));
    let token = ends(operator(), r#"{"resumeToken": "x"}"#).await;
    assert_eq!(token, is("invalid_argument", "RESUME_TOKEN_INVALID"));
    let brief = operator().into_iter().chain([("connect-timeout-ms", "300")]).collect();
    assert_eq!(ends(brief, "{}").await, is("deadline_exceeded", "DEADLINE_EXCEEDED"));
    let malformed = operator().into_iter().chain([("connect-timeout-ms", "x")]).collect();
    assert_eq!(ends(malformed, "{}").await, is("invalid_argument", "DEADLINE_MALFORMED"));
    let compressed = operator().into_iter().chain([("connect-content-encoding", "gzip")]).collect();
    assert_eq!(ends(compressed, "{}").await, is("unimplemented", "ENCODING_UNKNOWN"));
    for body in [&b""[..], b"{}", &[1, 0, 0, 0, 2, b'{', b'}'], &[0, 0, 0, 0, 9, b'{', b'}']] {
        let reply = post(product.http(), &format!("/{INTAKE}/WatchEvents"), &operator(), body).await;
        let told: Value = serde_json::from_slice(&reply.body[5..]).expect("JSON");
        assert_eq!(reason(&told["error"]), "MESSAGE_MALFORMED", "{body:?}");
    }
    product.stop().await;
}

#[tokio::test]
async fn watches_over_json_count_as_their_persons_and_a_stop_ends_them_with_where_to_resume() {
    let product = product_with(|settings| settings.limits.watches_per_person = 1).await;
    let mut watch = Watch::begin(product.http(), &operator(), "{}").await;
    watch.next().await.expect("it has begun");
    let end = Watch::begin(product.http(), &operator(), "{}").await.end().await;
    assert_eq!(reason(&end["error"]), "CALLER_TOO_BUSY");
    let (end, ()) = tokio::join!(watch.end(), product.stop());
    assert_eq!(reason(&end["error"]), "SHUTTING_DOWN");
}

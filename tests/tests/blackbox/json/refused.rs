//! Bad requests over HTTP and JSON that does not read as its type: they are refused as over gRPC, and nothing is done.

use http::Method;

use super::{
    asked::{JSON, Reply, ask, post, send},
    product,
};
use crate::{
    hostile::{LIST, OPERATOR, serves},
    wire::as_headers,
    world::INTAKE,
};

fn told(status: u16, code: &str, reason: &str) -> (u16, String, String) {
    (status, code.to_owned(), reason.to_owned())
}

#[tokio::test]
async fn json_that_does_not_read_as_its_type_is_refused_with_what_is_wrong() {
    let product = product().await;
    let nested = |levels: usize| format!(r#"{{"x": {}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    for (body, says) in [
        (String::new(), "EOF"),
        ("{".to_owned(), "EOF"),
        ("null".to_owned(), "null"),
        ("{} {}".to_owned(), "trailing"),
        (r#"{"colour": "red"}"#.to_owned(), "colour"),
        (r#"{"pageSize": "many"}"#.to_owned(), "line 1"),
        (r#"{"pageSize": 5000000000}"#.to_owned(), "line 1"),
        (r#"{"state": "STATE_OF_MIND"}"#.to_owned(), "STATE_OF_MIND"),
        (r#"{"pageSize": 1, "pageSize": 1}"#.to_owned(), "said twice"),
        (r#"{"pageSize": 1, "page_size": 1}"#.to_owned(), "said twice"),
        (nested(100), "levels"),
        (nested(50_000), "levels"),
        ("{\"a\u{202e}b\": 1}".to_owned(), "'a?b'"),
    ] {
        let reply = ask(product.http(), LIST, &body).await;
        assert_eq!(reply.refusal(), told(400, "invalid_argument", "MESSAGE_MALFORMED"), "{body:.80}");
        let message = reply.json()["message"].as_str().expect("a message").to_owned();
        assert!(message.contains(says), "{body:.80}: {message}");
    }
    let invalid = [&br#"{"pageToken": ""#[..], &[0xc3, 0x28], br#""}"#].concat();
    let headers: Vec<_> = as_headers(OPERATOR).into_iter().chain([JSON]).collect();
    let reply = post(product.http(), LIST, &headers, invalid).await;
    assert_eq!(reply.refusal(), told(400, "invalid_argument", "MESSAGE_MALFORMED"));
    serves(&product).await;
    product.stop().await;
}

#[tokio::test]
async fn json_of_more_than_four_mebibytes_or_with_too_many_values_is_refused_and_of_less_is_read() {
    let product = product().await;
    let path = format!("/{INTAKE}/OpenCase");
    let as_gateway = |body: String| {
        let who = [("x-getmodern-person", "people/ada"), ("x-getmodern-role", "REENGAGEMENT_MANAGER"), JSON];
        let (http, path) = (product.http(), path.clone());
        async move { post(http, &path, &who, body).await.refusal() }
    };
    let long = |length: usize| format!(r#"{{"customer": "{}"}}"#, "c".repeat(length));
    let too_large = told(429, "resource_exhausted", "MESSAGE_TOO_LARGE");
    assert_eq!(as_gateway(long(4 * 1024 * 1024)).await, too_large);
    assert_eq!(as_gateway(format!("{{{}}}", " ".repeat(4 * 1024 * 1024 + 10))).await, too_large);
    assert_eq!(
        as_gateway(long(4 * 1024 * 1024 - 20)).await,
        told(400, "invalid_argument", "INVALID_REQUEST")
    );
    let many = |values: usize| format!(r#"{{"x": [{}]}}"#, vec!["{}"; values].join(","));
    assert_eq!(as_gateway(many(host::bounds::VALUES)).await, too_large);
    let fewer = as_gateway(many(host::bounds::VALUES - 10)).await;
    assert_eq!(fewer, told(400, "invalid_argument", "MESSAGE_MALFORMED"), "looked at, and no field of its");
    serves(&product).await;
    product.stop().await;
}

#[tokio::test]
async fn only_posts_of_the_content_that_a_method_takes_are_answered() {
    let product = product().await;
    let who = as_headers(OPERATOR);
    let watch = format!("/{INTAKE}/WatchEvents");
    for (path, content) in [
        (LIST, "text/plain"),
        (LIST, "application/x-www-form-urlencoded"),
        (LIST, "multipart/form-data; boundary=x"),
        (LIST, "application/grpc"),
        (LIST, "application/grpc-web+json"),
        (LIST, "application/json; charset=latin1"),
        (LIST, "application/connect+json"),
        (&watch, "application/json"),
    ] {
        let headers: Vec<_> = who.into_iter().chain([("content-type", content)]).collect();
        let reply = post(product.http(), path, &headers, "{}").await;
        assert_eq!((reply.status, &*reply.body), (415, &b""[..]), "{path} {content}");
        assert!(reply.header("accept-post").contains("application/json"), "{reply:?}");
    }
    let headers: Vec<_> = who.into_iter().chain([JSON]).collect();
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::HEAD, Method::OPTIONS, Method::TRACE] {
        let reply = send(product.http(), method.clone(), LIST, &headers, "").await;
        assert_eq!((reply.status, reply.header("allow")), (405, "POST"), "{method}");
    }
    for path in ["/", "/metrics", "/getmodern.tasks.v1.TaskService/Nothing", "/a/b/c"] {
        let reply = ask(product.http(), path, "{}").await;
        assert_eq!(reply.refusal(), told(501, "unimplemented", "METHOD_UNKNOWN"), "{path}");
    }
    let reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    assert_eq!(ask(product.http(), reflection, "{}").await.status, 501, "it takes a stream");
    let health = post(product.http(), "/grpc.health.v1.Health/Check", &[JSON], "{}").await;
    assert_eq!(health.json(), serde_json::json!({ "status": "SERVING" }));
    product.stop().await;
}

#[tokio::test]
async fn a_deadline_is_kept_and_headers_that_do_not_read_are_refused() {
    let product = product().await;
    let with = |name: &'static str, value: &'static str| {
        let headers: Vec<_> = as_headers(OPERATOR).into_iter().chain([JSON, (name, value)]).collect();
        let http = product.http();
        async move { post(http, LIST, &headers, "{}").await }
    };
    assert_eq!(with("connect-timeout-ms", "5000").await.status, 200);
    assert_eq!(with("connect-timeout-ms", "9999999999").await.status, 200);
    let late = with("connect-timeout-ms", "0").await.refusal();
    assert_eq!(late, told(504, "deadline_exceeded", "DEADLINE_EXCEEDED"));
    for malformed in ["", "-1", "5s", "1.5", "12345678901"] {
        let reply: Reply = with("connect-timeout-ms", malformed).await;
        assert_eq!(reply.refusal(), told(400, "invalid_argument", "DEADLINE_MALFORMED"), "{malformed}");
    }
    assert_eq!(with("connect-protocol-version", "1").await.status, 200);
    let version = with("connect-protocol-version", "2").await.refusal();
    assert_eq!(version, told(400, "invalid_argument", "HEADER_MALFORMED"));
    assert_eq!(with("content-encoding", "identity").await.status, 200);
    let compressed = with("content-encoding", "gzip").await.refusal();
    assert_eq!(compressed, told(501, "unimplemented", "ENCODING_UNKNOWN"));
    assert_eq!(with("grpc-timeout", "0n").await.status, 200, "it is none of this protocol's");
    product.stop().await;
}

//! A client over HTTP/1.1 or HTTP/2 that sends what it is told, a call on a connection.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use crate::{hostile::OPERATOR, wire::as_headers};

pub(super) const JSON: (&str, &str) = ("content-type", "application/json");

/// The answer that came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The status, the code and the reason of a refusal.
    pub(super) fn refusal(&self) -> (u16, String, String) {
        let told = self.json();
        (self.status, text(&told["code"]), text(&reason(&told)))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The reason that the details of a refusal name.
pub(super) fn reason(told: &Value) -> Value {
    let details = told["details"].as_array().cloned().unwrap_or_default();
    let info = details.into_iter().find(|detail| detail["type"] == "google.rpc.ErrorInfo");
    info.map(|info| info["debug"]["reason"].clone()).unwrap_or_default()
}

/// A JSON call of an operator, over HTTP/1.1.
pub(super) async fn ask(address: SocketAddr, path: &str, body: &str) -> Reply {
    let headers: Vec<_> = as_headers(OPERATOR).into_iter().chain([JSON]).collect();
    post(address, path, &headers, body.to_owned()).await
}

/// A call over HTTP/1.1.
pub(super) async fn post(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Reply {
    send(address, Method::POST, path, headers, body).await
}

/// The same with any method.
pub(super) async fn send(
    address: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Reply {
    let stream = TcpStream::connect(address).await.expect("a connection");
    over_one(stream, request(method, path, headers, body.into())).await
}

/// A call over HTTP/1.1 on `stream`.
pub(super) async fn over_one(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Reply {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("a connection");
    tokio::spawn(connection);
    read(sender.send_request(request).await).await
}

/// A call over HTTP/2 on `stream`.
pub(super) async fn over_two(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Reply {
    let stream = TokioIo::new(stream);
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), stream).await.expect("a connection");
    tokio::spawn(connection);
    read(sender.send_request(request).await).await
}

pub(super) fn request(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(format!("http://localhost{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(body)).expect("a request")
}

async fn read(answer: Result<http::Response<hyper::body::Incoming>, hyper::Error>) -> Reply {
    let (parts, body) = answer.expect("an answer").into_parts();
    let body = body.collect().await.expect("the whole answer").to_bytes();
    Reply { status: parts.status.as_u16(), headers: parts.headers, body }
}

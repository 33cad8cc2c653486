//! HTTP/2 without gRPC's client: it sends what it is told.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tonic::Status;

use crate::{hostile::OPERATOR, wire::as_headers};

/// An HTTP/2 connection without gRPC's client: it sends what it is told.
pub(crate) struct Plain {
    sender: SendRequest<Full<Bytes>>,
}

/// What came back, headers and trailers in one.
pub(crate) struct Answer {
    pub(crate) http: u16,
    headers: HeaderMap,
}

impl Answer {
    pub(crate) fn status(&self) -> Status {
        Status::from_header_map(&self.headers)
            .unwrap_or_else(|| panic!("a status: {} {:?}", self.http, self.headers))
    }
}

impl Plain {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.expect("a connection")).await.expect("the preface")
    }

    /// The same over a connection that is there already; none when it was closed meanwhile.
    pub(crate) async fn over(stream: TcpStream) -> Option<Self> {
        let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        Some(Self { sender })
    }

    pub(crate) async fn try_call(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, hyper::Error> {
        self.try_call_as(Method::POST, path, headers, body).await
    }

    /// The same with a method that may not be gRPC's.
    pub(crate) async fn try_call_as(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, hyper::Error> {
        let mut request = Request::builder().method(method).uri(format!("http://localhost{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let given = |name: &str| headers.iter().any(|(header, _)| *header == name);
        if !given("content-type") {
            request = request.header("content-type", "application/grpc");
        }
        let request = request.body(Full::new(body)).expect("a request");
        let answer = self.sender.send_request(request).await?;
        let (parts, body) = answer.into_parts();
        let mut headers = parts.headers;
        if let Some(trailers) = body.collect().await?.trailers() {
            headers.extend(trailers.clone());
        }
        Ok(Answer { http: parts.status.as_u16(), headers })
    }

    pub(crate) async fn call(&mut self, path: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
        self.try_call(path, headers, body).await.expect("an answer")
    }
}

/// A message in gRPC's frame, with its flag for compression.
pub(crate) fn framed(compressed: u8, message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).expect("short").to_be_bytes();
    [&[compressed], &length[..], message].concat().into()
}

pub(crate) fn operator_with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    as_headers(OPERATOR).into_iter().chain(more.iter().copied()).collect()
}

//! A way over JSON for clients of gRPC: what they ask is asked over HTTP, and what they are told comes from there.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{body::Incoming, client::conn::http1::SendRequest, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use prost_types::Any;
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Mutex,
};
use tonic::{Code, Status};
use tonic_types::pb;

use crate::catalogue::METHODS;

/// Every code, by the word that Connect has for it and with the status of HTTP.
const CODES: [(&str, u16, Code); 16] = [
    ("canceled", 499, Code::Cancelled),
    ("unknown", 500, Code::Unknown),
    ("invalid_argument", 400, Code::InvalidArgument),
    ("deadline_exceeded", 504, Code::DeadlineExceeded),
    ("not_found", 404, Code::NotFound),
    ("already_exists", 409, Code::AlreadyExists),
    ("permission_denied", 403, Code::PermissionDenied),
    ("resource_exhausted", 429, Code::ResourceExhausted),
    ("failed_precondition", 400, Code::FailedPrecondition),
    ("aborted", 409, Code::Aborted),
    ("out_of_range", 400, Code::OutOfRange),
    ("unimplemented", 501, Code::Unimplemented),
    ("internal", 500, Code::Internal),
    ("unavailable", 503, Code::Unavailable),
    ("data_loss", 500, Code::DataLoss),
    ("unauthenticated", 401, Code::Unauthenticated),
];

/// The address of a bridge that answers clients of gRPC by asking over JSON at `http`, until the runtime of the test ends.
pub(super) async fn bridge(http: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let way = Arc::new(Way { http, sender: Mutex::new(None) });
            let service = service_fn(move |request| answer(Arc::clone(&way), request));
            let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

/// One connection over HTTP/1.1, which is used again and again.
struct Way {
    http: SocketAddr,
    sender: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

async fn answer(
    way: Arc<Way>,
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    Ok(match way.asked(request).await {
        Ok(message) => {
            let trailers = HeaderMap::from_iter([("grpc-status".parse().expect("a name"), 0.into())]);
            let body =
                Full::new(crate::plain::framed(0, &message)).with_trailers(async { Some(Ok(trailers)) });
            let response = Response::builder().header("content-type", "application/grpc");
            response.body(body.boxed()).expect("an answer")
        }
        Err(status) => status.into_http(),
    })
}

impl Way {
    async fn asked(&self, request: Request<Incoming>) -> Result<Vec<u8>, Status> {
        let (parts, body) = request.into_parts();
        let method =
            METHODS.iter().find(|method| method.path() == parts.uri.path()).expect("a method of ours");
        let message = body.collect().await.expect("a message").to_bytes().slice(5..);
        let mut asked = Request::post(parts.uri.path()).header("content-type", "application/json");
        for (name, value) in &parts.headers {
            if name == "authorization" || name.as_str().starts_with("x-") {
                asked = asked.header(name, value);
            }
        }
        let asked = asked.body(Full::new(json(&method.input, &message))).expect("a request");
        let (http, headers, answer) = self.send(asked).await;
        assert_eq!(
            headers.get("content-type").map(http::HeaderValue::as_bytes),
            Some(&b"application/json"[..])
        );
        if http == 200 {
            let mut json = serde_json::Deserializer::from_slice(&answer);
            let message = DynamicMessage::deserialize(method.output.clone(), &mut json);
            return Ok(message.expect("it reads as its type").encode_to_vec());
        }
        Err(status(http, &serde_json::from_slice(&answer).expect("JSON")))
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> (u16, HeaderMap, Bytes) {
        let mut kept = self.sender.lock().await;
        let mut sender = match kept.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => self.connected().await,
        };
        sender.ready().await.expect("it is free");
        let (parts, body) = sender.send_request(request).await.expect("an answer").into_parts();
        let body = body.collect().await.expect("the whole answer").to_bytes();
        *kept = Some(sender);
        (parts.status.as_u16(), parts.headers, body)
    }

    async fn connected(&self) -> SendRequest<Full<Bytes>> {
        let stream = TcpStream::connect(self.http).await.expect("a connection");
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("a connection");
        tokio::spawn(connection);
        sender
    }
}

/// A message as JSON; bytes that are none go as they are.
pub(super) fn json(kind: &MessageDescriptor, message: &[u8]) -> Bytes {
    let message = DynamicMessage::decode(kind.clone(), message).expect("a request of its type");
    serde_json::to_vec(&message).expect("JSON").into()
}

/// The same refusal as gRPC has it.
pub(super) fn status(http: u16, told: &Value) -> Status {
    let (_, expected, code) = CODES.iter().find(|(word, _, _)| told["code"] == *word).expect("a code");
    assert_eq!(http, *expected, "{told}");
    let details = told["details"].as_array().cloned().unwrap_or_default();
    let details = details.iter().map(|detail| {
        let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
        assert!(detail["debug"].is_object(), "{detail}");
        let value = BASE64_STANDARD_NO_PAD.decode(text("value")).expect("base64");
        Any { type_url: format!("type.googleapis.com/{}", text("type")), value }
    });
    let message = told["message"].as_str().unwrap_or_default();
    let details: Vec<_> = details.collect();
    let bytes = pb::Status { code: (*code).into(), message: message.to_owned(), details }.encode_to_vec();
    Status::with_details(*code, message, bytes.into())
}

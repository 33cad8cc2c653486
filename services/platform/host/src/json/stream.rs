//! A stream of messages over HTTP: each in an envelope, and at the end one that says how it ended.

use std::{collections::BTreeMap, convert::Infallible};

use bytes::{Buf, Bytes, BytesMut};
use futures::stream::unfold;
use http::{HeaderMap, header::CONTENT_TYPE};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use prost_reflect::MessageDescriptor;
use serde::Serialize;
use tonic::{Code, Status, body::Body};

use super::{
    body::{HEAD, framed},
    content::Content,
    error::{self, Told},
    headers,
    message::{Reader, show},
};
use crate::{Fail, stack::Response};

/// The flag of the envelope that says how a stream ended.
const END: u8 = 2;

/// The answer to what gRPC answers with a stream.
pub(super) fn answered(
    content: Content,
    reader: Reader,
    kind: MessageDescriptor,
    response: Response,
) -> Response {
    let (parts, body) = response.into_parts();
    // An answer without a message has its status in the headers.
    let ended = Status::from_header_map(&parts.headers).map(|status| end(&status, &HeaderMap::new()));
    let messages = Messages { content, reader, kind, body, come: BytesMut::new() };
    let state = ended.map_or(State::Goes(messages), State::Ends);
    let mut response = begun(content, Body::new(StreamBody::new(unfold(state, next))));
    response.headers_mut().extend(headers::shown(&parts.headers, ""));
    response
}

/// The answer that refuses a call before it is one.
pub(super) fn refused(content: Content, status: &Status) -> Response {
    let end = end(status, &HeaderMap::new());
    begun(content, Body::new(Full::from(end)))
}

fn begun(content: Content, body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, content.value());
    response
}

/// The last envelope.
fn end(status: &Status, trailers: &HeaderMap) -> Bytes {
    let shown = headers::shown(trailers, "");
    let values = |name| shown.get_all(name).iter().filter_map(|value| value.to_str().ok()).map(str::to_owned);
    let metadata = shown.keys().map(|name| (name.to_string(), values(name).collect())).collect();
    let error = (status.code() != Code::Ok).then(|| error::told(status));
    framed(END, &serde_json::to_vec(&End { error, metadata }).unwrap_or_default())
}

/// How a stream ended.
#[derive(Debug, Serialize)]
struct End {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Told>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, Vec<String>>,
}

/// How far a stream is.
enum State {
    Goes(Messages),
    Ends(Bytes),
    Over,
}

/// The messages of an answer over gRPC.
struct Messages {
    content: Content,
    reader: Reader,
    kind: MessageDescriptor,
    body: Body,
    come: BytesMut,
}

/// The next envelope.
async fn next(state: State) -> Option<(Result<Frame<Bytes>, Infallible>, State)> {
    match state {
        State::Goes(mut messages) => Some(match messages.next().await {
            Ok(envelope) => (Ok(Frame::data(envelope)), State::Goes(messages)),
            Err(end) => (Ok(Frame::data(end)), State::Over),
        }),
        State::Ends(end) => Some((Ok(Frame::data(end)), State::Over)),
        State::Over => None,
    }
}

impl Messages {
    /// The next message in its envelope, or the last envelope.
    async fn next(&mut self) -> Result<Bytes, Bytes> {
        loop {
            if let Some(message) = self.cut() {
                return self.shown(message).await.map_err(|status| end(&status, &HeaderMap::new()));
            }
            match self.body.frame().await.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => self.come.extend_from_slice(&data),
                Some(Ok(Err(frame))) => return Err(ended(&frame.into_trailers().unwrap_or_default())),
                Some(Err(_)) | None => return Err(ended(&HeaderMap::new())),
            }
        }
    }

    async fn shown(&mut self, message: Bytes) -> Result<Bytes, Status> {
        let shown = self.reader.translate(self.content, self.kind.clone(), message, show).await?;
        Ok(framed(0, &shown))
    }

    /// The message that has come whole.
    fn cut(&mut self) -> Option<Bytes> {
        let length = u32::from_be_bytes(self.come.get(1..HEAD)?.try_into().ok()?);
        let length = usize::try_from(length).ok()?;
        if self.come.len() < HEAD + length {
            return None;
        }
        self.come.advance(HEAD);
        Some(self.come.split_to(length).freeze())
    }
}

/// The last envelope, as the trailers say.
fn ended(trailers: &HeaderMap) -> Bytes {
    let broken = || Status::from(Fail::Fault("an answer broke off".to_owned()));
    end(&Status::from_header_map(trailers).unwrap_or_else(broken), trailers)
}

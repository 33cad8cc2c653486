//! Messages between JSON and protobuf, by protobuf's own rules for JSON. Long ones are translated one after the other, apart from what
//! answers others: a message may be many times as large as its bytes while it is.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde_json::Deserializer;
use tokio::{sync::Semaphore, task::spawn_blocking};
use tonic::{Code, Status};

use super::{
    content::Content,
    malformed,
    scan::{self, Flaw},
};
use crate::{Fail, callers::large::USUAL_BYTES, fail::plain};

/// Signs of an error's text that are told.
const MOST: usize = 300;

/// A way to translate a message of a type.
pub(super) type Way = fn(MessageDescriptor, &[u8]) -> Result<Bytes, Status>;

/// Translates messages. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Reader(Arc<Semaphore>);

impl Reader {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }

    /// `message` by one of the two ways between JSON and protobuf, [`read`] and [`show`], where `content` is JSON; as it is where
    /// `content` is protobuf.
    pub(super) async fn translate(
        &self,
        content: Content,
        kind: MessageDescriptor,
        message: Bytes,
        way: Way,
    ) -> Result<Bytes, Status> {
        if !content.is_json {
            return Ok(message);
        }
        if message.len() <= USUAL_BYTES {
            return way(kind, &message);
        }
        let turn = Arc::clone(&self.0).acquire_owned().await;
        let done = spawn_blocking(move || {
            let _turn = turn;
            way(kind, &message)
        });
        done.await.unwrap_or_else(|error| Err(Fail::Fault(error.to_string()).into()))
    }
}

/// A request as protobuf, or what is wrong with it.
pub(super) fn read(kind: MessageDescriptor, json: &[u8]) -> Result<Bytes, Status> {
    scan::scan(&kind, json).map_err(|flaw| match flaw {
        Flaw::TooMuch => too_large(&format!("a message may have less than {} values", scan::VALUES)),
        Flaw::Malformed(error) => unread(&error),
    })?;
    let message = DynamicMessage::deserialize(kind, &mut Deserializer::from_slice(json));
    Ok(message.map_err(|error| unread(&error))?.encode_to_vec().into())
}

/// An answer as JSON.
pub(super) fn show(kind: MessageDescriptor, message: &[u8]) -> Result<Bytes, Status> {
    let fault = |cause: String| Status::from(Fail::Fault(format!("an answer does not become JSON: {cause}")));
    let message = DynamicMessage::decode(kind, message).map_err(|error| fault(error.to_string()))?;
    let json = serde_json::to_vec(&message).map_err(|error| fault(error.to_string()))?;
    Ok(json.into())
}

pub(super) fn too_large(text: &str) -> Status {
    plain(Code::ResourceExhausted, "MESSAGE_TOO_LARGE", text)
}

/// The refusal of a message that does not read, in the words of its reader. Signs that may be taken for others are not repeated.
fn unread(error: &serde_json::Error) -> Status {
    let plain = |sign: char| if sign.is_ascii_graphic() || sign == ' ' { sign } else { '?' };
    let told: String = error.to_string().chars().map(plain).take(MOST).collect();
    malformed(format!("the request message does not read as its type: {told}"))
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::json::methods::POOL;

    #[tokio::test]
    async fn long_messages_are_translated_one_after_the_other() {
        let kind = POOL.get_message_by_name("getmodern.intake.v1.OpenCaseRequest").expect("a type");
        let (reader, content) = (Reader::new(), Content { is_json: true, streams: false });
        let reads = |length: usize| {
            let json = format!(r#"{{"customer": "{}"}}"#, "c".repeat(length)).into();
            reader.translate(content, kind.clone(), json, read)
        };
        let turn = reader.0.clone().acquire_owned().await.expect("it is free");
        assert!(reads(10).now_or_never().is_some(), "a short one waits for nothing");
        let mut long = Box::pin(reads(USUAL_BYTES));
        assert!(long.as_mut().now_or_never().is_none(), "it is another's turn");
        drop(turn);
        assert_eq!(long.await.expect("it reads").len(), USUAL_BYTES + 4);
    }
}

//! The content of a request over gRPC: what comes over HTTP, read and translated once it is asked for.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures::stream::once;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tonic::{Status, body::Body};

use super::{
    content::Content,
    held::Share,
    malformed,
    message::{self, Reader, too_large},
    methods::Found,
};
use crate::callers::large::USUAL_BYTES;

/// Bytes of a message.
const MESSAGE: usize = 4 * 1024 * 1024;
/// Bytes before each message, in gRPC's frames and in envelopes: its flags, and how long it is.
pub(super) const HEAD: usize = 5;

/// The message in `body` in gRPC's frame.
pub(super) fn translated(
    body: Body,
    content: Content,
    method: Found,
    reader: Reader,
    mut share: Share,
) -> Body {
    Body::new(StreamBody::new(once(async move {
        let whole = whole(body, &mut share).await?;
        let message = if content.streams { opened(whole)? } else { whole };
        let message = reader.translate(content, method.input, message, message::read).await?;
        Ok::<_, Status>(Frame::data(framed(0, &message)))
    })))
}

/// All that comes, which counts as its caller's while it does.
async fn whole(mut body: Body, share: &mut Share) -> Result<Bytes, Status> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| malformed("the request broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        let before = whole.len().max(USUAL_BYTES);
        whole.extend_from_slice(&data);
        if whole.len() > MESSAGE + HEAD {
            return Err(too_large("a message may have 4 MiB at most"));
        }
        share.take(whole.len().saturating_sub(before))?;
    }
    Ok(whole.freeze())
}

/// The one message in an envelope.
fn opened(mut whole: Bytes) -> Result<Bytes, Status> {
    if whole.len() < HEAD {
        return Err(malformed("the request has no envelope"));
    }
    let (flags, length) = (whole.get_u8(), whole.get_u32());
    if flags != 0 || usize::try_from(length) != Ok(whole.len()) {
        return Err(malformed("the request is one envelope without flags, and as long as it says"));
    }
    Ok(whole)
}

/// A message with its flags and its length before it.
pub(super) fn framed(flags: u8, message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(HEAD + message.len());
    frame.put_u8(flags);
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    frame.freeze()
}

//! What a mutation asks, read before anything is looked up and told apart from every other, and what it is answered, once and for
//! all (I-20).

use kernel::{Caller, Id, Kind, Refusal};
use ledger::{Ledger, Record, Remembered, Reply, RequestKey, State};
use prost::{Message, Name};
use sha2::{Digest, Sha256};

use crate::{Act, Fail, Fields, Resource, Target, clock, wire};

/// Bytes a resource may have as it is shown.
pub const RESOURCE_BYTES: usize = 2 * 1024 * 1024;

/// Reads a request, before anything is looked up: its key, and which resource it is about unless that is new.
pub(crate) fn read<T: Resource, R: Act<T>>(
    message: &R,
    caller: &Caller,
) -> Result<(Key, Option<Id>), Refusal> {
    let mut fields = Fields::new(clock::now());
    // Whoever asks what a call would do is told what that very call would be.
    let key = if message.validate_only() {
        Key::read(message.request_id(), &message.in_earnest(), caller, &mut fields)
    } else {
        Key::read(message.request_id(), message, caller, &mut fields)
    };
    let named = named::<T, R>(message, &mut fields);
    message.command(&mut fields);
    fields.finish()?;
    Ok((key, named))
}

/// A request's key as its caller calls it.
pub(crate) struct Key {
    pub(crate) id: String,
    fingerprint: Vec<u8>,
}

impl Key {
    pub(crate) fn read<R: Message + Name>(
        id: &str,
        message: &R,
        caller: &Caller,
        fields: &mut Fields,
    ) -> Self {
        Self { id: fields.request_id(id), fingerprint: fingerprint(message, caller) }
    }

    /// The same as it is kept.
    pub(crate) async fn kept(self, ledger: &Ledger, caller: &Caller) -> Result<RequestKey, Fail> {
        Ok(RequestKey::of(ledger, &caller.person, &self.id, self.fingerprint).await?)
    }
}

/// Tells a request from any other: its method's own message type, the role it came in, and all it says.
fn fingerprint<R: Message + Name>(message: &R, caller: &Caller) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [R::full_name().as_bytes(), caller.role.as_str().as_bytes(), &message.encode_to_vec()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

fn named<T: Resource, R: Act<T>>(message: &R, fields: &mut Fields) -> Option<Id> {
    match message.target() {
        Target::New => None,
        Target::Named { name, etag } => {
            fields.sought("etag", etag);
            Some(fields.name("name", T::COLLECTION, name))
        }
    }
}

/// The original reply, unless the key was used for something else.
pub(crate) fn repeated<R: Message + Default>(remembered: &Remembered, key: &RequestKey) -> Result<R, Fail> {
    if remembered.fingerprint != key.fingerprint {
        let message = "this request_id was used for another request";
        return Err(Refusal::new(Kind::Invalid, "I-20", "REQUEST_ID_REUSED", "request_id", message).into());
    }
    R::decode(remembered.reply.as_slice()).map_err(|error| Fail::Fault(error.to_string()))
}

/// Refuses what is about a resource that is not there, or that is no more as the caller saw it.
pub(crate) fn check_target<T: Resource, R: Act<T>>(
    message: &R,
    before: Option<&Record<State<T>>>,
) -> Result<(), Fail> {
    let Target::Named { name, etag } = message.target() else { return Ok(()) };
    let before = before.ok_or_else(|| Refusal::not_found(name))?;
    let found = wire::etag(before.version);
    if etag.is_empty() || etag == found {
        return Ok(());
    }
    let text = format!("{name} has changed: its etag is {found}");
    Err(Refusal::new(Kind::Aborted, "", "ETAG_MISMATCH", "etag", text).into())
}

/// A reply as it is kept.
pub(crate) fn kept<R: Message + Name>(resource: String, reply: &R) -> Reply {
    Reply { resource, message: R::full_name(), bytes: reply.encode_to_vec() }
}

/// Refuses what would make a resource too large for any client to read (4 MiB, with room for its page).
pub(crate) fn check_size<M: Message>(reply: &M) -> Result<(), Refusal> {
    if reply.encoded_len() <= RESOURCE_BYTES {
        return Ok(());
    }
    let text = "the resource would have more than 2 MiB";
    Err(Refusal::new(Kind::NotReady, "", "RESOURCE_TOO_LARGE", "resource", text))
}

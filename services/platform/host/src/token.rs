//! Page tokens: opaque, and good only for the question they answer and for whoever asked it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{Caller, Kind, Refusal};
use prost::{Message, Name};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

/// What every list asks for beside its filters.
#[derive(Debug, Clone)]
pub(crate) struct PageRequest<'a> {
    /// Who asks, as what.
    pub(crate) caller: &'a Caller,
    /// Tells the question apart from others: its method and its filters, as they are on the wire.
    pub(crate) question: Vec<u8>,
    pub(crate) size: i32,
    pub(crate) token: &'a str,
}

const DEFAULT_SIZE: i64 = 50;
/// Items on one page.
pub const PAGE_ITEMS: i64 = 500;

impl<'a> PageRequest<'a> {
    /// A page of what `question` asks for; that has no page of its own.
    pub(crate) fn of<R: Message + Name>(caller: &'a Caller, question: &R, size: i32, token: &'a str) -> Self {
        let question = [R::full_name().into_bytes(), question.encode_to_vec()].concat();
        Self { caller, question, size, token }
    }

    /// How many to show.
    pub(crate) fn limit(&self) -> Result<i64, Refusal> {
        match i64::from(self.size) {
            0 => Ok(DEFAULT_SIZE),
            size if size < 0 => {
                let text = "page_size may not be negative";
                Err(Refusal::new(Kind::Invalid, "", "FIELD_MALFORMED", "page_size", text))
            }
            size => Ok(size.min(PAGE_ITEMS)),
        }
    }

    /// Where to go on; `None` at the beginning.
    pub(crate) fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Refusal> {
        if self.token.is_empty() {
            return Ok(None);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(self.token).ok();
        let token = bytes.and_then(|bytes| serde_json::from_slice::<(String, K)>(&bytes).ok());
        match token {
            Some((question, key)) if question == self.digest() => Ok(Some(key)),
            _ => {
                let text = "page_token does not belong to this question; start again without it";
                Err(Refusal::new(Kind::Invalid, "", "PAGE_TOKEN_INVALID", "page_token", text))
            }
        }
    }

    /// The token for what comes after `key`.
    pub(crate) fn next<K: Serialize>(&self, key: &K) -> String {
        let json = serde_json::json!([self.digest(), key]);
        BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
    }

    /// A token of ours that holds this JSON, whatever it is.
    pub(crate) fn holding(&self, json: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("[\"{}\",{json}]", self.digest()))
    }

    fn digest(&self) -> String {
        let Caller { person, role } = self.caller;
        let whole = Sha256::new().chain_update(format!("{person} {role} ")).chain_update(&self.question);
        BASE64_URL_SAFE_NO_PAD.encode(&whole.finalize()[..12])
    }
}

//! What the references write for a transition: as much as the product does for its row, its event and its key.

use serde_json::json;

/// What a case's state takes after its research, in bytes of JSON.
const STATE: usize = 2280;
/// What the event of one fact takes.
const EVENT: usize = 138;
/// What the kept reply takes, in bytes of protobuf.
const REPLY: usize = 778;
/// What tells whether a repeated key has the same body.
const FINGERPRINT: usize = 32;

/// Rows that callers with resources of their own change.
pub(crate) const ROWS: i64 = 10_000;

/// One transition's texts.
#[derive(Debug)]
pub(crate) struct Writes {
    pub(crate) state: String,
    pub(crate) event: String,
    pub(crate) reply: Vec<u8>,
    pub(crate) fingerprint: Vec<u8>,
}

impl Writes {
    pub(crate) fn new() -> Self {
        let (state, event) = (document(STATE), document(EVENT));
        Self { state, event, reply: vec![0x2a; REPLY], fingerprint: vec![0x2a; FINGERPRINT] }
    }
}

/// A JSON document of about this length, with members as long as a data set's.
fn document(length: usize) -> String {
    let member =
        |number: usize| (format!("item_{number}"), json!({ "value": number, "source": "account team" }));
    let mut count = 1;
    loop {
        let text = serde_json::Value::Object((0..count).map(member).collect()).to_string();
        if text.len() >= length {
            return text;
        }
        count += 1;
    }
}

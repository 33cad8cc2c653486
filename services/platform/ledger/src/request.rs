//! Request keys: a repeated call gets the original reply (I-20).

use kernel::{Person, Time};

use crate::{Row, Statement, Trouble};

/// A caller's key for one mutation, with the fingerprint of what it asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// Whose key it is.
    pub person: Person,
    /// The caller's `request_id`.
    pub key: String,
    /// Tells the method and the whole request apart from any other.
    pub fingerprint: Vec<u8>,
}

/// What is kept of a mutation that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// What it asked.
    pub fingerprint: Vec<u8>,
    /// The reply it got, encoded.
    pub reply: Vec<u8>,
}

impl Remembered {
    pub(crate) fn read(row: &Row, first: usize) -> Result<Option<Self>, Trouble> {
        let fingerprint: Option<Vec<u8>> = row.get(first)?;
        let reply: Option<Vec<u8>> = row.get(first + 1)?;
        Ok(fingerprint.zip(reply).map(|(fingerprint, reply)| Self { fingerprint, reply }))
    }
}

impl RequestKey {
    /// The constraint that stops a second use of the same key.
    pub const CONSTRAINT: &'static str = "request.person, request.key";
}

/// Keeps `reply` as the answer to `request`.
#[must_use]
pub fn remember(request: &RequestKey, reply: Vec<u8>, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO request (person, key, fingerprint, reply, time) VALUES ($1, $2, $3, $4, $5)",
        vec![
            request.person.as_str().into(),
            request.key.as_str().into(),
            request.fingerprint.clone().into(),
            reply.into(),
            now.into(),
        ],
    )
}

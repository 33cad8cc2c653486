//! A key of tokens, and what it makes of a text: a token that nobody else can make.

use std::sync::Arc;

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{Caller, Time};
use ledger::{Position, TokenKey};

/// Bytes of a key.
pub(super) const SECRET: usize = 32;
/// Bytes of what authenticates a token: nobody meets it by chance.
const TAG: usize = 16;
/// Bytes of the mark of a place.
pub(super) const MARK: usize = 12;

/// What a token is good for, and for whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    /// Tells one kind of token from another.
    pub(super) kind: &'static str,
    /// What was asked.
    pub(super) question: &'a [u8],
    /// Who asked, as what.
    pub(super) caller: &'a Caller,
}

/// A key of tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// Its number.
    pub(super) id: u32,
    until: Option<Time>,
    secret: Arc<hmac::Key>,
}

impl Key {
    /// None where the number is none of ours.
    pub(super) fn of(key: &TokenKey) -> Option<Self> {
        let secret = Arc::new(hmac::Key::new(hmac::HMAC_SHA256, &key.key));
        Some(Self { id: key.id.try_into().ok()?, until: key.until, secret })
    }

    /// Whether its tokens are good at that time.
    pub(super) fn is_good(&self, now: Time) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// The token that holds `body`.
    pub(super) fn seal(&self, scope: Scope<'_>, body: &[u8]) -> String {
        let parts = [&self.id.to_be_bytes()[..], &self.tag(scope, body), body];
        BASE64_URL_SAFE_NO_PAD.encode(parts.concat())
    }

    /// Whether it made the token for this scope.
    pub(super) fn has_made(&self, scope: Scope<'_>, token: &Token) -> bool {
        verify_slices_are_equal(&self.tag(scope, &token.body), &token.tag).is_ok()
    }

    fn tag(&self, Scope { kind, question, caller }: Scope<'_>, body: &[u8]) -> [u8; TAG] {
        let (person, role) = (caller.person.as_str().as_bytes(), caller.role.as_str().as_bytes());
        self.cut(&[kind.as_bytes(), question, person, role, &self.id.to_be_bytes(), body])
    }

    /// The mark of a place as tokens have it, which nobody can compare with guesses; none where it has none.
    pub(super) fn mark(&self, place: &Position) -> Option<[u8; MARK]> {
        place.mark().map(|mark| self.cut(&[b"mark", mark.as_bytes()]))
    }

    /// The first bytes of what authenticates these parts.
    fn cut<const BYTES: usize>(&self, parts: &[&[u8]]) -> [u8; BYTES] {
        let mut hash = hmac::Context::with_key(&self.secret);
        for part in parts {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut cut = [0; BYTES];
        cut.copy_from_slice(&hash.sign().as_ref()[..BYTES]);
        cut
    }
}

/// A token as it comes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The number of the key that is said to have made it.
    pub(super) key: u32,
    tag: [u8; TAG],
    pub(super) body: Vec<u8>,
}

impl Token {
    /// None where it cannot be one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (key, rest) = bytes.split_first_chunk()?;
        let (tag, body) = rest.split_first_chunk()?;
        Some(Self { key: u32::from_be_bytes(*key), tag: *tag, body: body.to_vec() })
    }
}

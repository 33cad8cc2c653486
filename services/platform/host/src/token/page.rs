//! Page tokens: where a list goes on, for the question it answers and for whoever asked it.

use kernel::{Caller, Kind, Refusal};
use ledger::Position;
use prost::{Message, Name};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Place, Ring,
    key::{Key, Scope},
};
use crate::clock;

/// What every list asks for beside its filters.
#[derive(Debug, Clone)]
pub(crate) struct PageRequest<'a> {
    /// What its tokens are made with.
    pub(crate) ring: &'a Ring,
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
    pub(crate) fn of<R: Message + Name>(
        ring: &'a Ring,
        caller: &'a Caller,
        question: &R,
        size: i32,
        token: &'a str,
    ) -> Self {
        let question = [R::full_name().into_bytes(), question.encode_to_vec()].concat();
        Self { ring, caller, question, size, token }
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
        self.read(|_, body| serde_json::from_slice(body).ok())
    }

    /// The same in a journal.
    pub(crate) fn after_place(&self) -> Result<Option<Place>, Refusal> {
        self.read(Place::read)
    }

    fn read<T>(&self, read: impl FnOnce(&Key, &[u8]) -> Option<T>) -> Result<Option<T>, Refusal> {
        if self.token.is_empty() {
            return Ok(None);
        }
        let opened = self.ring.open(self.scope(), self.token, clock::now());
        let after = opened.and_then(|(key, body)| read(key, &body));
        after.map(Some).ok_or_else(|| {
            let text = "page_token does not belong to this question; start again without it";
            Refusal::new(Kind::Invalid, "", "PAGE_TOKEN_INVALID", "page_token", text)
        })
    }

    /// The token for what comes after `key`.
    pub(crate) fn next<K: Serialize>(&self, key: &K) -> String {
        // Nothing that a list goes on by fails to be written.
        self.ring.seal(self.scope(), |_| serde_json::to_vec(key).unwrap_or_default())
    }

    /// The same in a journal.
    pub(crate) fn next_place(&self, place: &Position) -> String {
        self.ring.seal(self.scope(), |key| Place::write(key, place))
    }

    /// A token of ours that holds this, whatever it is.
    pub(crate) fn holding(&self, body: &[u8]) -> String {
        self.ring.seal(self.scope(), |_| body.to_vec())
    }

    fn scope(&self) -> Scope<'_> {
        Scope { kind: "page", question: &self.question, caller: self.caller }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Person, Role};

    use super::*;

    fn caller(person: &str, role: Role) -> Caller {
        Caller { person: Person::parse(person).expect("a person"), role }
    }

    #[test]
    fn a_token_is_good_for_its_question_its_caller_and_its_key_alone() {
        let (ring, other) = (Ring::alone([1; 32]).expect("a key"), Ring::alone([2; 32]).expect("a key"));
        let (ada, fm) = (caller("people/ada", Role::Gmfta), caller("people/ada", Role::Fm));
        let grace = caller("people/grace", Role::Gmfta);
        let ask = |ring, caller, question: &str, token| {
            let question = question.as_bytes().to_vec();
            PageRequest { ring, caller, question, size: 0, token }.after::<i64>()
        };
        let first = PageRequest { ring: &ring, caller: &ada, question: b"one".to_vec(), size: 0, token: "" };
        let token = first.next(&7_i64);
        assert_eq!(ask(&ring, &ada, "one", &token), Ok(Some(7)));
        assert_eq!(ask(&ring, &ada, "one", ""), Ok(None));
        let refused = ask(&ring, &ada, "one", "none").expect_err("refused");
        assert_eq!(refused.reason, "PAGE_TOKEN_INVALID");
        for other in [
            ask(&ring, &ada, "other", &token),
            ask(&ring, &ada, "on", &token),
            ask(&ring, &fm, "one", &token),
            ask(&ring, &grace, "one", &token),
            ask(&other, &ada, "one", &token),
            ask(&ring, &ada, "one", &token[1..]),
            ask(&ring, &ada, "one", &format!("{token}A")),
            ask(&ring, &ada, "one", &first.next(&"seven")),
            ask(&ring, &ada, "one", &first.holding(b"")),
        ] {
            assert_eq!(other, Err(refused.clone()));
        }
    }
}

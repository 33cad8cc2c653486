//! Resume tokens: places in a journal, by number and, where the reader sees what is there, by a mark of it.

use std::sync::Arc;

use kernel::{Caller, Kind, Refusal};
use ledger::Position;

use super::{
    Ring,
    key::{Key, MARK, Scope},
};
use crate::clock;

/// A place to read on from.
#[derive(Debug)]
pub(crate) struct Place {
    /// The revision of what is there; 0 before the first.
    pub(crate) revision: i64,
    mark: Mark,
}

/// What is known of what is there.
#[derive(Debug)]
enum Mark {
    Nothing,
    Known(Position),
    /// As a token has it that this key made.
    Told(Key, [u8; MARK]),
}

impl From<Position> for Place {
    fn from(place: Position) -> Self {
        Self { revision: place.revision, mark: Mark::Known(place) }
    }
}

impl Place {
    /// What a token of `key` holds of a place.
    pub(super) fn write(key: &Key, place: &Position) -> Vec<u8> {
        let mark = key.mark(place);
        [&place.revision.to_be_bytes()[..], mark.as_ref().map_or(&[], |mark| mark)].concat()
    }

    /// Reads it.
    pub(super) fn read(key: &Key, bytes: &[u8]) -> Option<Self> {
        let (revision, mark) = bytes.split_first_chunk()?;
        let revision = i64::from_be_bytes(*revision);
        let mark = match mark {
            [] => Mark::Nothing,
            mark => Mark::Told(key.clone(), mark.try_into().ok()?),
        };
        (revision >= 0).then_some(Self { revision, mark })
    }

    /// Whether the journal still has the place, as far as the reader sees what is `there`: what they do not see is compared with
    /// nothing.
    pub(crate) fn fits(&self, there: Option<&Position>) -> bool {
        let Some(there) = there else { return true };
        match &self.mark {
            Mark::Nothing => true,
            Mark::Known(place) => place.fits(Some(there)),
            Mark::Told(key, mark) => key.mark(there).as_ref() == Some(mark),
        }
    }
}

/// The tokens that one reader of a journal is given.
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'a> {
    pub(crate) ring: Arc<Ring>,
    pub(crate) reader: &'a Caller,
}

impl Tokens<'_> {
    /// The token of a place.
    pub(crate) fn of(&self, place: &Position) -> String {
        self.ring.seal(self.scope(), |key| Place::write(key, place))
    }

    /// The place of a token.
    pub(crate) fn read(&self, token: &str) -> Result<Place, Refusal> {
        let opened = self.ring.open(self.scope(), token, clock::now());
        opened.and_then(|(key, body)| Place::read(key, &body)).ok_or_else(|| {
            let text = "resume_token is none that this journal gives to you in this role, or not any more; list the last event \
                        that you have, and if it is the same as yours, go on with after_revision, else compare what you keep";
            Refusal::new(Kind::Invalid, "", "RESUME_TOKEN_INVALID", "resume_token", text)
        })
    }

    /// A token of ours that holds this, whatever it is.
    pub(crate) fn holding(&self, body: &[u8]) -> String {
        self.ring.seal(self.scope(), |_| body.to_vec())
    }

    fn scope(&self) -> Scope<'_> {
        Scope { kind: "resume", question: &[], caller: self.reader }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use kernel::{Person, Role};
    use ledger::TokenKey;

    use super::*;

    fn place(kind: &str) -> Position {
        Position::told(7, ["cases/a", kind, "people/ada", "GMFTA", "request"], [1, 2, 3])
    }

    fn caller(role: Role) -> Caller {
        Caller { person: Person::parse("people/ada").expect("a person"), role }
    }

    fn key(id: i64, until: Option<kernel::Time>) -> TokenKey {
        let number = u8::try_from(id).expect("small");
        TokenKey { id, key: vec![number; 32], until }
    }

    #[test]
    fn a_place_is_known_again_by_who_sees_it_and_by_its_number_alone_by_others() {
        let (ring, reader) = (Arc::new(Ring::alone([1; 32]).expect("a key")), caller(Role::Gmfta));
        let tokens = Tokens { ring, reader: &reader };
        let told = tokens.read(&tokens.of(&place("Opened"))).expect("a place");
        assert_eq!(told.revision, 7);
        assert!(told.fits(Some(&place("Opened"))) && !told.fits(Some(&place("Closed"))));
        assert!(told.fits(None), "what is not seen is not compared");
        let number = tokens.read(&tokens.of(&Position::numbered(7))).expect("a place");
        assert!(number.fits(Some(&place("Opened"))) && number.fits(None));
        let known = Place::from(place("Opened"));
        assert!(known.fits(Some(&place("Opened"))) && !known.fits(Some(&place("Closed"))));
    }

    #[test]
    fn a_token_with_any_bit_flipped_is_as_good_as_none() {
        let (ring, reader) = (Arc::new(Ring::alone([1; 32]).expect("a key")), caller(Role::Gmfta));
        let tokens = Tokens { ring, reader: &reader };
        let none = tokens.read("none").expect_err("refused");
        let token = tokens.of(&place("Opened"));
        for (at, bit) in (0..token.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let Ok(flipped) = String::from_utf8(bytes) else { continue };
            assert_eq!(tokens.read(&flipped).expect_err("refused"), none, "{at} {bit}");
        }
        for old in ["7.AAECAwQFBgcICQoL", "0.", "7.", ""] {
            assert_eq!(tokens.read(old).expect_err("refused"), none, "{old}");
        }
        let page = "page_token";
        let other = Tokens { reader: &caller(Role::Fm), ..tokens.clone() };
        assert_eq!(other.read(&token).expect_err("refused"), none, "{page}");
    }

    #[test]
    fn tokens_of_a_key_that_was_replaced_are_good_until_its_time() {
        let reader = caller(Role::Gmfta);
        let of =
            |keys: &[TokenKey]| Tokens { ring: Arc::new(Ring::of(keys).expect("keys")), reader: &reader };
        let hour = |hours| Some(clock::now() + SignedDuration::from_hours(hours));
        let before = of(&[key(1, None)]).of(&place("Opened"));
        for (keys, is_good) in [
            (&[key(2, None), key(1, hour(1))][..], true),
            (&[key(2, None), key(1, hour(-1))], false),
            (&[key(2, None)], false),
        ] {
            let now = of(keys);
            assert_eq!(now.read(&before).is_ok_and(|place| place.revision == 7), is_good);
            assert!(now.read(&now.of(&place("Opened"))).is_ok());
        }
    }
}

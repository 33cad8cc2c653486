//! A place in a journal that can be told apart from the same place in another course of events.
//!
//! A journal restored from a backup is shorter, and grows again: its numbers come back, with other events. So a place
//! is a number and the mark of the event there. The mark is taken from columns that read alike on every engine, and
//! leaves out the event's data, which engines keep in their own way. What remains tells any two events of one place
//! apart: whatever happens anew, happens at another microsecond, and within one commit versions differ.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::Time;
use sha2::{Digest, Sha256};

use crate::{Entry, Eyes, Row, Trouble};

/// Bytes of a mark: far more than anybody could meet by chance.
const BYTES: usize = 12;

/// How far a journal was read: up to and including the event of this revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    /// The event's revision; 0 before the first.
    pub revision: i64,
    /// Of the event; none where that may not be seen.
    mark: String,
}

impl Position {
    /// The columns that [`Position::read`] reads.
    pub(crate) const COLUMNS: &str =
        "revision, resource, kind, person, role, time, request_id, version_before, version_after";

    /// Reads [`Position::COLUMNS`].
    pub(crate) fn read(row: &Row) -> Result<Self, Trouble> {
        let text = |index| row.get::<String>(index);
        let (time, before, after): (Time, i64, i64) = (row.get(5)?, row.get(7)?, row.get(8)?);
        let texts = [text(1)?, text(2)?, text(3)?, text(4)?, text(6)?];
        let [resource, kind, person, role, request_id] = texts.each_ref().map(String::as_str);
        let mark = mark([resource, kind, person, role, request_id], [time.as_microsecond(), before, after]);
        Ok(Self { revision: row.get(0)?, mark })
    }

    /// The same for eyes that may not see what happened there: by its number alone. A mark can be compared with guesses.
    #[must_use]
    pub fn shown_to(self, eyes: &Eyes) -> Self {
        if *eyes == Eyes::All { self } else { Self { mark: String::new(), ..self } }
    }

    /// The place of the event of this revision, by what others are told of it: resource, kind, person, role and request, and
    /// microseconds, the version before and the one after.
    #[must_use]
    pub fn told(revision: i64, texts: [&str; 5], numbers: [i64; 3]) -> Self {
        Self { revision, mark: mark(texts, numbers) }
    }

    /// The place after this revision, by its number alone.
    #[must_use]
    pub fn numbered(revision: i64) -> Self {
        Self { revision, mark: String::new() }
    }

    /// The mark of the event; none where that may not be seen, nor before the first.
    #[must_use]
    pub fn mark(&self) -> Option<&str> {
        Some(&*self.mark).filter(|mark| !mark.is_empty())
    }

    /// Whether this may be the place `there`, as far as it tells.
    fn is_at(&self, there: &Self) -> bool {
        self.revision == there.revision && (self.mark.is_empty() || self.mark == there.mark)
    }

    /// Whether this may be the place of what was found at its revision, if that is seen: what is not is compared with nothing.
    #[must_use]
    pub fn fits(&self, there: Option<&Self>) -> bool {
        there.is_none_or(|there| self.is_at(there))
    }

    /// The place of `entry`.
    pub(crate) fn of(entry: &Entry) -> Self {
        let (person, role) = (entry.stamp.person.as_str(), entry.stamp.role.as_str());
        let (resource, kind, request_id) = (&*entry.resource, &*entry.kind, &*entry.request_id);
        let numbers = [entry.stamp.time.as_microsecond(), entry.version_before, entry.version_after];
        Self { revision: entry.revision, mark: mark([resource, kind, person, role, request_id], numbers) }
    }
}

fn mark(texts: [&str; 5], numbers: [i64; 3]) -> String {
    let whole = serde_json::json!([texts, numbers]).to_string();
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(whole)[..BYTES])
}

/// As those write it who keep places of their own database.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.revision, self.mark)
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(token: &str) -> Result<Self, ()> {
        let (revision, mark) = token.split_once('.').ok_or(())?;
        let position = Self { revision: revision.parse().map_err(drop)?, mark: mark.to_owned() };
        let sound = position.revision > 0 || (position.revision == 0 && mark.is_empty());
        sound.then_some(position).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_a_mark_makes_it_another() {
        let (texts, numbers) = (["a", "b", "c", "d", "e"], [1, 2, 3]);
        let mut marks = vec![mark(texts, numbers)];
        marks.extend((0..5).map(|at| {
            let mut other = texts;
            other[at] = "another";
            mark(other, numbers)
        }));
        marks.extend((0..3).map(|at| {
            let mut other = numbers;
            other[at] = 9;
            mark(texts, other)
        }));
        marks.push(mark(["ab", "", "c", "d", "e"], numbers));
        let count = marks.len();
        marks.sort_unstable();
        marks.dedup();
        assert_eq!((marks.len(), count), (10, 10));
    }

    #[test]
    fn only_a_token_of_ours_is_read() {
        for good in ["0.", "7.abc", "7."] {
            assert_eq!(good.parse::<Position>().map(|place| place.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "7", "0.abc", "-1.abc", "x.abc", ".abc", "99999999999999999999.a"] {
            assert_eq!(bad.parse::<Position>(), Err(()), "{bad}");
        }
    }
}

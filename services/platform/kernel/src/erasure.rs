//! Texts about people that are erased on request: what is looked for, what is left in its place, and the event that says so.
//!
//! An erasure is decided alike for every kind of resource, and is none of its domain's events: it changes nothing that a
//! domain decides by. Who wrote something, when, and that it was written stay; the text goes.

use serde::{Deserialize, Serialize};

use crate::Person;

/// What stands where a text was erased.
pub const ERASED: &str = "[erased]";

/// The event that says what was erased of a resource, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Erasure {
    /// Texts about people were erased from earlier entries of the same journal.
    PersonalDataErased {
        /// Why, without any of the texts.
        reason: String,
        /// Where they stood.
        places: Vec<Place>,
    },
}

/// Where texts of one journal entry stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The entry's revision.
    pub revision: i64,
    /// Where in it, as JSON pointers.
    pub paths: Vec<String>,
}

impl Erasure {
    /// Its name in a journal.
    pub const KIND: &'static str = "PersonalDataErased";

    /// Where it holds texts of its own in which people may be named, as [`crate::Decider::PERSONAL`].
    pub const PERSONAL: &'static [&'static str] = &["PersonalDataErased.reason"];

    /// Decides what goes of the texts that one resource has in its journal entries; none where nobody is named.
    #[must_use]
    pub fn decide<'a>(
        texts: impl IntoIterator<Item = Text<'a>>,
        search: &Search,
        reason: &str,
    ) -> Option<Self> {
        let mut places: Vec<Place> = Vec::new();
        for Text { revision, path, text } in texts {
            if !search.finds(text) {
                continue;
            }
            match places.last_mut() {
                Some(last) if last.revision == revision => last.paths.push(path.to_owned()),
                _ => places.push(Place { revision, paths: vec![path.to_owned()] }),
            }
        }
        (!places.is_empty()).then(|| Self::PersonalDataErased { reason: reason.to_owned(), places })
    }

    /// Where the texts stood.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        let Self::PersonalDataErased { places, .. } = self;
        places
    }

    /// Each place by itself.
    pub fn each(&self) -> impl Iterator<Item = (i64, &str)> {
        self.places().iter().flat_map(|place| place.paths.iter().map(|path| (place.revision, path.as_str())))
    }
}

/// A text that may be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// The journal entry it stands in.
    pub revision: i64,
    /// Where in it, a JSON pointer.
    pub path: &'a str,
    /// What it says.
    pub text: &'a str,
}

/// What is looked for: names, addresses, whatever tells a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search(Vec<String>);

impl Search {
    /// For any of `texts`, in capitals or not.
    #[must_use]
    pub fn new<S: AsRef<str>>(texts: &[S]) -> Self {
        let plain = |text: &S| text.as_ref().trim().to_lowercase();
        Self(texts.iter().map(plain).filter(|text| !text.is_empty()).collect())
    }

    /// Whether `text` has any of them in it. What was erased already has none; nor has the name of an account, which stays
    /// beside everything that was done with it.
    #[must_use]
    pub fn finds(&self, text: &str) -> bool {
        if text == ERASED || Person::parse(text).is_some() {
            return false;
        }
        let text = text.to_lowercase();
        self.0.iter().any(|sought| text.contains(sought))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_by_any_part_of_it_in_capitals_or_not() {
        let search = Search::new(&["Grace Hopper", " grace@contoso.example ", "ÉMILE", "王伟"]);
        for named in ["grace hopper", "ask Grace HOPPER first", "GRACE@contoso.example", "émile", "联系王伟"]
        {
            assert!(search.finds(named), "{named}");
        }
        for other in ["", "Grace", "Hopper, Grace", "contoso", ERASED, "people/grace"] {
            assert!(!search.finds(other), "{other}");
        }
        assert!(!Search::new(&["people/grace", "erased"]).finds("people/grace"), "an account stays");
        assert!(!Search::new(&["erased"]).finds(ERASED));
        assert!(!Search::new(&["", " "]).finds("anything"), "nothing is not in everything");
    }

    #[test]
    fn what_is_erased_is_told_by_its_places_and_never_by_its_text() {
        let text = |revision, path, text| Text { revision, path, text };
        let all = [
            text(3, "/data/Met/name", "Grace"),
            text(3, "/data/Met/aim", "see grace"),
            text(3, "/data/Met/how", "by car"),
            text(5, "/data/Left/cause", "grace left"),
            text(6, "/data/Left/cause", "ada left"),
        ];
        let erasure =
            Erasure::decide(all, &Search::new(&["grace"]), "asked by letter").expect("there is some");
        let each: Vec<_> = erasure.each().collect();
        assert_eq!(each, [(3, "/data/Met/name"), (3, "/data/Met/aim"), (5, "/data/Left/cause")]);
        let written = serde_json::to_string(&erasure).expect("writable");
        assert!(written.starts_with(&format!("{{\"{}\":", Erasure::KIND)), "{written}");
        assert!(!written.to_lowercase().contains("grace"), "{written}");
        assert_eq!(serde_json::from_str::<Erasure>(&written).ok(), Some(erasure));
        assert_eq!(Erasure::decide(all, &Search::new(&["eve"]), "asked"), None);
    }
}

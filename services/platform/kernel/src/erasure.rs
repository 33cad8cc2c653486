//! Texts about people that are erased on request: what is looked for, what is left in its place, and the event that says so.
//!
//! An erasure is decided alike for every kind of resource, and is none of its domain's events: it changes nothing that a
//! domain decides by. Who wrote something, when, and that it was written stay; the text goes.

use serde::{Deserialize, Serialize};

use crate::{Person, same::sought};

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

/// What is looked for: names, addresses, whatever tells a person, each in the form it has however it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search(Vec<String>);

impl Search {
    /// For any of `texts`. What of them nobody sees is nothing to look for.
    #[must_use]
    pub fn new<S: AsRef<str>>(texts: &[S]) -> Self {
        Self(texts.iter().map(|text| sought(text.as_ref())).collect())
    }

    /// Whether `text` has any of them in it. What was erased already has none; nor has the name of an account, which stays
    /// beside everything that was done with it.
    #[must_use]
    pub fn finds(&self, text: &str) -> bool {
        !self.found(text).is_empty()
    }

    /// Which of them `text` has in it, by their places from 0.
    #[must_use]
    pub fn found(&self, text: &str) -> Vec<usize> {
        if text == ERASED || Person::parse(text).is_some() {
            return Vec::new();
        }
        let text = sought(text);
        let is_in = |(_, sought): &(usize, &String)| !sought.is_empty() && text.contains(*sought);
        self.0.iter().enumerate().filter(is_in).map(|(place, _)| place).collect()
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

    /// However a name was typed where it stands, and however it is typed where it is asked for.
    #[test]
    fn a_name_is_found_however_it_was_typed() {
        let names: [&[&str]; 10] = [
            &[
                "José Núñez",
                "Jose\u{301} Nu\u{301}n\u{303}ez",
                "JOSÉ NÚÑEZ",
                "José\u{a0}Núñez",
                "José  Núñez",
                "José\nNúñez",
            ],
            &[
                "Siobhán O'Brien",
                "SIOBHÁN O’BRIEN",
                "Siobhán O\u{2bc}Brien",
                "Siobhán O`Brien",
                "Siobhán O´Brien",
            ],
            &[
                "Jürgen Groß",
                "JÜRGEN GROSS",
                "Ju\u{308}rgen Groß",
                "Jürgen\u{200b} Gr\u{ad}oß",
                "JÜRGEN GROẞ",
            ],
            &["Anne-Marie Smith", "Anne\u{2011}Marie Smith", "ANNE–MARIE SMITH"],
            &["İpek Yıldız", "ipek yıldız", "İPEK YILDIZ", "Ipek Yildiz"],
            &["王小明", "王\u{e0100}小明", "王\u{200d}小明"],
            &["Σοφίας Παπά", "ΣΟΦΙΑΣ ΠΑΠΑ"],
            &["محمد علي", "مُحَمَّد علی", "محـــمد علي"],
            &["Ada Love", "Αdа Lоve"],
            &["ada@contoso.example", "ＡＤＡ＠contoso．example", "ada@con\u{2060}toso.example"],
        ];
        for same in names {
            for (asked, kept) in same.iter().flat_map(|asked| same.iter().map(move |kept| (asked, kept))) {
                let text = format!("Ask {kept}, please.");
                assert!(
                    Search::new(&[asked]).finds(&text),
                    "{} in {}",
                    asked.escape_unicode(),
                    text.escape_unicode()
                );
            }
        }
        let search = Search::new(&["Grace", "José", "\u{200b}"]);
        assert_eq!(search.found("JOSE\u{301} and Ada"), [1]);
        assert!(!search.finds("Jose and Ada"), "another name");
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

//! The meaning of "the same" for everything that is told apart by a text: devices, business units, names to be erased.
//!
//! A text stays as it was written; only what it is compared by is folded.

use std::collections::BTreeSet;

use icu_casemap::CaseMapper;
use icu_locale_core::LanguageIdentifier;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
use icu_properties::{
    CodePointMapData,
    props::{BinaryProperty, Dash, DefaultIgnorableCodePoint, GeneralCategory, QuotationMark, Script},
};
use unicode_security::skeleton;

/// The form that a text has however it was typed: capitals, accents composed or not, width, blanks, quotes, dashes, and what
/// nobody sees make no difference in it.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() { folded_ascii(text) } else { settled(text, folded_once) }
}

/// The same of ASCII, without the tables of Unicode, which are slow.
fn folded_ascii(text: &str) -> String {
    let marked = text.to_ascii_lowercase().replace(['"', '`'], "'");
    marked.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Repeats `step` until it changes nothing: some characters become others that become others again.
fn settled(text: &str, step: fn(&str) -> String) -> String {
    const MOST: usize = 8;
    let mut form = step(text);
    for _ in 0..MOST {
        let next = step(&form);
        if next == form {
            break;
        }
        form = next;
    }
    form
}

fn folded_once(text: &str) -> String {
    let seen: String = text.chars().filter(|c| !DefaultIgnorableCodePoint::for_char(*c)).collect();
    let apart = DecomposingNormalizer::new_nfkd().normalize(&seen).replace(" \u{301}", "'");
    let marked: String = apart.chars().map(mark).collect();
    let small = dotless(&CaseMapper::new().fold_string(&marked));
    let composed = ComposingNormalizer::new_nfkc().normalize(&small).into_owned();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One quote for all quotes, and one dash for all dashes.
fn mark(c: char) -> char {
    const PRIMES_AND_LETTERS: &str = "`ʹʻʼʽʾʿˈ′‵";
    match c {
        c if QuotationMark::for_char(c) || PRIMES_AND_LETTERS.contains(c) => '\'',
        c if Dash::for_char(c) => '-',
        c => c,
    }
}

/// Turkish has an i with a dot and one without, and keyboards and other people's capitals mix them.
fn dotless(text: &str) -> String {
    text.replace("i\u{307}", "i").replace('ı', "i")
}

/// The texts of which some look the same: as they are written, in small letters, or in capitals. Letters of other scripts are
/// taken for those of ASCII that they look like. Letters and digits of ASCII stay apart from each other, since people tell
/// `pc-1` from `pc-l` by where they come from.
#[derive(Debug, Clone, Default)]
pub struct Looks(BTreeSet<(usize, String)>);

impl Looks {
    /// Adds a text; false when one that looks like it is there.
    pub fn add(&mut self, text: &str) -> bool {
        let forms: Vec<_> = looks(text).into_iter().enumerate().collect();
        let is_new = forms.iter().all(|form| !self.0.contains(form));
        self.0.extend(forms);
        is_new
    }
}

/// Whether two texts look the same.
#[must_use]
pub fn are_alike(one: &str, other: &str) -> bool {
    looks(one).into_iter().zip(looks(other)).any(|(one, other)| one == other)
}

/// The looks of a text as it is written, in small letters and in capitals: some letters are like others in one of them only.
fn looks(text: &str) -> [String; 3] {
    let capitals =
        CaseMapper::new().uppercase_to_string(&folded(text), &LanguageIdentifier::UNKNOWN).into_owned();
    let apart = DecomposingNormalizer::new_nfkd().normalize(text).into_owned();
    [like_ascii(&apart), settled(text, small_likeness), like_ascii(&capitals)]
}

fn small_likeness(text: &str) -> String {
    like_ascii(&folded(text))
}

/// Replaces each letter by the one of ASCII that it looks like.
fn like_ascii(text: &str) -> String {
    let mut like = String::new();
    for c in text.chars() {
        if c.is_ascii() {
            like.push(c);
        } else {
            like.extend(skeleton(c.encode_utf8(&mut [0; 4])));
        }
    }
    folded(&like)
}

/// The form by which a name is searched for: beyond [`folded`], letters are what they look like, and what people leave out or
/// have no key for makes no difference: the accents of Greek, the vowel points of Arabic and Hebrew, the strokes that lengthen
/// Arabic words, and which of two yehs and kafs it is.
#[must_use]
pub(crate) fn sought(text: &str) -> String {
    settled(text, sought_once)
}

fn sought_once(text: &str) -> String {
    let (mut left, mut script) = (String::new(), Script::Common);
    for c in DecomposingNormalizer::new_nfd().normalize(&folded(text)).chars() {
        let is_mark = CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::NonspacingMark;
        if !is_mark {
            script = CodePointMapData::<Script>::new().get(c);
        }
        let is_left_out = is_mark && [Script::Greek, Script::Arabic, Script::Hebrew].contains(&script);
        match c {
            '\u{640}' => {}
            '\u{649}' | '\u{6cc}' => left.push('\u{64a}'),
            '\u{6a9}' => left.push('\u{643}'),
            c if !is_left_out => left.push(c),
            _ => {}
        }
    }
    like_ascii(&left)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_the_same_however_it_was_typed() {
        for (one, other) in [
            ("José", "JOSE\u{301}"),
            ("Straße", "STRASSE"),
            ("O'Brien", "O’Brien"),
            ("O'Brien", "OʼBRIEN"),
            ("Smith-Jones", "Smith\u{2011}Jones"),
            ("\"Ada\"", "“Ada”"),
            ("Ada Lovelace", " ada\u{a0}\u{3000} LOVELACE\n"),
            ("Ｃｏｎｔｏｓｏ", "contoso"),
            ("ﬁnance", "FINANCE"),
            ("Con\u{ad}to\u{200b}so", "contoso"),
            ("نمی\u{200c}خواهم", "نمیخواهم"),
            ("葛\u{e0100}城", "葛城"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("İPEK", "ipek"),
            ("ILGIN", "ılgın"),
            ("김민준", "\u{1100}\u{1175}\u{11b7}\u{1106}\u{1175}\u{11ab}\u{110c}\u{116e}\u{11ab}"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        for (one, other) in
            [("José", "Jose"), ("Müller", "Muller"), ("pc-1", "pc-l"), ("ada", "adа"), ("a b", "ab")]
        {
            assert_ne!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn what_looks_the_same_is_alike_and_ascii_is_apart() {
        for other in ["PC-1", "рс-1", "ｐｃ－１", "pc\u{200b}-1", "pc–1", "p\u{441}-1", "\u{202e}pc-1"]
        {
            assert!(are_alike("pc-1", other), "{}", other.escape_unicode());
        }
        for (one, other) in
            [("HM-1", "НМ-1"), ("HM-1", "ΗM-1"), ("HBT", "НВТ"), ("PC-H1", "РС-Н1"), ("ОТДЕЛ З", "ОТДЕЛ 3")]
        {
            assert!(are_alike(one, other), "{one} {}", other.escape_unicode());
        }
        let apart = ["pc-1", "pc-l", "pc-i", "pc-0", "pc-o", "pc-rn", "pc-m", "pc 1", "pc1"];
        let mut seen = Looks::default();
        assert!(apart.iter().all(|text| seen.add(text)), "{seen:?}");
        assert!(apart.iter().all(|text| !seen.add(&text.to_uppercase())), "{seen:?}");
    }

    #[test]
    fn a_name_is_searched_for_however_its_script_writes_it() {
        for (one, other) in [
            ("ΣΟΦΙΑΣ", "Σοφίας"),
            ("محـــمد", "محمد"),
            ("مُحَمَّد", "محمد"),
            ("علی", "علي"),
            ("שָׁלוֹם", "שלום"),
            ("Αdа Lоve", "Ada Love"),
            ("JOSÉ", "Jose\u{301}"),
        ] {
            assert_eq!(sought(one), sought(other), "{one} {other}");
        }
        for (one, other) in [("José", "Jose"), ("Müller", "Muller"), ("नम", "नमि"), ("ป", "ปี")]
        {
            assert_ne!(sought(one), sought(other), "{one} {other}");
        }
    }

    const ODD: &str = "\\PC{0,10}|[aAßſİıΣςée\\x{301}\\x{307}\\x{200d}\\x{2011}’ʼ´ ﬁＡа\\x{345}ΐ]{0,8}";

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

        #[test]
        fn a_form_is_its_own_form(text in ODD) {
            prop_assert_eq!(folded(&folded(&text)), folded(&text));
            prop_assert_eq!(sought(&sought(&text)), sought(&text));
            prop_assert!(are_alike(&text, &folded(&text)));
        }

        #[test]
        fn ascii_is_folded_as_by_the_tables(text in "[\\x00-\\x7f]{0,20}") {
            prop_assert_eq!(folded_ascii(&text), settled(&text, folded_once));
        }

        #[test]
        fn normal_forms_capitals_and_what_nobody_sees_make_no_difference(text in ODD) {
            let form = folded(&text);
            // A letter that is small below another is one of its own as a capital: what nobody sees would keep marks apart from it.
            let seen: String = text.chars().filter(|c| !DefaultIgnorableCodePoint::for_char(*c)).collect();
            for other in [
                ComposingNormalizer::new_nfc().normalize(&text).into_owned(),
                DecomposingNormalizer::new_nfd().normalize(&text).into_owned(),
                DecomposingNormalizer::new_nfkd().normalize(&text).into_owned(),
                CaseMapper::new().fold_string(&DecomposingNormalizer::new_nfd().normalize(&seen)).into_owned(),
                text.chars().flat_map(|c| [c, '\u{2060}']).collect(),
                format!("{text}\u{2003}\u{a0}"),
            ] {
                prop_assert_eq!(folded(&other), form.as_str(), "{}", other.escape_unicode());
            }
        }
    }
}

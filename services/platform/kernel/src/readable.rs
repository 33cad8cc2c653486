//! Texts hold characters that somebody can read, in the one composed form (NFC).
//!
//! Characters that nobody sees are of three kinds. Those that a script needs stay: joiners, variation selectors, the flags'
//! tags, the marks of right-to-left scripts beside their letters, and the word boundaries of scripts that put no blanks
//! between words. Those that only copying leaves behind are taken out, since nothing looks different without them. All others
//! are refused: they move what others see, or they are there to hide.

use std::fmt;

use icu_normalizer::ComposingNormalizer;
use icu_properties::{
    CodePointMapData,
    props::{
        BidiClass, BidiControl, BinaryProperty, DefaultIgnorableCodePoint, LineBreak, NoncharacterCodePoint,
        Script, VariationSelector,
    },
};

/// A character that is refused, and where it stands, counted in characters from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    /// The character.
    pub character: char,
    /// Its place.
    pub at: usize,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { character, at } = *self;
        let kind = match character {
            c if c.is_control() => "a control character",
            c if BidiControl::for_char(c) => "a direction control",
            _ => "an invisible character",
        };
        write!(f, "U+{:04X}, {kind}, at character {at}", u32::from(character))
    }
}

/// The text in its one form, without what only copying leaves behind.
pub fn read(text: &str) -> Result<String, Unreadable> {
    if is_plain(text) {
        return Ok(text.to_owned());
    }
    let written = Written::new(text);
    let mut kept = String::with_capacity(text.len());
    for (index, &character) in written.all.iter().enumerate() {
        match written.fate(index) {
            Fate::Stays => kept.push(character),
            Fate::Goes => {}
            Fate::Refused => return Err(Unreadable { character, at: index + 1 }),
        }
    }
    Ok(ComposingNormalizer::new_nfc().normalize(&kept).into_owned())
}

/// The same of a text that is kept already and cannot be refused any more: what would be is taken out.
#[must_use]
pub fn cleaned(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let written = Written::new(text);
    let stays = |index: &usize| written.fate(*index) == Fate::Stays;
    let kept: String = (0..written.all.len()).filter(stays).map(|index| written.all[index]).collect();
    ComposingNormalizer::new_nfc().normalize(&kept).into_owned()
}

/// Whether all of it is ASCII that stays: most texts are in their one form already, and the tables of Unicode are slow.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
}

/// Whether there is nothing in it that anybody sees.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| !is_seen(c))
}

/// Whether anybody sees it.
#[must_use]
pub fn is_seen(c: char) -> bool {
    const BRAILLE_BLANK: char = '\u{2800}';
    !c.is_whitespace() && !c.is_control() && !DefaultIgnorableCodePoint::for_char(c) && c != BRAILLE_BLANK
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Goes,
    Refused,
}

/// A text as its characters, and what has to be known of all of it.
struct Written {
    all: Vec<char>,
    has_right_to_left: bool,
}

impl Written {
    fn new(text: &str) -> Self {
        Self { all: text.chars().collect(), has_right_to_left: text.chars().any(is_right_to_left) }
    }

    fn fate(&self, index: usize) -> Fate {
        let stays_if = |needed| if needed { Fate::Stays } else { Fate::Goes };
        match self.all[index] {
            '\n' | '\r' | '\t' => Fate::Stays,
            c if c.is_control() || NoncharacterCodePoint::for_char(c) => Fate::Refused,
            // Joiners in Persian, Hindi and emoji, in Hebrew and old Hangul; Khmer's vowels.
            '\u{200c}' | '\u{200d}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
                Fate::Stays
            }
            '\u{200b}' => stays_if(self.is_beside_unspaced_script(index)),
            '\u{200e}' | '\u{200f}' | '\u{61c}' => stays_if(self.has_right_to_left),
            '\u{180e}' => stays_if(self.is_between_mongolian(index)),
            // Soft hyphen, word joiner, a formula's invisible signs, byte order mark.
            '\u{ad}' | '\u{2060}'..='\u{2064}' | '\u{feff}' => Fate::Goes,
            '\u{e0030}'..='\u{e007f}' if self.is_of_flag(index) => Fate::Stays,
            // The marks of annotations.
            '\u{fff9}'..='\u{fffb}' => Fate::Refused,
            c if VariationSelector::for_char(c) => Fate::Stays,
            c if DefaultIgnorableCodePoint::for_char(c) || BidiControl::for_char(c) => Fate::Refused,
            _ => Fate::Stays,
        }
    }

    /// Mongolian sets a last vowel apart, whose form shows that.
    fn is_between_mongolian(&self, index: usize) -> bool {
        let is_mongolian = |c: &char| CodePointMapData::<Script>::new().get(*c) == Script::Mongolian;
        let before = index.checked_sub(1).and_then(|before| self.all.get(before));
        before.is_some_and(is_mongolian) && self.all.get(index + 1).is_some_and(is_mongolian)
    }

    /// Thai, Khmer and others mark where a word ends with a blank of no width.
    fn is_beside_unspaced_script(&self, index: usize) -> bool {
        let is_unspaced =
            |c: &char| CodePointMapData::<LineBreak>::new().get(*c) == LineBreak::ComplexContext;
        let before = index.checked_sub(1).and_then(|before| self.all.get(before));
        before.is_some_and(is_unspaced) || self.all.get(index + 1).is_some_and(is_unspaced)
    }

    /// A tag in a flag such as Scotland's: a black flag, one to six letters or digits as tags, and the last tag.
    fn is_of_flag(&self, index: usize) -> bool {
        const FLAG: char = '\u{1f3f4}';
        const LAST: char = '\u{e007f}';
        const MOST: usize = 6;
        let is_tag = |c: &char| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}');
        let near = index.saturating_sub(MOST + 1);
        let Some(flag) = self.all[near..index].iter().rposition(|c| *c == FLAG) else { return false };
        let first = near + flag + 1;
        let tags = self.all[first..].iter().take(MOST).take_while(|c| is_tag(c)).count();
        tags > 0 && self.all.get(first + tags) == Some(&LAST) && index <= first + tags
    }
}

fn is_right_to_left(c: char) -> bool {
    let class = CodePointMapData::<BidiClass>::new().get(c);
    // The marks themselves are of these classes, too.
    !BidiControl::for_char(c) && matches!(class, BidiClass::RightToLeft | BidiClass::ArabicLetter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_in_their_scripts_stays_as_it_is() {
        for text in [
            "نمی\u{200c}خواهم",
            "क\u{94d}\u{200d}ष",
            "👩\u{200d}👩\u{200d}👧 ❤\u{fe0f}",
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            "葛\u{e0100}城市",
            "שלום C#\u{200f} עולם",
            "ភាសា\u{200b}ខ្មែរ",
            "ᠮᠣᠩᠭᠣᠯ\u{180b}",
            "ᠭᠠᠯ\u{180e}ᠠ",
            "line\r\n\tnext",
            "José, O’Brien — “Zürich”",
            "王伟（北京）",
        ] {
            assert_eq!(read(text).as_deref(), Ok(text), "{text}");
            assert!(!is_blank(text));
        }
    }

    #[test]
    fn what_copying_leaves_behind_is_taken_out_and_the_rest_is_composed() {
        for (text, left) in [
            ("\u{feff}Contoso", "Contoso"),
            ("Con\u{ad}to\u{200b}so\u{2060}", "Contoso"),
            ("\u{200e}Contoso\u{200f}", "Contoso"),
            ("Con\u{180e}toso", "Contoso"),
            ("Jose\u{301}", "José"),
            ("A\u{30a}ngstro\u{308}m", "Ångström"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(left), "{text}");
        }
    }

    #[test]
    fn what_hides_or_moves_others_is_refused_by_its_character_and_place() {
        for character in "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{206a}\u{206f}\
                          \u{0}\u{1b}\u{85}\u{fffe}\u{fff9}\u{3164}\u{ffa0}\u{e0001}\u{e0041}\u{e007f}\u{1d173}\u{fff0}"
            .chars()
        {
            let text = format!("Ada{character}Lovelace");
            assert_eq!(read(&text), Err(Unreadable { character, at: 4 }), "{}", character.escape_unicode());
            assert_eq!(cleaned(&text), "AdaLovelace");
        }
        let hidden = "🏴\u{e0067}\u{e0062}\u{e0067}\u{e0062}\u{e0067}\u{e0062}\u{e0067}\u{e007f}";
        assert_eq!(read(hidden), Err(Unreadable { character: '\u{e0067}', at: 2 }), "no flag is that long");
    }

    #[test]
    fn nothing_that_anybody_sees_is_nothing() {
        for nothing in
            ["", " ", "\u{200b}", "\u{200d}\u{200c}", "\u{3164}", "\u{2800}", "\u{a0}\u{3000}", "\u{fe0f}"]
        {
            assert!(is_blank(nothing), "{}", nothing.escape_unicode());
        }
        for something in ["0", "-", "é", "王", "\u{200b}x"] {
            assert!(!is_blank(something), "{something}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

        #[test]
        fn what_was_read_once_is_read_as_itself(text in "\\PC{0,12}|[\\x{ad}\\x{200b}-\\x{200f}\\x{2060}e\\x{301}ا]{0,8}") {
            if let Ok(once) = read(&text) {
                prop_assert_eq!(read(&once), Ok(once.clone()));
                prop_assert_eq!(cleaned(&text), once);
            } else {
                let once = cleaned(&text);
                prop_assert_eq!(cleaned(&once), once);
            }
        }

        #[test]
        fn what_is_plain_stays_by_the_tables_too(text in "[ -~\\n\\r\\t]{0,20}") {
            let written = Written::new(&text);
            prop_assert!(is_plain(&text));
            prop_assert!((0..written.all.len()).all(|index| written.fate(index) == Fate::Stays));
            prop_assert_eq!(ComposingNormalizer::new_nfc().normalize(&text), text.as_str());
        }
    }
}

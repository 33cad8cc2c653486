//! Texts with a form of their own: tags of languages.

use icu_locale_core::LanguageIdentifier;

use super::Fields;

impl Fields {
    /// A language, by its BCP 47 tag, with at most a script and a region: the rest of a tag could hold anything. Its usual form
    /// is `zh-CN` for `zh-cn`.
    pub(super) fn language(&mut self, path: &str, text: &str) -> String {
        let text = self.line(path, text, 1, 2000);
        let tag = LanguageIdentifier::try_from_str(&text).ok().filter(|tag| tag.variants.is_empty());
        // A text that is missing has been told already.
        if tag.is_none() && !text.trim().is_empty() && !self.is_kept {
            self.fault(path, "FIELD_MALFORMED", "must be a language tag of BCP 47, such as en or zh-CN");
        }
        tag.map_or(text, |tag| tag.to_string())
    }
}

#[cfg(test)]
mod tests {
    use kernel::Time;

    use super::*;

    /// The language that is read of a text, and whether that is a fault.
    fn read(mut fields: Fields, text: &str) -> (String, bool) {
        let text = fields.language("language", text);
        (text, !fields.is_clean())
    }

    fn new() -> Fields {
        Fields::new(Time::UNIX_EPOCH)
    }

    #[test]
    fn a_language_is_its_tag_in_one_form() {
        for (given, kept) in
            [("en", "en"), ("zh-cn", "zh-CN"), ("sr-latn-rs", "sr-Latn-RS"), ("EN-us", "en-US")]
        {
            assert_eq!(read(new(), given), (kept.to_owned(), false), "{given}");
        }
        for bad in ["English", "e", "en--US", "中文", "en US", "en-x-ada", "en-adalove", "en-u-ca-roc"] {
            assert!(read(new(), bad).1, "{bad}");
        }
    }

    #[test]
    fn what_an_earlier_release_took_is_read_as_it_is() {
        assert_eq!(read(Fields::of_service(), "English"), ("English".to_owned(), false));
    }
}

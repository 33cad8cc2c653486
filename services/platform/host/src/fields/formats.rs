//! Texts with a form of their own: mail addresses, and tags of languages.

use email_address::{EmailAddress, Options};
use icu_locale_core::Locale;

use super::Fields;

/// An address as it stands in a directory: no name before it, a domain behind it.
const PLAIN: Options = Options {
    minimum_sub_domains: 2,
    allow_domain_literal: false,
    allow_display_text: false,
    allow_long_local_parts: false,
};

impl Fields {
    /// A mail address, which may be left out.
    pub(super) fn email(&mut self, path: &str, text: &str) -> String {
        let text = self.text(path, text, 0, 320);
        let is_one = text.is_empty() || EmailAddress::parse_with_options(&text, PLAIN).is_ok();
        let good = (is_one || self.is_kept).then_some(());
        self.or_fault(path, good, "must be a mail address, such as it@contoso.com", ());
        text
    }

    /// A language, by its BCP 47 tag, whose usual form is `zh-CN` for `zh-cn`.
    pub(super) fn language(&mut self, path: &str, text: &str) -> String {
        let text = self.text(path, text, 1, 2000);
        let tag = Locale::try_from_str(&text).map(|tag| tag.to_string());
        // A text that is missing has been told already.
        if tag.is_err() && !text.trim().is_empty() && !self.is_kept {
            self.fault(path, "FIELD_MALFORMED", "must be a language tag of BCP 47, such as en or zh-CN");
        }
        tag.unwrap_or(text)
    }
}

#[cfg(test)]
mod tests {
    use kernel::Time;

    use super::*;

    /// What is read of a text, and whether it is a fault.
    fn read(mut fields: Fields, read: fn(&mut Fields, &str, &str) -> String, text: &str) -> (String, bool) {
        let text = read(&mut fields, "field", text);
        (text, !fields.is_clean())
    }

    fn new() -> Fields {
        Fields::new(Time::UNIX_EPOCH)
    }

    #[test]
    fn a_mail_address_has_a_name_and_a_domain_in_any_script() {
        for good in ["", "it@contoso.com", "a.b+c@sub.contoso.example", "иван@контосо.рф", "采购@contoso.cn"]
        {
            assert_eq!(read(new(), Fields::email, good), (good.to_owned(), false), "{good}");
        }
        for bad in [
            "it",
            "it@",
            "@contoso.com",
            "it@contoso",
            "IT <it@contoso.com>",
            "a b@contoso.com",
            "a@b@contoso.com",
        ] {
            assert!(read(new(), Fields::email, bad).1, "{bad}");
        }
    }

    #[test]
    fn a_language_is_its_tag_in_one_form() {
        for (given, kept) in
            [("en", "en"), ("zh-cn", "zh-CN"), ("sr-latn-rs", "sr-Latn-RS"), ("EN-us", "en-US")]
        {
            assert_eq!(read(new(), Fields::language, given), (kept.to_owned(), false), "{given}");
        }
        for bad in ["English", "e", "en--US", "中文", "en US"] {
            assert!(read(new(), Fields::language, bad).1, "{bad}");
        }
    }

    #[test]
    fn what_an_earlier_release_took_is_read_as_it_is() {
        for (reader, text) in
            [(Fields::email as fn(&mut Fields, &str, &str) -> String, "it"), (Fields::language, "English")]
        {
            assert_eq!(read(Fields::of_service(), reader, text), (text.to_owned(), false));
        }
    }
}

//! The customer's tenant: a domain name, or the GUID that Microsoft gave it. Two that mean one tenant have one form.

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};

use crate::{Id, same::folded};

/// The tenant's one form: a domain name as the domain name system has it (IDNA, UTS 46), in small letters and without the dot
/// at its end; or a GUID in small letters with its hyphens. `None` for what is neither.
#[must_use]
pub fn tenant(text: &str) -> Option<String> {
    guid(text).or_else(|| domain(text.trim()))
}

fn guid(text: &str) -> Option<String> {
    // Without its hyphens it could be a label of a domain, which nobody has.
    Id::try_parse(&folded(text)).ok().map(|id| id.to_string())
}

fn domain(text: &str) -> Option<String> {
    let (deny, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    let name = Uts46::new().to_ascii(text.as_bytes(), deny, hyphens, DnsLength::VerifyAllowRootDot).ok()?;
    let name = name.strip_suffix('.').unwrap_or(&name);
    is_found(name).then(|| name.to_ascii_lowercase())
}

/// Whether it could be looked up as a name: an address of the Internet Protocol is none, and a single part as long as that is a
/// GUID with a fault in it.
fn is_found(name: &str) -> bool {
    const LONGEST_PART: usize = 20;
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    !is_number && (name.contains('.') || name.len() <= LONGEST_PART)
}

/// The key that tells tenants apart: the one form; for a text that an earlier release took and that is no tenant, the key it had.
#[must_use]
pub fn tenant_key(text: &str) -> String {
    tenant(text).unwrap_or_else(|| text.trim().to_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tenant_has_one_form_however_it_was_typed() {
        for (form, typed) in [
            (
                "contoso.onmicrosoft.com",
                &[
                    "contoso.onmicrosoft.com",
                    " Contoso.OnMicrosoft.com. ",
                    "CONTOSO.ONMICROSOFT.COM",
                    "ｃｏｎｔｏｓｏ。ｏｎｍｉｃｒｏｓｏｆｔ．ｃｏｍ",
                    "con\u{ad}to\u{200b}so.onmicrosoft.com",
                    "contoso.onmicrosoft.com。",
                ][..],
            ),
            (
                "xn--mnchen-3ya.de",
                &["München.de", "mu\u{308}nchen.DE", "xn--mnchen-3ya.de", "XN--MNCHEN-3YA.DE."],
            ),
            ("contoso", &["contoso", "Contoso."]),
            (
                "72f988bf-86f1-41af-91ab-2d7cd011db47",
                &[
                    "72f988bf-86f1-41af-91ab-2d7cd011db47",
                    "72F988BF-86F1-41AF-91AB-2D7CD011DB47",
                    "{72f988bf-86f1-41af-91ab-2d7cd011db47}",
                    " 72f988bf86f141af91ab2d7cd011db47",
                    "７2f988bf-86f1-41af-91ab-2d7cd011db47",
                    "72f988bf\u{2011}86f1-41af-91ab-2d7cd011db47",
                ],
            ),
        ] {
            for typed in typed {
                assert_eq!(tenant(typed).as_deref(), Some(form), "{}", typed.escape_unicode());
            }
        }
    }

    #[test]
    fn what_is_no_tenant_has_the_key_that_it_had() {
        let long = format!("{}.example", "a.".repeat(130));
        for odd in [
            "",
            " ",
            ".",
            "..",
            "contoso..com",
            "contoso.com..",
            "https://contoso.com",
            "contoso .com",
            "a@contoso.com",
            "-contoso.com",
            "contoso_1.com",
            "contoso\u{202e}.com",
            "contoso/com",
            "xn--zz--zz",
            "\u{200b}",
            "72f988bf-86f1-41af-91ab-2d7cd011db4",
            "72f988bf-86f1-41af-91ab-2d7cd011db4g",
            "72f988bf-86f1-41af-91ab",
            "72f988bf86f141af91ab2d7cd011db4",
            "127.0.0.1",
            "12",
            &long,
        ] {
            assert_eq!(tenant(odd), None, "{}", odd.escape_unicode());
            assert_eq!(tenant_key(odd), odd.trim().to_lowercase());
        }
        let cyrillic = tenant("cоntoso.com");
        assert!(
            cyrillic.is_some_and(|name| name.starts_with("xn--")),
            "another letter is another domain, and shows it"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

        #[test]
        fn a_form_is_its_own_form(text in "[a-z0-9éüßа．。.\\x{ad}-]{1,20}|\\PC{0,10}") {
            let key = tenant_key(&text);
            prop_assert_eq!(tenant_key(&key), key.as_str());
            if let Some(form) = tenant(&text) {
                prop_assert_eq!(tenant(&form), Some(form.clone()));
                prop_assert_eq!(tenant(&format!(" {}. ", form.to_uppercase())), (!form.contains('-') || !is_guid(&form)).then_some(form));
            }
        }
    }

    fn is_guid(text: &str) -> bool {
        guid(text).is_some()
    }
}

//! The reasons of refusals are a contract: each that the code can give is in the register, and each in the register is given.

mod made;
mod page;
pub(crate) mod register;
mod scopes;

use std::collections::BTreeSet;

use crate::{coverage::RULES, reasons::register::REGISTER};

/// Reasons of faults that never stand alone: the request's reason is `INVALID_REQUEST`.
const OF_FIELDS: [&str; 1] = ["FIELD_MALFORMED"];

fn registered() -> BTreeSet<String> {
    REGISTER.keys().cloned().collect()
}

#[test]
fn every_reason_that_the_code_gives_is_in_the_register_and_every_one_there_is_given() {
    let mut made = made::reasons();
    assert!(made.len() > 100, "{made:?}");
    for of_fields in OF_FIELDS {
        assert!(made.remove(of_fields), "{of_fields} is made no more");
    }
    let registered = registered();
    let missing: Vec<_> = made.difference(&registered).collect();
    let unused: Vec<_> = registered.difference(&made).collect();
    assert!(missing.is_empty(), "reason.proto lacks {missing:?}");
    assert!(unused.is_empty(), "no code gives {unused:?}");
}

#[test]
fn every_meaning_is_whole() {
    let rules: BTreeSet<_> = RULES.split_whitespace().collect();
    for (reason, meaning) in &*REGISTER {
        assert!(!meaning.codes.is_empty() && !meaning.comment.is_empty(), "{reason}: {meaning:?}");
        assert_ne!(meaning.remedy, "UNSPECIFIED", "{reason}");
        assert_eq!(meaning.remedy == "ASK", !meaning.whom.is_empty(), "{reason} says whom to ask");
        let unknown: Vec<_> = meaning.rules.iter().filter(|rule| !rules.contains(rule.as_str())).collect();
        assert!(unknown.is_empty(), "{reason}: {unknown:?}");
        let has_rules = meaning.any_rule || !meaning.rules.is_empty();
        assert_eq!(meaning.metadata.contains("rules"), has_rules, "{reason} has the key of its rules");
    }
}

//! Every rule that refusals and events name has its place on the playbook's page.

use std::{collections::BTreeSet, fs};

use super::{anchors::written, files, page, root};
use crate::coverage::RULES;

const PAGE: &str = "proto/PLAYBOOK.md";

/// Whether a word is the id of a rule, such as `R-2b` or `E-3.3e`.
fn is_rule(word: &str) -> bool {
    let Some((kind, number)) = word.split_once('-') else { return false };
    let number = number.trim_end_matches(|letter| ('a'..='e').contains(&letter));
    let mut parts = number.split('.');
    let is_number = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    ["O", "G", "A", "P", "R", "E", "I"].contains(&kind)
        && parts.next().is_some_and(is_number)
        && parts.next().is_none_or(is_number)
        && parts.next().is_none()
}

/// The ids that stand in a text, comments included.
fn rules(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|sign: char| !sign.is_ascii_alphanumeric() && !['-', '.'].contains(&sign));
    words.map(|word| word.trim_end_matches(['.', '-'])).filter(|word| is_rule(word))
}

/// The rules that the services' sources and the protos name.
fn named() -> BTreeSet<String> {
    let sources = [("services", ".rs"), ("proto", ".proto")];
    let files = sources.into_iter().flat_map(|(folder, end)| files(&root().join(folder), end));
    let texts = files.map(|file| fs::read_to_string(file).expect("a source"));
    texts.flat_map(|text| rules(&text).map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The anchors of the page, but those of readings.
fn anchors() -> Vec<String> {
    let written = written(&page(PAGE));
    written.into_iter().filter(|anchor| !anchor.starts_with("reading-")).collect()
}

#[test]
fn every_rule_that_refusals_and_events_name_has_its_anchor_in_the_playbook() {
    let (named, there) = (named(), anchors());
    assert!(named.len() > 60 && named.contains("R-2b") && named.contains("E-3.3e"), "{named:?}");
    let missing: Vec<_> = named.iter().filter(|rule| !there.contains(&rule.to_lowercase())).collect();
    assert!(missing.is_empty(), "{PAGE} has no anchor for {missing:?}");
}

#[test]
fn the_playbook_has_every_rule_and_no_other() {
    let rules: BTreeSet<_> = RULES.split_whitespace().map(str::to_lowercase).collect();
    assert_eq!(anchors().into_iter().collect::<BTreeSet<_>>(), rules);
}

#[test]
fn no_rule_stands_twice_in_the_playbook_and_each_beside_its_own_id() {
    let (text, mut seen) = (page(PAGE), BTreeSet::new());
    for anchor in written(&text) {
        assert!(seen.insert(anchor.clone()), "{anchor} stands twice");
        if !anchor.starts_with("reading-") {
            let (_, beside) = text.split_once(&format!("<a id=\"{anchor}\"></a>")).expect("it is there");
            let id = beside.split(' ').next().unwrap_or_default();
            assert!(is_rule(id) && id.to_lowercase() == anchor, "{anchor} stands beside {id}");
        }
    }
}

//! No rule without a test: every id of the playbook is named where something is tested.

use std::{fs, path::Path};

/// The playbook's rules and invariants, of which its page has just these.
pub(crate) const RULES: &str = "
    O-1 O-2 O-3 O-4  G-1 G-2 G-3 G-4 G-5 G-6  A-1 A-2 A-3 A-4
    P-1 P-2 P-2a P-2b P-3 P-4
    R-1 R-1a R-2 R-2a R-2b R-2c R-3 R-4
    E-1 E-1a E-1b E-1c  E-2 E-2a E-2b E-2c E-2d E-2e  E-3 E-3.1 E-3.2
    E-3.3 E-3.3a E-3.3b E-3.3c E-3.3d E-3.3e  E-3.4 E-3.4a  E-3.5  E-4
    E-5 E-5.1 E-5.2 E-5.3 E-5.4 E-5.5
    I-1 I-2 I-3 I-4 I-5 I-6 I-7 I-8 I-9 I-10 I-11 I-12 I-13 I-14 I-15 I-16 I-17 I-18 I-19 I-20
    I-21 I-22 I-23 I-24 I-25";

/// All that is written in the tests of every crate, this file aside.
fn tests() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![root.join("services"), root.join("tests")];
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let tested = path.components().any(|part| part.as_os_str() == "tests");
            if path.is_dir() {
                folders.push(path);
            } else if tested
                && path.extension().is_some_and(|ext| ext == "rs")
                && !path.ends_with("coverage.rs")
            {
                text += &fs::read_to_string(&path).expect("a file");
            }
        }
    }
    text
}

/// The id stands there by itself, not as the beginning of a longer one.
fn names(text: &str, id: &str) -> bool {
    let ends = |rest: &str| {
        let mut next = rest.chars();
        match (next.next(), next.next()) {
            (Some('.'), Some(after)) => !after.is_ascii_digit(),
            (Some(first), _) => !first.is_ascii_alphanumeric(),
            (None, _) => true,
        }
    };
    text.match_indices(id).any(|(at, _)| ends(&text[at + id.len()..]))
}

#[test]
fn every_rule_of_the_playbook_is_named_by_a_test() {
    let text = tests();
    let unnamed: Vec<_> = RULES.split_whitespace().filter(|id| !names(&text, id)).collect();
    assert!(unnamed.is_empty(), "no test names {unnamed:?}");
}

#[test]
fn a_longer_id_does_not_stand_in_for_a_shorter_one() {
    assert!(names("see E-3.4, and E-3.4a.", "E-3.4"));
    assert!(!names("see E-3.4a and E-3.45 and E-3.4.1", "E-3.4"));
    assert!(!names("I-11", "I-1"));
    assert!(names("as I-1.", "I-1"));
}

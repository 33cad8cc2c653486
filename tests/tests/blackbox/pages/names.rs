//! The words in code style on a page are in the sources: reasons and other words in capitals, methods and messages, settings.

use std::{collections::BTreeSet, fs};

use clap::{Args, Command};
use host::Settings;

use super::{files, page, root};

/// Words of others: they are in no source of ours.
const FOREIGN: [&str; 1] = ["NOT_SERVING"];

/// The words between two backquotes outside of blocks, of every page.
fn in_code_style() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for page in files(&root(), ".md") {
        let text = fs::read_to_string(page).expect("a page");
        for line in text.split("```").step_by(2).flat_map(str::lines) {
            all.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    all
}

fn is_name(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && (is_in_capitals(word) || is_in_camel_case(word))
}

/// Words in capitals have an underscore, as `FIELD_REQUIRED` has.
fn is_in_capitals(word: &str) -> bool {
    word.contains('_')
        && word.starts_with(|first: char| first.is_ascii_uppercase())
        && word == word.to_uppercase()
}

/// Words in camel case have a capital after a small letter, as `OpenCase` has.
fn is_in_camel_case(word: &str) -> bool {
    let small_before = |pair: &[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
    word.starts_with(|first: char| first.is_ascii_uppercase()) && word.as_bytes().windows(2).any(small_before)
}

/// Every word of the sources, of the protos and of what is deployed.
fn words() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let sources = ["services", "proto", "tests/src", "tests/tests", "tests/fuzz/src", "deploy"];
    for end in [".rs", ".proto", ".yaml", ".json", ".sql"] {
        for file in sources.iter().flat_map(|folder| files(&root().join(folder), end)) {
            all.extend(names(&fs::read_to_string(file).expect("a source")));
        }
    }
    all.extend(names(&page("docker-compose.yml")));
    all
}

fn names(text: &str) -> Vec<String> {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    let words = text.split(|sign| !is_part(sign)).filter(|word| is_name(word));
    words.map(str::to_owned).collect()
}

#[test]
fn whatever_a_page_names_is_in_the_sources() {
    let (words, settings) = (words(), variables());
    let said: Vec<_> = in_code_style().into_iter().filter(|word| is_name(word)).collect();
    assert!(said.len() > 150, "{}", said.len());
    let is_known = |word: &str| words.contains(word) || settings.contains(word) || FOREIGN.contains(&word);
    let made_up: Vec<_> = said.iter().filter(|word| !is_known(word)).collect();
    assert!(made_up.is_empty(), "no source has {made_up:?}");
}

fn arguments() -> Vec<clap::Arg> {
    Settings::augment_args(Command::new("getmodern")).get_arguments().cloned().collect()
}

fn variables() -> BTreeSet<String> {
    let all = arguments();
    all.iter().filter_map(|one| Some(one.get_env()?.to_string_lossy().into_owned())).collect()
}

#[test]
fn every_setting_of_a_server_is_on_a_page() {
    let said = in_code_style();
    let is_said = |flag: &str| said.iter().any(|code| code.split([' ', '=']).next() == Some(flag));
    let flags: Vec<_> = arguments().iter().filter_map(|one| Some(format!("--{}", one.get_long()?))).collect();
    assert!(flags.len() > 40, "{flags:?}");
    let unsaid: Vec<_> = flags.into_iter().filter(|flag| !is_said(flag)).collect();
    assert!(unsaid.is_empty(), "no page says what {unsaid:?} are for");
}

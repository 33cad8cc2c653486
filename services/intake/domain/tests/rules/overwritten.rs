//! I-23: no command writes over what was recorded and keeps it nowhere, but what stands on this list.

use std::collections::BTreeSet;

use kernel::{Context, DataSet, Item, overwritten};

use crate::{
    support::*,
    transitions::{commands, states},
};

/// What is written over all the same, by the member that it stands under, and why.
const NOT_A_RECORD: &[(&str, &str)] = &[
    ("state", "where it stands"),
    ("entered", "since when"),
    ("outdated", "whether the verdict stands on the facts; it follows from what is recorded"),
    ("led_to", "what the engagement service told last; it keeps what it was"),
    ("beside", "the same of another engagement"),
    (
        "items",
        "the same value, learnt again: its source and time are the newest; another value keeps the one before",
    ),
    ("assignment_requests", "who took it, as last corrected; the seat keeps who held it before"),
];

fn stands_for_itself(path: &str) -> Option<&'static str> {
    let of = |member: &str| {
        path == member || path.starts_with(&format!("{member}.")) || path.starts_with(&format!("{member}["))
    };
    let is_value = path.starts_with("items.") && path.rsplit('.').next() == Some("value");
    NOT_A_RECORD.iter().map(|(member, _)| *member).find(|member| of(member) && !is_value)
}

fn learnt_later() -> DataSet {
    let later = |item: Item| Item { source: "the account team".to_owned(), learnt: minute(8).into(), ..item };
    qualifying().into_iter().map(|(key, item)| (key, later(item))).collect()
}

#[test]
fn every_command_in_every_state_keeps_what_it_replaces() {
    let mut used = BTreeSet::new();
    for (label, case) in states() {
        let Some(before) = case else { continue };
        let later = ("RecordResearch, the same later", record(learnt_later()), manager());
        for (name, command, context) in commands().into_iter().chain([later]) {
            let context = Context { now: minute(9), ..context };
            let Ok((after, _)) = attempt(Some(&before), &command, &context) else { continue };
            for path in overwritten(&before, &after) {
                let listed = stands_for_itself(&path);
                assert!(listed.is_some(), "{label}: {name} writes over {path} and keeps it nowhere");
                used.extend(listed);
            }
        }
    }
    let listed: BTreeSet<_> = NOT_A_RECORD.iter().map(|(member, _)| *member).collect();
    assert_eq!(listed, used, "the list names nothing that is kept");
}

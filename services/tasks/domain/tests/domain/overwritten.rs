//! I-23: no command writes over what was recorded and keeps it nowhere, but what stands on this list.

use std::collections::BTreeSet;

use kernel::{Caller, Decider, fold, overwritten};
use serde::Serialize;
use tasks_domain::{Files, Tasks};

use crate::{
    cast::{context, file_commands, gmfta, is_a_services, service, task_commands},
    table::{States, file_states, task_states},
};

/// What is written over all the same, by the member that it stands under, and why.
const NOT_A_RECORD: &[(&str, &str)] = &[
    ("status", "where it stands; a closed task is never altered (I-19)"),
    ("assignee", "who is to do it now; nobody has done it yet"),
    ("assigned", "since when it is theirs"),
    ("roster", "who may act now; the engagement keeps who held a seat before, with the cause"),
    ("unacknowledged", "whose seat waits now; the engagement keeps who took it and when"),
    ("seats_taken", "a count"),
    ("customer", "the engagement keeps the name before, with the cause"),
];

fn stands_for_itself(path: &str) -> Option<&'static str> {
    let of = |member: &str| {
        path == member || path.starts_with(&format!("{member}.")) || path.starts_with(&format!("{member}["))
    };
    NOT_A_RECORD.iter().map(|(member, _)| *member).find(|member| of(member))
}

fn try_all<D: Decider>(
    states: States<D>,
    commands: &[(Caller, D::Command)],
    used: &mut BTreeSet<&'static str>,
) where
    D::State: Clone + Serialize,
    D::Command: std::fmt::Debug,
{
    for (label, before) in states {
        let Some(before) = before else { continue };
        for (who, command) in commands {
            let context = context(who.clone());
            let Ok(events) = D::decide(Some(&before), command, &context) else { continue };
            let stamp = context.stamp();
            let after = fold::<D>(Some(before.clone()), events.iter().map(|event| (event, &stamp)));
            for path in overwritten(&before, &after.expect("it stays")) {
                let listed = stands_for_itself(&path);
                assert!(listed.is_some(), "{label}: {command:?} writes over {path} and keeps it nowhere");
                used.extend(listed);
            }
        }
    }
}

#[test]
fn every_command_in_every_state_keeps_what_it_replaces() {
    let mut used = BTreeSet::new();
    let who =
        |command: &tasks_domain::task::Command| if is_a_services(command) { service() } else { gmfta() };
    let tasks: Vec<_> = task_commands().into_iter().map(|command| (who(&command), command)).collect();
    let files: Vec<_> = file_commands().into_iter().map(|command| (service(), command)).collect();
    try_all::<Tasks>(task_states(), &tasks, &mut used);
    try_all::<Files>(file_states(), &files, &mut used);
    let listed: BTreeSet<_> = NOT_A_RECORD.iter().map(|(member, _)| *member).collect();
    assert_eq!(listed, used, "the list names nothing that is kept");
}

//! I-23: no command writes over what was recorded and keeps it nowhere, but what stands on this list.

use std::collections::BTreeSet;

use engagement_domain::*;
use kernel::{Context, Decider, fold, overwritten};

use crate::{support::*, transitions};

/// What is written over all the same, by the member that it stands under, and why.
const NOT_A_RECORD: &[(&str, &str)] = &[
    ("stage", "where it stands; the visits of each stage are rows of their own"),
    ("stage_since", "as the stage"),
    ("summary", "a draft is being written; each final version stays, in itself or among the earlier ones"),
    ("seat_changes", "what waited for its successor has come, and the seat is kept when it is taken"),
    (HANDED_OVER, "the case keeps what it replaced; the engagement had not begun with it"),
    ("reengagements[].state", "where it stands; each step has its own stamp"),
];

/// What waits has not begun.
const HANDED_OVER: &str = "(handed over anew)";

/// The Gateway leaves again, another FM and another channel.
fn handed_over_anew() -> (kernel::Caller, Command) {
    let mut start = left_behind();
    (start.roster.fm, start.channel) = (person("fay"), frp());
    (service(), Command::BeginReactive { start, must_wait: false })
}

fn stands_for_itself(path: &str) -> Option<&'static str> {
    let of = |member: &str| {
        path == member || path.starts_with(&format!("{member}.")) || path.starts_with(&format!("{member}["))
    };
    NOT_A_RECORD.iter().map(|(member, _)| *member).find(|member| of(member))
}

#[test]
fn every_command_in_every_state_keeps_what_it_replaces() {
    let mut used = BTreeSet::new();
    for (label, play) in transitions::milestones() {
        let Some(before) = &play.state else { continue };
        for (who, command) in transitions::commands().into_iter().chain([handed_over_anew()]) {
            let context = Context { caller: who, now: hour(transitions::LATE) };
            let Ok(events) = Engagements::decide(Some(before), &command, &context) else { continue };
            let stamp = context.stamp();
            let after = fold::<Engagements>(Some(before.clone()), events.iter().map(|event| (event, &stamp)));
            for path in overwritten(before, &after.expect("an engagement")) {
                let is_anew = matches!(command, Command::BeginReactive { .. });
                let listed = if is_anew { Some(HANDED_OVER) } else { stands_for_itself(&path) };
                assert!(listed.is_some(), "{label}: {command:?} writes over {path} and keeps it nowhere");
                used.extend(listed);
            }
        }
    }
    let listed: BTreeSet<_> = NOT_A_RECORD.iter().map(|(member, _)| *member).collect();
    assert_eq!(listed, used, "the list names nothing that is kept");
}

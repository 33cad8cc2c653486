//! What became of one resource, entry by entry: the stages it was in, how long, and what waited too long in them.

use std::collections::{HashMap, HashSet};

use jiff::SignedDuration;
use kernel::{Role, Time};

/// How long each action may wait.
pub(crate) type Targets = HashMap<String, SignedDuration>;

/// What became of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tale {
    /// The resource.
    pub(crate) name: String,
    /// What it is, in a word: `engagement`.
    pub(crate) kind: &'static str,
    /// The resource whose trace it is told in; its own if there is none.
    pub(crate) parent: Option<String>,
    /// The resource that it came from.
    pub(crate) origin: Option<String>,
    /// Its journal entries, oldest first; never none.
    pub(crate) turns: Vec<Turn>,
}

/// One journal entry, and how the resource stood after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) revision: i64,
    /// When it was written; never before the entry before it, whatever the clocks said.
    pub(crate) time: Time,
    pub(crate) kind: String,
    pub(crate) rule: String,
    pub(crate) role: Role,
    pub(crate) request_id: String,
    pub(crate) trace_parent: Option<String>,
    pub(crate) stage: &'static str,
    /// Its work is done for now, or for good.
    pub(crate) rests: bool,
    pub(crate) waiting: Vec<Waiting>,
}

/// A duty that stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Waiting {
    pub(crate) action: &'static str,
    pub(crate) role: Role,
    pub(crate) since: Time,
}

/// One stay in one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Visit<'a> {
    pub(crate) stage: &'static str,
    /// How often work had been taken up again by then.
    pub(crate) cycle: u32,
    /// The entry that entered the stage, and those that stayed in it.
    pub(crate) turns: &'a [Turn],
    /// The entry that left it; none while it lasts.
    pub(crate) left: Option<&'a Turn>,
}

/// A duty that waited too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overdue<'a> {
    pub(crate) what: Waiting,
    /// The entry after which it stood.
    pub(crate) turn: &'a Turn,
    /// When it became overdue, or began to stand and was so already.
    pub(crate) time: Time,
}

/// The work from its beginning, or from where it was taken up again, until it rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cycle<'a> {
    pub(crate) number: u32,
    pub(crate) begun: &'a Turn,
    pub(crate) rested: &'a Turn,
}

impl Tale {
    /// The entry that created it.
    pub(crate) fn created(&self) -> &Turn {
        &self.turns[0]
    }

    /// Its stays in stages, in order, without a gap: each begins where the one before ends.
    pub(crate) fn visits(&self) -> Vec<Visit<'_>> {
        let (mut at, mut cycle, mut rested) = (0, 0, false);
        let chunks = self.turns.chunk_by(|one, next| one.stage == next.stage);
        let visit = |turns: &'_ [Turn]| {
            at += turns.len();
            cycle += u32::from(rested && !turns[0].rests);
            rested = turns[0].rests;
            (cycle, at)
        };
        let numbered: Vec<_> = chunks.clone().map(visit).collect();
        let visits = chunks.zip(numbered);
        visits
            .map(|(turns, (cycle, end))| Visit {
                stage: turns[0].stage,
                cycle,
                turns,
                left: self.turns.get(end),
            })
            .collect()
    }

    /// Its work, as far as it has come to rest.
    pub(crate) fn cycles(&self) -> Vec<Cycle<'_>> {
        let (mut begun, mut cycles) = (None, Vec::new());
        for visit in self.visits() {
            let entered = &visit.turns[0];
            match (begun, entered.rests) {
                (None, false) => begun = Some(entered),
                (Some(first), true) => {
                    cycles.push(Cycle { number: visit.cycle, begun: first, rested: entered });
                    begun = None;
                }
                _ => {}
            }
        }
        cycles
    }

    /// What waited longer than its target until `now`, in order.
    pub(crate) fn overdue(&self, targets: &Targets, now: Time) -> Vec<Overdue<'_>> {
        let (mut found, mut told) = (Vec::new(), HashSet::new());
        for (at, turn) in self.turns.iter().enumerate() {
            let end = self.turns.get(at + 1).map_or(now, |next| next.time);
            told.retain(|what| turn.waiting.contains(what));
            let mut late: Vec<_> = turn
                .waiting
                .iter()
                .filter_map(|what| Some((due(what, targets)?.max(turn.time), *what)))
                .collect();
            // What was late before it began to stand is so at once, whatever comes next.
            late.retain(|(time, what)| (*time == turn.time || *time < end) && told.insert(*what));
            late.sort_by_key(|(time, what)| (*time, what.action, what.role));
            found.extend(late.into_iter().map(|(time, what)| Overdue { what, turn, time }));
        }
        found
    }
}

/// When a duty is overdue; never, if there is no target for it.
fn due(what: &Waiting, targets: &Targets) -> Option<Time> {
    what.since.checked_add(*targets.get(what.action)?).ok()
}

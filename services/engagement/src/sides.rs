//! The rows that an engagement's events have left in the tables beside its own, as `rows` writes them, one event after the other.

use std::collections::{BTreeMap, BTreeSet};

use engagement_domain::{Event, enters};
use host::wire;
use kernel::{Assessment, Person, Stamp, Time};
use ledger::{Beside, Holds, Side, Value};

use crate::{pauses, rows::open, wire::blocker_kind};

/// The tables.
pub(crate) const SIDES: &[Side] = &[
    Side {
        table: "engagement_person",
        key: "engagement_id",
        is_named: false,
        columns: &[("person", Holds::Text)],
    },
    Side {
        table: "stage_visit",
        key: "engagement_id",
        is_named: false,
        columns: &[("entered_time", Holds::Time), ("stage", Holds::Text), ("left_time", Holds::Time)],
    },
    Side {
        table: "blocker",
        key: "engagement_id",
        is_named: false,
        columns: &[
            ("number", Holds::Int),
            ("kind", Holds::Text),
            ("raised_time", Holds::Time),
            ("resolved_time", Holds::Time),
        ],
    },
    pauses::SIDE,
    Side { table: "verdict", key: "subject", is_named: true, columns: &[("verdict", Holds::Text)] },
    Side {
        table: "criterion",
        key: "subject",
        is_named: true,
        columns: &[("criterion", Holds::Text), ("outcome", Holds::Text)],
    },
];

/// The rows in each.
pub(crate) fn of(events: &[(Event, &Stamp)]) -> Vec<Vec<Beside>> {
    let mut left = Left::default();
    for (event, stamp) in events {
        left.take(event, stamp);
    }
    left.rows()
}

#[derive(Default)]
struct Left<'a> {
    people: BTreeSet<&'a Person>,
    visits: Vec<(Time, &'static str, Option<Time>)>,
    blockers: BTreeMap<u32, (&'static str, Time, Option<Time>)>,
    pauses: pauses::Left,
    assessment: Option<&'a Assessment>,
}

impl<'a> Left<'a> {
    fn take(&mut self, event: &'a Event, stamp: &Stamp) {
        if let Some(stage) = enters(event) {
            for visit in &mut self.visits {
                visit.2.get_or_insert(stamp.time);
            }
            self.visits.push((stamp.time, stage.as_str(), None));
        }
        self.pauses.take(event, stamp.time);
        match event {
            Event::ReactiveEngagementBegun(start) | Event::ReactiveEngagementHeld(start) => {
                self.join(&start.roster);
            }
            Event::EngagementAssigned(assignment) => {
                self.people.insert(&assignment.gmfta);
            }
            Event::SyncHeld { roster, sync, .. } | Event::AssignmentReturned { roster, sync, .. } => {
                self.join(roster);
                self.assessment = Some(&sync.assessment);
            }
            Event::DeputyAppointed { people, .. }
            | Event::DeputyshipEnded { people, .. }
            | Event::SeatGiven { people, .. }
            | Event::SeatTaken { people, .. }
            | Event::SeatKept { people, .. } => {
                self.people = people.iter().collect();
            }
            Event::BlockerRaised { number, kind, .. } => {
                self.blockers.insert(*number, (blocker_kind(*kind).as_str_name(), stamp.time, None));
            }
            Event::BlockerResolved { number, .. } => {
                self.blockers.entry(*number).and_modify(|blocker| blocker.2 = Some(stamp.time));
            }
            _ => {}
        }
    }

    fn join(&mut self, roster: &'a kernel::Roster) {
        self.people.extend(roster.people().map(|(_, person)| person));
    }

    fn rows(&self) -> Vec<Vec<Beside>> {
        let people = self.people.iter().map(|person| vec![person.as_str().into()]).collect();
        let visits = self
            .visits
            .iter()
            .map(|(entered, stage, left)| vec![(*entered).into(), (*stage).into(), Value::Time(*left)]);
        let blockers = self.blockers.iter().map(|(number, (kind, raised, resolved))| {
            vec![i64::from(*number).into(), (*kind).into(), (*raised).into(), Value::Time(*resolved)]
        });
        let verdicts =
            self.assessment.iter().map(|one| vec![wire::verdict(one.verdict).as_str_name().into()]);
        let criteria = self.assessment.iter().flat_map(|one| open(one)).map(|result| {
            vec![result.criterion.as_str().into(), wire::outcome(result.outcome).as_str_name().into()]
        });
        vec![
            people,
            visits.collect(),
            blockers.collect(),
            self.pauses.rows(),
            verdicts.collect(),
            criteria.collect(),
        ]
    }
}

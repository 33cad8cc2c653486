//! Rows that tell when an engagement was on hold, beside its own (I-24).

use engagement_domain::Event;
use kernel::{Id, Stamp, Time};
use ledger::{Beside, Holds, Side, Statement, Value};

/// Their table.
pub(crate) const SIDE: Side = Side {
    table: "pause",
    key: "engagement_id",
    is_named: false,
    columns: &[
        ("number", Holds::Int),
        ("held_time", Holds::Time),
        ("ended_time", Holds::Time),
        ("is_open", Holds::Int),
    ],
};

/// The rows that follow from an event.
pub(crate) fn of(id: Id, event: &Event, stamp: &Stamp) -> Vec<Statement> {
    match event {
        Event::EngagementHeld { number, .. } => vec![ended(id, stamp), held(id, *number, stamp)],
        event if ends(event) => vec![ended(id, stamp)],
        _ => Vec::new(),
    }
}

fn ends(event: &Event) -> bool {
    matches!(
        event,
        Event::EngagementResumed | Event::EngagementCancelled { .. } | Event::EngagementClosed { .. }
    )
}

fn held(id: Id, number: u32, stamp: &Stamp) -> Statement {
    Statement::new(
        "INSERT INTO pause (engagement_id, number, held_time, is_open) VALUES ($1, $2, $3, 1)",
        vec![id.into(), i64::from(number).into(), stamp.time.into()],
    )
}

fn ended(id: Id, stamp: &Stamp) -> Statement {
    Statement::new(
        "UPDATE pause SET ended_time = $2, is_open = 0 WHERE engagement_id = $1 AND is_open = 1",
        vec![id.into(), stamp.time.into()],
    )
}

/// The rows that events have left, one event after the other.
#[derive(Default)]
pub(crate) struct Left(Vec<(u32, Time, Option<Time>)>);

impl Left {
    pub(crate) fn take(&mut self, event: &Event, at: Time) {
        let is_held = matches!(event, Event::EngagementHeld { .. });
        if let Some(last) = self.0.last_mut().filter(|_| is_held || ends(event)) {
            last.2.get_or_insert(at);
        }
        if let Event::EngagementHeld { number, .. } = event {
            self.0.push((*number, at, None));
        }
    }

    pub(crate) fn rows(&self) -> Vec<Beside> {
        let row = |(number, held, ended): &(u32, Time, Option<Time>)| {
            let is_open = i64::from(ended.is_none());
            vec![i64::from(*number).into(), (*held).into(), Value::Time(*ended), is_open.into()]
        };
        self.0.iter().map(row).collect()
    }
}

//! What waits on whom.

use crate::{Fault, Person, Role, Time};

/// Something that waits on somebody, derived from a resource's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// The step that is due, in capitals: `ANSWER_ARCHITECT`. Unique within its resource, role and person.
    pub action: &'static str,
    /// The role it waits on.
    pub role: Role,
    /// The person it waits on, when one is named.
    pub person: Option<Person>,
    /// Since when.
    pub since: Time,
    /// Everything the step still lacks.
    pub missing: Vec<Fault>,
}

/// The action of a duty that asks, on a day that somebody named, whether to go on with what is on hold (I-24).
pub const REVIEW_HOLD: &str = "REVIEW_HOLD";

/// The action of a duty that asks for a report, also once the last one counts no more (E-2e).
pub const REPORT_ANALYTICS: &str = "REPORT_ANALYTICS";

/// The actions of duties that wait for a day: their `since` may lie ahead, and nobody is told of them before.
pub const DATED: &[&str] = &[REPORT_ANALYTICS, REVIEW_HOLD];

/// How long a duty may wait before it is overdue, unless the settings say otherwise: it flags, and never blocks. Or how long a
/// fact counts, when no duty has the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The duty's action.
    pub action: &'static str,
    /// Hours it may wait.
    pub hours: u32,
}

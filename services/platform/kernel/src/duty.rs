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

/// How long a duty may wait before it is overdue, unless the settings say otherwise. It flags, and never blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The duty's action.
    pub action: &'static str,
    /// Hours it may wait.
    pub hours: u32,
}

//! Who and when: what a decision may know beside its state and its command.

use serde::{Deserialize, Serialize};

use crate::{Caller, Person, Role, Time};

/// Seconds by which clocks may differ: what is told of the past may lie as far ahead.
pub const LEEWAY: i64 = 60;

/// Who did something, as what, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Who.
    pub person: Person,
    /// As what.
    pub role: Role,
    /// When.
    pub time: Time,
}

/// What a decision may know beside its state and its command.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who asks, already authenticated, with a role that may call.
    pub caller: Caller,
    /// The time of the decision.
    pub now: Time,
}

impl Context {
    /// The mark this decision leaves on what it changes.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp { person: self.caller.person.clone(), role: self.caller.role, time: self.now }
    }
}

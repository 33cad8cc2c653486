//! What another service has in progress for a tenant: at most one case or engagement (I-25).

use std::fmt;

/// What another service has in progress for a tenant, as far as who asks may know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InProgress {
    /// Its name; none where who asks does not see it.
    pub name: Option<String>,
    /// Where it stands, by its name on the wire without the prefix; empty where who asks does not see it.
    pub stage: String,
    /// The Gateway has left, and its engagement waits: another one of the tenant was in progress (I-25).
    pub is_held: bool,
}

impl InProgress {
    /// It stands in `stage`, as far as is known.
    #[must_use]
    pub fn is_in(&self, stage: &str) -> bool {
        self.stage == stage
    }
}

/// What stands behind a sentence about it: nothing for who does not see it.
impl fmt::Display for InProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, ": {name}, in {}", self.stage),
            None => Ok(()),
        }
    }
}

//! Seats that took a successor at once, who has yet to acknowledge: they take no step until then (R-4, I-22).

use std::collections::BTreeSet;

use kernel::{Fault, Role};
use serde::{Deserialize, Serialize};

/// Those seats.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unacknowledged(BTreeSet<Role>);

impl Unacknowledged {
    /// Every seat is acknowledged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The seat waits for its holder.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// Takes in that a seat has another holder.
    pub(crate) fn taken(&mut self, role: Role, unacknowledged: bool) {
        if unacknowledged {
            self.0.insert(role);
        } else {
            self.acknowledged(role);
        }
    }

    /// Takes in that its holder has acknowledged it.
    pub(crate) fn acknowledged(&mut self, role: Role) {
        self.0.remove(&role);
    }

    /// What stands in the way of every step of the seat.
    pub(crate) fn fault(&self, role: Role) -> Option<Fault> {
        let message =
            format!("the seat of {role} waits for its holder to acknowledge it, by AcknowledgeSeat");
        Fault::unless(!self.has(role), "R-4", "SEAT_NOT_ACKNOWLEDGED", "seat", message)
    }
}

impl FromIterator<Role> for Unacknowledged {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

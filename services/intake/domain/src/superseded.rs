//! What was recorded of a case, and then replaced: one list of all of it, with who, when and why (I-23).

use kernel::{Stamp, Superseded};
use serde::{Deserialize, Serialize};

use crate::{Case, SeatHeld};

/// What stood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Was {
    /// Who held a seat, before it was another's (R-4, I-22).
    Seat(SeatHeld),
}

impl Case {
    /// Keeps what no longer stands, if anything did.
    pub(crate) fn supersede(&mut self, was: Option<Was>, cause: &str, stamp: &Stamp) {
        self.superseded.extend(was.map(|was| Superseded::new(was, cause, stamp)));
    }
}

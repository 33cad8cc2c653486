//! What was recorded of an engagement, and then replaced: one list of it, whatever it was (I-23, I-19).

use kernel::{Channel, Stamp, Superseded};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Handover, Introduction, Pilot, PilotResult, SeatChange, SeatHeld, Stamped, Workshop,
};

/// What stood before; the engagement's own fields keep what stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Was {
    /// An introduction email, before another went out (E-1).
    Introduction(Stamped<Introduction>),
    /// A workshop, before another was held (E-3).
    Workshop(Stamped<Workshop>),
    /// How a device came out, before it was corrected (E-3.4).
    PilotResult(PilotResult),
    /// An executed pilot, before another was planned (E-3.4).
    Pilot(Pilot),
    /// The delivery channel, before another was named (R-2b).
    Channel(Channel),
    /// The receiver and whom to ask for there, before either changed (E-4).
    Handover(Stamped<Handover>),
    /// Who held a seat, before it was another's (R-4, I-22).
    Seat(SeatHeld),
    /// A change of a seat, before it was taken back or another successor was named (I-22).
    SeatChange(SeatChange),
}

impl Engagement {
    /// Keeps what stood until now, if anything did.
    pub(crate) fn keep(&mut self, was: Option<Was>, cause: &str, stamp: &Stamp) {
        self.superseded.extend(was.map(|was| Superseded::new(was, cause, stamp)));
    }
}

//! Meetings happened on a day: when one was held, and who attended (P-2, E-2, E-3, E-4).

use jiff::SignedDuration;
use kernel::{Contact, Fault, LEEWAY, Time};
use serde::{Deserialize, Serialize};

use crate::{Engagement, gate::faults};

/// When a meeting was held, and who attended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occasion {
    /// When; none for when it was recorded.
    pub held: Option<Time>,
    /// Who attended; empty when nobody said.
    pub attended: Vec<Contact>,
}

impl Occasion {
    pub(crate) fn is_unsaid(&self) -> bool {
        *self == Self::default()
    }

    /// Not in the future, but for what clocks may differ by, and not before the engagement.
    pub(crate) fn faults(&self, rule: &'static str, e: &Engagement, now: Time) -> Vec<Fault> {
        let held = self.held;
        let late = held.is_some_and(|held| held.duration_since(now) > SignedDuration::from_secs(LEEWAY));
        let early = held.zip(e.began()).is_some_and(|(held, began)| held < began);
        let (ahead, before) = ("record a meeting once it was held", "the engagement had not begun then");
        faults([
            Fault::unless(!late, rule, "HELD_IN_THE_FUTURE", "held_time", ahead),
            Fault::unless(!early, rule, "HELD_BEFORE_THE_ENGAGEMENT", "held_time", before),
        ])
    }
}

impl Engagement {
    /// When it began; none of a reactive one that an earlier release began.
    #[must_use]
    pub fn began(&self) -> Option<Time> {
        self.begun.or(self.assignment.as_ref().map(|assignment| assignment.stamp.time))
    }
}

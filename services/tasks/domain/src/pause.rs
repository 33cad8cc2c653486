//! The times at which an engagement was on hold: its tasks stood still, and their clocks with them (I-24).

use jiff::civil::Date;
use kernel::{Kind, Person, Refusal, Time};
use serde::{Deserialize, Serialize};

/// A time in which no task of an engagement is worked on, and no clock runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub held: Time,
    /// The day to look at it again, in UTC.
    pub review_date: Date,
    /// Until when; none while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Time>,
}

/// Every pause, in order; the last is open while the engagement is on hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pauses(Vec<Pause>);

impl Pauses {
    /// There was none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pause that goes on.
    #[must_use]
    pub fn hold(&self) -> Option<&Pause> {
        self.0.last().filter(|last| last.ended.is_none())
    }

    /// A hold that began then says something new: it came after all that is known.
    pub(crate) fn is_news(&self, held: Time) -> bool {
        let known = self.0.last().map(|last| last.ended.unwrap_or(last.held));
        known.is_none_or(|known| if self.hold().is_some() { held > known } else { held >= known })
    }

    /// The pause that goes on ended then, and none that began later.
    pub(crate) fn ends(&self, at: Time) -> bool {
        self.hold().is_some_and(|open| open.held <= at)
    }

    /// Takes in that a pause begins; one that goes on ends with it.
    pub(crate) fn begin(&mut self, held: Time, review_date: Date) {
        self.end(held);
        self.0.push(Pause { held, review_date, ended: None });
    }

    /// Takes in that it is over.
    pub(crate) fn end(&mut self, at: Time) {
        if let Some(last) = self.0.last_mut() {
            last.ended.get_or_insert(at);
        }
    }

    /// The time since which something waits that waits since `since`, as if there had been no pause.
    pub(crate) fn on_the_clock(&self, since: Time) -> Time {
        kernel::on_the_clock(since, self.0.iter().filter_map(|pause| Some((pause.held, pause.ended?))))
    }
}

impl From<Pause> for Pauses {
    fn from(pause: Pause) -> Self {
        Self(vec![pause])
    }
}

/// No task is worked on while its engagement is on hold.
pub(crate) fn going_on(pauses: &Pauses, gmfta: &Person) -> Result<(), Refusal> {
    let Some(Pause { held, review_date, .. }) = pauses.hold() else { return Ok(()) };
    let message = format!(
        "the engagement is on hold since {held}, to be looked at again on {review_date}; {gmfta} or the program team may go on \
         with it by ResumeEngagement"
    );
    Err(Refusal::new(Kind::NotReady, "I-24", "ON_HOLD", "pauses", message))
}

//! One tenant, one engagement in progress (I-25), and what the Gateway learns of the engagement that its case led to.

use kernel::{DataSet, Fault, InProgress, Kind, Refusal, Stamp, Time, news};
use serde::{Deserialize, Serialize};

use crate::{Case, CaseEvent, CaseState, research};

/// The stage of an engagement whose tenant has another one in progress, as the engagement service names it.
const WAITING: &str = "WAITING";

/// The engagement that a case led to: its name, stage and end, and nothing else of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedTo {
    /// The engagement, `engagements/{engagement}`.
    pub engagement: String,
    /// Where it stands, as the engagement service names it.
    pub stage: String,
    /// Since when.
    pub since: Time,
    /// When it ended.
    pub ended: Option<Time>,
}

/// An engagement with the tenant of a live case that is in progress beside it (I-25).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// The engagement, `engagements/{engagement}`.
    pub engagement: String,
    /// Since when that is known.
    pub since: Time,
}

impl Case {
    /// The engagement in progress beside it, while the case is live (I-25).
    #[must_use]
    pub fn conflict(&self) -> Option<&Beside> {
        self.beside.as_ref().filter(|_| self.is_live())
    }

    /// Its engagement waits for another one of the tenant: the handoff starts again, or the case ends (I-25).
    #[must_use]
    pub fn is_held(&self) -> bool {
        let waits = |led_to: &LedTo| led_to.stage == WAITING;
        self.state == CaseState::Exited && self.led_to.as_ref().is_some_and(waits)
    }

    /// The engagement that waited for this case has ended meanwhile: the case can only end, too (I-25).
    pub(crate) fn ended_meanwhile(&self) -> Option<&LedTo> {
        let led_to = self.led_to.as_ref().filter(|_| self.state == CaseState::Handoff);
        led_to.filter(|led_to| led_to.ended.is_some())
    }

    /// Nothing of the case itself keeps the Gateway from leaving.
    #[must_use]
    pub fn may_exit(&self) -> bool {
        crate::handoff::exit(self, None).is_ok()
    }

    /// Nothing of the case itself keeps the handoff from starting.
    #[must_use]
    pub fn may_start_handoff(&self) -> bool {
        let fits = self.is_held() || CaseState::OPEN_TO_CORRECTION.contains(&self.state);
        fits && crate::handoff::start_gaps(self).is_empty()
    }

    pub(crate) fn led(&mut self, engagement: &str, stage: &str, has_ended: bool, stamp: &Stamp) {
        self.led_to = Some(LedTo {
            engagement: engagement.to_owned(),
            stage: stage.to_owned(),
            since: stamp.time,
            ended: has_ended.then_some(stamp.time),
        });
    }
}

/// Refuses to go on beside an engagement in progress; it is told to who sees it (I-25).
pub(crate) fn alone(engagement: Option<&InProgress>, kind: Kind, way_on: &str) -> Result<(), Refusal> {
    let Some(engagement) = engagement else { return Ok(()) };
    if engagement.is_held {
        return Err(held_back(engagement, kind));
    }
    let message = format!("an engagement with this tenant is in progress{engagement}; {way_on}");
    Err(Refusal::new(kind, "I-25", "ENGAGEMENT_IN_PROGRESS", "tenant", message))
}

/// A case that the Gateway has left waits, with its engagement, and it comes first (I-25).
fn held_back(held: &InProgress, kind: Kind) -> Refusal {
    let message = format!(
        "a case of this tenant is held back with its engagement, which waits{held}; start its handoff again, or disengage it; \
         the program team can cancel what waits"
    );
    Refusal::new(kind, "I-25", "CASE_HELD", "tenant", message)
}

/// The engagement service says where the engagement of this case stands now.
pub(crate) fn follow(case: &Case, engagement: &str, stage: &str, has_ended: bool) -> Vec<CaseEvent> {
    let is_known =
        case.led_to.as_ref().is_some_and(|led_to| led_to.engagement == engagement && led_to.stage == stage);
    let (engagement, stage) = (engagement.to_owned(), stage.to_owned());
    if is_known { Vec::new() } else { vec![CaseEvent::EngagementFollowed { engagement, stage, has_ended }] }
}

/// An engagement with the tenant is in progress beside this case, which did not lead to it.
pub(crate) fn find(case: &Case, engagement: &str) -> Vec<CaseEvent> {
    let is_news = case.is_live() && case.beside.as_ref().is_none_or(|beside| beside.engagement != engagement);
    if is_news { vec![CaseEvent::ConflictFound { engagement: engagement.to_owned() }] } else { Vec::new() }
}

/// It is in progress no more.
pub(crate) fn settle(case: &Case, engagement: &str) -> Vec<CaseEvent> {
    let is_it = case.beside.as_ref().is_some_and(|beside| beside.engagement == engagement);
    if is_it { vec![CaseEvent::ConflictSettled { engagement: engagement.to_owned() }] } else { Vec::new() }
}

/// What was validated for a customer that was sent to intake is given to its case, open or held back: what the case does not know better, as far
/// as it still collects facts (P-3).
pub(crate) fn take_over(case: &Case, engagement: &str, items: &DataSet) -> Vec<CaseEvent> {
    if !case.is_live() && !case.is_held() {
        return Vec::new();
    }
    let mut items = news(&case.items, items);
    items.remove("tenant");
    let collects = (case.is_held() || CaseState::OPEN_TO_FACTS.contains(&case.state)) && !items.is_empty();
    let recorded = if collects { research::recorded(case, &items, "") } else { Vec::new() };
    let taken = taken_over(Some(&engagement.to_owned()));
    recorded.into_iter().chain(taken).chain(settle(case, engagement)).collect()
}

/// The event by which the engagement service names the case.
pub(crate) fn taken_over(engagement: Option<&String>) -> Option<CaseEvent> {
    engagement.map(|engagement| CaseEvent::AssignmentTakenOver { engagement: engagement.clone() })
}

/// The fault of a duty with an engagement in the way. Everybody who sees the case sees it, so it names no engagement.
pub(crate) fn in_the_way(way_on: &str) -> Fault {
    let message = format!("an engagement with this tenant is in progress: {way_on}");
    Fault::new("I-25", "ENGAGEMENT_IN_PROGRESS", "tenant", message)
}

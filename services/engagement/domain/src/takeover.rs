//! What a cancelled engagement has left is taken over by the one that follows it for the same tenant: its summary as a draft, and
//! the sight of its notes. Nothing counts as done for that: the workshop is held, and the draft gone through with the customer
//! (E-3, E-3.3, A-4).

use kernel::{Context, Fault, Kind, Refusal, Role, Time, tenant_key};
use serde::{Deserialize, Serialize};

use crate::{Engagement, Event, Stage, Summary, standing};

/// What was taken over, and from which engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenOver {
    /// The cancelled engagement, `engagements/{engagement}`.
    pub engagement: String,
    /// The time of its cancellation.
    pub cancelled: Time,
    /// Its newest summary as it stood; none where it had none (E-3.3).
    pub summary: Option<Summary>,
}

/// An engagement that may be the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predecessor {
    /// Its tenant.
    pub tenant: String,
    /// What it has left; none while it was not cancelled.
    pub left: Option<TakenOver>,
}

impl Predecessor {
    /// What `before`, the engagement of that name, has left.
    #[must_use]
    pub fn of(name: &str, before: &Engagement) -> Self {
        let left = before.cancellation.as_ref().map(|cancellation| TakenOver {
            engagement: name.to_owned(),
            cancelled: cancellation.stamp.time,
            summary: before.summary.clone(),
        });
        Self { tenant: before.tenant.clone(), left }
    }
}

/// The work that it helps with is being done: the tasks service knows the six by then.
const OPEN: [Stage; 3] = [Stage::Introduction, Stage::Preparation, Stage::Delivery];

/// The GMFTA or the program team takes over, once.
pub(crate) fn take_over(
    e: &Engagement,
    predecessor: Option<&Predecessor>,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    if context.caller.role != Role::ProgramTeam {
        standing::architect(e, &context.caller)?;
    }
    e.expect(&OPEN, "E-3.3", "TakeOverEngagement")?;
    if let Some(before) = &e.taken_over {
        let message = format!("{} was taken over already", before.what.engagement);
        return Err(Refusal::new(Kind::NotReady, "E-3.3", "ALREADY_TAKEN_OVER", "taken_over", message));
    }
    let same = predecessor.filter(|before| tenant_key(&before.tenant) == tenant_key(&e.tenant));
    let left = same.and_then(|before| before.left.as_ref()).ok_or_else(nothing)?;
    Ok(vec![Event::EngagementTakenOver(left.clone())])
}

/// The same whatever it is that does not fit: who does not see the engagement learns nothing of it.
fn nothing() -> Refusal {
    let message = "no cancelled engagement with this tenant has that name: ListEngagements with the tenant and \
                   STAGE_CANCELLED shows those that you see, and the program team sees all";
    Refusal::new(Kind::NotReady, "E-3.3", "NOTHING_TO_TAKE_OVER", "predecessor", message)
}

/// A draft that was taken over is not final before the GMFTA has gone through it with this customer, and saved it (E-3.3).
pub(crate) fn untouched(summary: &Summary) -> Option<Fault> {
    let from = summary.from.as_deref()?;
    let message =
        format!("the draft is that of {from}: go through it with the customer, and save it by SaveSummary");
    Some(Fault::new("E-3.3", "SUMMARY_TAKEN_OVER", "summary", message))
}

impl Engagement {
    /// The summary becomes the draft, unless one was written already.
    pub(crate) fn draft_taken(&mut self, taken: &TakenOver) {
        if self.summary.is_none() {
            let from = Some(taken.engagement.clone());
            let draft = |left: &Summary| Summary { version: 1, finalized: None, from, ..left.clone() };
            self.summary = taken.summary.as_ref().map(draft);
        }
    }
}

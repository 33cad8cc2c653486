//! Work that pauses: put on hold with a cause and a day to look at it again, and resumed where it stood (I-24).

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use kernel::{Caller, Context, Fault, Kind, Refusal, Role, Stamp, Time};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, Stage,
    gate::{faults, pass, said},
    standing,
};

/// A time in which no step of the execution is taken, and no clock runs (I-24).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Why.
    pub cause: String,
    /// The day to look at it again, in UTC.
    pub review_date: Date,
    /// Who put it on hold and when.
    pub held: Stamp,
    /// Who resumed it, or put it on hold anew, and when; none while it goes on.
    pub ended: Option<Stamp>,
}

/// Characters of a cause that a refusal repeats.
const REPEATED: usize = 200;

impl Engagement {
    /// The pause it is in.
    #[must_use]
    pub fn hold(&self) -> Option<&Pause> {
        self.pauses.last().filter(|last| last.ended.is_none())
    }

    /// Since when something waits that waits since `since`, as if there had been no pause: later by as long as the
    /// engagement was on hold (I-24).
    pub(crate) fn on_the_clock(&self, since: Time) -> Time {
        let over = |pause: &Pause| Some((pause.held.time, pause.ended.as_ref()?.time));
        kernel::on_the_clock(since, self.pauses.iter().filter_map(over))
    }

    /// No step of the execution is taken while it is on hold (I-24).
    pub(crate) fn not_on_hold(&self) -> Result<(), Refusal> {
        let Some(Pause { cause, review_date, held, .. }) = self.hold() else { return Ok(()) };
        let cause: String = cause.chars().take(REPEATED).collect();
        let (architect, since, by) = (&self.gmfta, held.time, &held.person);
        let message = format!(
            "the engagement is on hold since {since} by {by}, to be looked at again on {review_date}: {cause}; \
             {architect} or the program team may go on with it by ResumeEngagement"
        );
        Err(Refusal::new(Kind::NotReady, "I-24", "ON_HOLD", "pauses", message))
    }

    pub(crate) fn paused(&mut self, cause: &str, review_date: Date, stamp: &Stamp) {
        self.end_pause(stamp);
        self.pauses.push(Pause { cause: cause.to_owned(), review_date, held: stamp.clone(), ended: None });
    }

    pub(crate) fn end_pause(&mut self, stamp: &Stamp) {
        if let Some(last) = self.pauses.last_mut() {
            last.ended.get_or_insert_with(|| stamp.clone());
        }
    }
}

/// The day's beginning, in UTC.
pub(crate) fn beginning(day: Date) -> Time {
    day.to_zoned(TimeZone::UTC).map_or(Time::MAX, |day| day.timestamp())
}

/// The GMFTA or the program team puts it on hold, or on hold anew with another day (I-24).
pub(crate) fn hold(
    e: &Engagement,
    cause: &str,
    review_date: Option<Date>,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    responsible(e, &context.caller)?;
    in_progress(e)?;
    let uncaused = Fault::unless(said(cause), "I-24", "CAUSE_MISSING", "cause", "say why");
    let mut lacking = faults([uncaused]);
    lacking.extend(unfit(review_date, context.now));
    pass(lacking, Vec::new(), "HOLD_INCOMPLETE", "a hold says why, and on which day to look at it again")?;
    let number = u32::try_from(e.pauses.len()).unwrap_or(u32::MAX).saturating_add(1);
    let held = |review_date| Event::EngagementHeld { number, cause: cause.to_owned(), review_date };
    Ok(review_date.into_iter().map(held).collect())
}

/// The GMFTA or the program team goes on with it where it stood (I-24).
pub(crate) fn resume(e: &Engagement, context: &Context) -> Result<Vec<Event>, Refusal> {
    responsible(e, &context.caller)?;
    if e.hold().is_none() {
        let message = "the engagement is not on hold: its steps may be taken";
        return Err(Refusal::new(Kind::NotReady, "I-24", "NOT_ON_HOLD", "pauses", message));
    }
    Ok(vec![Event::EngagementResumed])
}

fn responsible(e: &Engagement, caller: &Caller) -> Result<(), Refusal> {
    if caller.role == Role::ProgramTeam { Ok(()) } else { standing::architect(e, caller) }
}

/// On standby and while it waits for another nothing goes on that could pause; after the end nothing does.
fn in_progress(e: &Engagement) -> Result<(), Refusal> {
    if e.stage.is_in_progress() || e.stage == Stage::Reengaged {
        return Ok(());
    }
    let mut refusal = Refusal::wrong_state("I-24", e.stage, "HoldEngagement");
    if e.stage == Stage::Standby {
        refusal.tell(": no step waits there; the program team ends it with CloseEngagement");
    }
    Err(refusal)
}

/// A day from today to a year ahead: what is on hold is looked at again.
fn unfit(review_date: Option<Date>, now: Time) -> Option<Fault> {
    let fault = |reason, message: &str| Some(Fault::new("I-24", reason, "review_date", message));
    let today = now.to_zoned(TimeZone::UTC).date();
    match review_date {
        None => fault("REVIEW_DATE_MISSING", "name the day to look at it again"),
        Some(day) if day < today => fault("REVIEW_DATE_PAST", "the day is past; name today or a later one"),
        Some(day) if day > today.saturating_add(1.year()) => {
            fault("REVIEW_DATE_FAR", "the day is more than a year ahead; look at it again earlier")
        }
        Some(_) => None,
    }
}

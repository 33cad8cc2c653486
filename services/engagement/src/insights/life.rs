//! The life of engagements in a span of time: pilots, call-backs and ends (G-6).

use std::collections::BTreeMap;

use engagement_domain::{
    Cancellation, Closure, Pilot, PilotOutcome, Reengagement as Request, ReengagementState, Stamped, Was,
};
use jiff::SignedDuration;
use kernel::{Id, Superseded, Time, name};
use ledger::{Row, Trouble};
use proto::engagement::v1::{
    Ending, EndingCount, Insights, PilotTotals, ReengagementTotals, Stage, cancellation::Disposition,
    closure::Reason,
};
use serde::de::DeserializeOwned;

use super::{
    duration,
    span::{Span, between},
};
use crate::wire::{closure_reason, disposition};

/// The parts of a state that tell of it. Both engines know the operator.
pub(crate) const SQL: &str = "SELECT id, state -> 'pilot', state -> 'superseded', state -> 'reengagements', \
                              state -> 'cancellation', state -> 'closure' FROM engagements WHERE {seen}";

/// Endings that are told one by one, the newest.
const TOLD: usize = 500;

/// The sums over all of them.
#[derive(Default)]
pub(crate) struct Life {
    pub(crate) pilots: PilotTotals,
    pub(crate) reengagements: ReengagementTotals,
    endings: Vec<(Time, Ending)>,
    ended: BTreeMap<(i32, i32, i32), i64>,
    decision: SignedDuration,
    rejoining: SignedDuration,
    work: SignedDuration,
}

impl Life {
    /// Takes in what one row tells.
    pub(crate) fn add(&mut self, row: &Row, span: Span) -> Result<(), Trouble> {
        let earlier: Vec<Superseded<Was>> = part(row, 2)?.unwrap_or_default();
        let earlier = earlier.iter().filter_map(|kept| match &kept.was {
            Was::Pilot(pilot) => Some(pilot),
            _ => None,
        });
        let last: Option<Pilot> = part(row, 1)?;
        earlier.chain(&last).for_each(|pilot| self.pilot(pilot, span));
        let requests: Vec<Request> = part(row, 3)?.unwrap_or_default();
        for request in &requests {
            self.request(request, span);
        }
        let engagement = name::of("engagements", row.get::<Id>(0)?);
        let (cancellation, closure) = (part(row, 4)?, part(row, 5)?);
        let ending = cancellation.map(cancelled).or(closure.map(closed));
        if let Some((at, ending)) = ending.filter(|(at, _)| span.has(*at)) {
            *self.ended.entry((ending.stage, ending.disposition, ending.reason)).or_default() += 1;
            self.endings.push((at, Ending { engagement, ..ending }));
        }
        Ok(())
    }

    fn pilot(&mut self, pilot: &Pilot, span: Span) {
        let came_out = |outcome: PilotOutcome| {
            let results = pilot.results.iter().filter(|result| span.has(result.stamp.time));
            i64::try_from(results.filter(|result| result.outcome == outcome).count()).unwrap_or(i64::MAX)
        };
        let started = pilot.started.as_ref().is_some_and(|started| span.has(started.time));
        self.pilots.started += i64::from(started);
        self.pilots.executed += i64::from(pilot.executed.is_some_and(|at| span.has(at)));
        self.pilots.succeeded += came_out(PilotOutcome::Succeeded);
        self.pilots.failed += came_out(PilotOutcome::Failed);
    }

    /// A request counts in the span in which it was made, with all that came of it.
    fn request(&mut self, request: &Request, span: Span) {
        use ReengagementState::{
            Approved, Closed, Completed, Rejected, Rejoined, Requested, Revoked, Withdrawn,
        };
        if !span.has(request.requested.time) {
            return;
        }
        let totals = &mut self.reengagements;
        totals.requested += 1;
        match request.state {
            Requested | Approved | Rejoined => totals.open += 1,
            Completed => totals.completed += 1,
            Rejected => totals.rejected += 1,
            Withdrawn => totals.withdrawn += 1,
            Revoked => totals.revoked += 1,
            Closed => totals.closed += 1,
        }
        let times = [
            Some(&request.requested),
            request.decided.as_ref(),
            request.rejoined.as_ref(),
            request.completed.as_ref(),
        ];
        let [asked, decided, rejoined, completed] = times.map(|stamp| stamp.map(|stamp| stamp.time));
        let spent = |from: Option<Time>, to: Option<Time>| {
            from.zip(to).map_or(SignedDuration::ZERO, |(from, to)| between(from, to))
        };
        self.decision += spent(asked, decided);
        self.rejoining += spent(decided, rejoined);
        self.work += spent(rejoined, completed);
    }

    /// The endings, the newest first, their numbers, and the totals with their times.
    pub(crate) fn end(mut self) -> Insights {
        self.endings
            .sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.engagement.cmp(&b.engagement)));
        let endings = self.endings.into_iter().take(TOLD).map(|(_, ending)| ending).collect();
        let totals = ReengagementTotals {
            decision_time: Some(duration(self.decision)),
            rejoining_time: Some(duration(self.rejoining)),
            work_time: Some(duration(self.work)),
            ..self.reengagements
        };
        let count = |((stage, disposition, reason), count)| EndingCount { stage, disposition, reason, count };
        Insights {
            pilots: Some(self.pilots),
            reengagements: Some(totals),
            endings,
            ending_counts: self.ended.into_iter().map(count).collect(),
            ..Insights::default()
        }
    }
}

/// A part of a state; none where the state says nothing of it.
fn part<P: DeserializeOwned>(row: &Row, index: usize) -> Result<Option<P>, Trouble> {
    let part: Option<serde_json::Value> = row.get(index)?;
    part.map_or(Ok(None), |part| serde_json::from_value(part).map_err(Trouble::unreadable))
}

fn cancelled(cancellation: Stamped<Cancellation>) -> (Time, Ending) {
    let Stamped { what, stamp } = cancellation;
    let ending = Ending {
        engagement: String::new(),
        stage: Stage::Cancelled.into(),
        disposition: disposition(what.disposition).into(),
        reason: Reason::Unspecified.into(),
        cause: what.cause,
        time: Some(proto::to_wire(stamp.time)),
    };
    (stamp.time, ending)
}

fn closed(closure: Stamped<Closure>) -> (Time, Ending) {
    let Stamped { what, stamp } = closure;
    let ending = Ending {
        engagement: String::new(),
        stage: Stage::Closed.into(),
        disposition: Disposition::Unspecified.into(),
        reason: closure_reason(what.reason).into(),
        cause: what.cause,
        time: Some(proto::to_wire(stamp.time)),
    };
    (stamp.time, ending)
}

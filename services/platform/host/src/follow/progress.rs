//! Whether following gets on: a pure account of what is tried, what is done, and since when nothing is.

use std::time::Duration;

use tokio::time::Instant;

/// How long nothing may get done before it is told.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// What a follower does; what comes later is done only where what comes earlier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// It finds its place in the journal.
    Reach,
    /// It tries what is parked.
    Release,
    /// It deals with the event of this revision.
    Take(i64),
}

/// Why something does not get done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    /// For those who read duties.
    pub(super) told: String,
    /// For the log, which may say what a database or another service said.
    pub(super) logged: String,
    /// The journal was set back: that has a duty of its own.
    pub(super) is_reset: bool,
}

/// What a follower is doing, and what it does not get done.
#[derive(Debug, Default)]
pub(super) struct Progress {
    under_way: Option<(Step, Instant)>,
    trouble: Option<Trouble>,
}

/// What is tried again and again.
#[derive(Debug)]
struct Trouble {
    step: Step,
    since: Instant,
    cause: Cause,
}

impl Progress {
    /// A step is begun.
    pub(super) fn begin(&mut self, step: Step, now: Instant) {
        self.under_way = Some((step, now));
    }

    /// The step under way is done, with the follower's cursor at `cursor`: trouble that it had, or that lies behind it, is over.
    pub(super) fn done(&mut self, cursor: i64) {
        let Some((done, _)) = self.under_way.take() else { return };
        let is_over = |trouble: &Trouble| match trouble.step {
            Step::Take(revision) => done >= trouble.step || cursor >= revision,
            Step::Release => done == Step::Release,
            Step::Reach => true,
        };
        if self.trouble.as_ref().is_some_and(is_over) {
            self.trouble = None;
        }
    }

    /// The step under way, or the wait for the next one, has failed; whether there was trouble before. A journal that cannot be
    /// reached hides what it was that could not be taken from it, unless it was set back and does not have that any more.
    pub(super) fn fail(&mut self, cause: Cause, now: Instant) -> bool {
        let (step, begun) = self.under_way.take().unwrap_or((Step::Reach, now));
        let before = self.trouble.take();
        let is_known = before.is_some();
        let trouble = match before {
            Some(before) if cause.is_reset => Trouble { step, cause, ..before },
            Some(before) => Trouble { step: before.step.max(step), cause, ..before },
            None => Trouble { step, since: begun, cause },
        };
        self.trouble = Some(trouble);
        is_known
    }

    /// Nothing is in the way, as far as is known; that the journal is there is known once it is reached.
    pub(super) fn is_clear(&self) -> bool {
        self.trouble.is_none() && !matches!(self.under_way, Some((Step::Reach, _)))
    }

    /// What does not get done for too long, and why.
    pub(super) fn stands(&self, now: Instant) -> Option<(Step, Cause)> {
        let is_late = |since: Instant| now.duration_since(since) >= PATIENCE;
        if let Some(trouble) = &self.trouble {
            return is_late(trouble.since).then(|| (trouble.step, trouble.cause.clone()));
        }
        let (step, since) = self.under_way?;
        let told = format!("it has taken longer than {PATIENCE:?} already");
        is_late(since).then(|| (step, Cause { logged: told.clone(), told, is_reset: false }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Clock(Instant);

    impl Clock {
        fn at(&self, seconds: u64) -> Instant {
            self.0 + Duration::from_secs(seconds)
        }
    }

    fn cause(is_reset: bool) -> Cause {
        let [told, logged] = ["it fails", "the disk is full"].map(str::to_owned);
        Cause { told, logged, is_reset }
    }

    fn failed(progress: &mut Progress, step: Step, at: Instant) -> bool {
        progress.begin(step, at);
        progress.fail(cause(false), at)
    }

    fn done(progress: &mut Progress, step: Step, cursor: i64, at: Instant) {
        progress.begin(step, at);
        progress.done(cursor);
    }

    #[test]
    fn an_event_that_fails_again_and_again_stands_though_the_journal_is_reached_each_time() {
        let (clock, mut progress) = (Clock(Instant::now()), Progress::default());
        for second in 0..5 {
            done(&mut progress, Step::Reach, 6, clock.at(second));
            done(&mut progress, Step::Release, 6, clock.at(second));
            assert_eq!(failed(&mut progress, Step::Take(7), clock.at(second)), second > 0);
            assert!(progress.stands(clock.at(second)).is_none(), "{second}");
        }
        assert_eq!(progress.stands(clock.at(5)).map(|(step, _)| step), Some(Step::Take(7)));
        done(&mut progress, Step::Take(7), 7, clock.at(6));
        assert!(progress.is_clear() && progress.stands(clock.at(60)).is_none());
    }

    #[test]
    fn a_journal_that_is_away_stands_until_it_is_reached_and_hides_no_other_trouble() {
        let (clock, mut progress) = (Clock(Instant::now()), Progress::default());
        failed(&mut progress, Step::Reach, clock.at(0));
        assert!(progress.stands(clock.at(4)).is_none() && progress.stands(clock.at(5)).is_some());
        done(&mut progress, Step::Reach, 6, clock.at(6));
        assert!(progress.is_clear());
        failed(&mut progress, Step::Take(7), clock.at(7));
        failed(&mut progress, Step::Reach, clock.at(8));
        done(&mut progress, Step::Reach, 6, clock.at(9));
        assert!(progress.stands(clock.at(12)).is_some(), "the event has not been taken");
        done(&mut progress, Step::Reach, 9, clock.at(13));
        assert!(progress.is_clear(), "an operator has skipped it");
    }

    #[test]
    fn what_a_journal_that_was_set_back_does_not_have_any_more_is_no_trouble_once_it_is_resumed() {
        let (clock, mut progress) = (Clock(Instant::now()), Progress::default());
        failed(&mut progress, Step::Take(7), clock.at(0));
        progress.begin(Step::Reach, clock.at(1));
        progress.fail(cause(true), clock.at(1));
        done(&mut progress, Step::Reach, 3, clock.at(2));
        assert!(progress.is_clear());
    }

    #[test]
    fn a_step_that_does_not_end_stands_and_waiting_for_events_does_not() {
        let (clock, mut progress) = (Clock(Instant::now()), Progress::default());
        progress.begin(Step::Take(7), clock.at(0));
        assert!(progress.stands(clock.at(4)).is_none() && progress.stands(clock.at(5)).is_some());
        progress.done(7);
        assert!(progress.stands(clock.at(3_600)).is_none(), "nothing happens");
    }

    #[test]
    fn trouble_with_what_is_parked_is_over_once_that_was_tried_to_its_end() {
        let (clock, mut progress) = (Clock(Instant::now()), Progress::default());
        failed(&mut progress, Step::Release, clock.at(0));
        done(&mut progress, Step::Reach, 6, clock.at(1));
        done(&mut progress, Step::Take(7), 7, clock.at(2));
        assert!(progress.stands(clock.at(5)).is_some(), "others get on, these do not");
        done(&mut progress, Step::Release, 7, clock.at(6));
        assert!(progress.is_clear());
    }
}

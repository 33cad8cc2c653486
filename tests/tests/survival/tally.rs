//! What callers were told, and when: the shape of an outage as they see it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tonic::{Code, Status};
use tonic_types::StatusExt;

/// What became of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It was carried out.
    Done,
    /// `UNAVAILABLE` with `RetryInfo`, as the product says it.
    Away,
    /// The same with `NOT_CAUGHT_UP`: every replica answers, and what the call needs is on its way from another service.
    Early,
    /// The caller's own deadline passed.
    Late,
    /// `ABORTED` with `RetryInfo`: others changed the same thing.
    Contended,
    /// The connection broke or could not be made.
    Broken,
    /// Anything else.
    Refused,
}

impl Fate {
    pub(crate) fn of<R>(answer: &Result<R, Status>) -> Self {
        let Err(status) = answer else { return Self::Done };
        let details = status.get_error_details();
        let retry = details.retry_info().is_some();
        match status.code() {
            Code::Unavailable
                if retry && details.error_info().is_some_and(|it| it.reason == "NOT_CAUGHT_UP") =>
            {
                Self::Early
            }
            Code::Unavailable if retry => Self::Away,
            Code::Aborted if retry => Self::Contended,
            Code::DeadlineExceeded => Self::Late,
            Code::Cancelled if status.message() == "Timeout expired" => Self::Late,
            _ if std::error::Error::source(status).is_some() => Self::Broken,
            _ => Self::Refused,
        }
    }

    /// The same call may well succeed later.
    pub(crate) fn passes(self) -> bool {
        !matches!(self, Self::Done | Self::Refused)
    }
}

/// What callers were told, and when.
#[derive(Debug)]
pub(crate) struct Tally {
    begun: Instant,
    told: Mutex<Vec<(Instant, &'static str, Fate)>>,
    /// The first words of each kind, for whoever looks into it.
    words: Mutex<BTreeMap<Fate, String>>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), told: Mutex::default(), words: Mutex::default() }
    }

    /// Notes an answer, and what kind it is.
    pub(crate) fn note<R>(&self, package: &'static str, answer: &Result<R, Status>) -> Fate {
        let fate = Fate::of(answer);
        if let Err(status) = answer {
            let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
            words.entry(fate).or_insert_with(|| format!("{package}: {status:?}"));
        }
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), package, fate));
        fate
    }

    /// The first words of each kind of answer but success.
    pub(crate) fn strange(&self) -> BTreeMap<Fate, String> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn told(&self) -> Vec<(Instant, &'static str, Fate)> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often each fate was met.
    pub(crate) fn counts(&self) -> BTreeMap<Fate, usize> {
        let mut counts = BTreeMap::new();
        for (_, _, fate) in self.told() {
            *counts.entry(fate).or_default() += 1;
        }
        counts
    }

    pub(crate) fn count(&self, fate: Fate) -> usize {
        self.counts().get(&fate).copied().unwrap_or_default()
    }

    /// How many calls each service carried out between two moments.
    pub(crate) fn done_between(&self, from: Instant, to: Instant) -> BTreeMap<&'static str, usize> {
        let mut done = BTreeMap::new();
        for (at, package, fate) in self.told() {
            let entry = done.entry(package).or_default();
            *entry += usize::from(fate == Fate::Done && (from..to).contains(&at));
        }
        done
    }

    /// The longest time, from `from` on, in which a service carried nothing out, by service.
    pub(crate) fn gaps(&self, from: Instant) -> BTreeMap<&'static str, Duration> {
        let mut last = BTreeMap::new();
        let mut gaps: BTreeMap<_, Duration> = BTreeMap::new();
        for (at, package, _) in self.told().into_iter().filter(|told| told.2 == Fate::Done && told.0 >= from)
        {
            let before = last.insert(package, at).unwrap_or(from);
            let gap = gaps.entry(package).or_default();
            *gap = (*gap).max(at - before);
        }
        gaps
    }

    /// Waits until each of the services has carried out this many more calls.
    pub(crate) async fn flow(&self, calls: usize, patience: Duration) {
        let from = Instant::now();
        loop {
            let done = self.done_between(from, Instant::now());
            if done.len() == 3 && done.values().all(|done| *done >= calls) {
                return;
            }
            let waited = from.elapsed();
            assert!(waited < patience, "no traffic for {waited:?}: {done:?}, {:?}", self.counts());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// That callers were told nothing but answers and these.
    pub(crate) fn assert_only(&self, allowed: &[Fate]) {
        let known =
            |fate: &Fate| matches!(fate, Fate::Done | Fate::Early | Fate::Refused) || allowed.contains(fate);
        let others: Vec<_> = self.counts().into_iter().filter(|(fate, _)| !known(fate)).collect();
        assert!(others.is_empty(), "callers were told {others:?}; {:?}", self.strange());
    }

    /// One line for whoever watches.
    pub(crate) fn line(&self) -> String {
        format!("{:?} in {:.1} s", self.counts(), self.begun.elapsed().as_secs_f32())
    }
}

//! Numbers that a service tells of what it keeps, whenever somebody collects them.

use std::collections::HashSet;

use futures::future::BoxFuture;
use opentelemetry::KeyValue;

use super::{metrics, names};
use crate::{Desk, Fail};

/// Counts what a service keeps, by statements that never read all of it.
pub type Census = fn(Desk) -> BoxFuture<'static, Result<Vec<Count>, Fail>>;

/// A number that a service tells of what it keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    series: Series,
    number: i64,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Gauge {
    Stage,
    Engagements,
    Verdicts,
    Blockers,
    Devices,
}

/// What is counted, of which kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Series {
    gauge: Gauge,
    words: Vec<(&'static str, String)>,
}

impl Count {
    fn new<const N: usize>(gauge: Gauge, words: [(&'static str, &str); N], number: i64) -> Self {
        let words = words.map(|(name, word)| (name, word.to_owned())).to_vec();
        Self { series: Series { gauge, words }, number }
    }

    /// So many of a kind of resource stand in this stage.
    #[must_use]
    pub fn stage(resource: &str, stage: &str, number: i64) -> Self {
        Self::new(Gauge::Stage, [(names::RESOURCE_TYPE, resource), (names::STAGE, stage)], number)
    }

    /// So many engagements stand in this stage that came this way and are delivered through this channel.
    #[must_use]
    pub fn engagements(stage: &str, method: &str, channel: &str, number: i64) -> Self {
        let words = [(names::STAGE, stage), (names::METHOD, method), (names::CHANNEL, channel)];
        Self::new(Gauge::Engagements, words, number)
    }

    /// So many customers have this as their latest verdict.
    #[must_use]
    pub fn verdicts(verdict: &str, number: i64) -> Self {
        Self::new(Gauge::Verdicts, [(names::VERDICT, verdict)], number)
    }

    /// So many blockers of this kind are open.
    #[must_use]
    pub fn blockers(kind: &str, number: i64) -> Self {
        Self::new(Gauge::Blockers, [(names::BLOCKER_KIND, kind)], number)
    }

    /// So many devices are found to be this ready.
    #[must_use]
    pub fn devices(readiness: &str, number: i64) -> Self {
        Self::new(Gauge::Devices, [(names::READINESS, readiness)], number)
    }
}

/// What a service was counted to have: what is not there any more is told as nothing.
#[derive(Debug, Default)]
pub(crate) struct Told(HashSet<Series>);

impl Told {
    pub(super) fn tell(&mut self, service: &'static str, counts: Vec<Count>) {
        let there: HashSet<_> = counts.iter().map(|count| count.series.clone()).collect();
        for gone in self.0.difference(&there) {
            gone.tell(service, 0);
        }
        for count in counts {
            count.series.tell(service, count.number);
        }
        self.0.extend(there);
    }
}

impl Series {
    fn tell(&self, service: &'static str, number: i64) {
        let mut attributes = vec![KeyValue::new(names::SERVICE, service)];
        attributes.extend(self.words.iter().map(|(name, word)| KeyValue::new(*name, word.clone())));
        metrics::counted(self.gauge, number, &attributes);
    }
}

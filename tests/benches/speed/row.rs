//! What is measured: rows of the table, and what they come to in each round.

use serde::{Deserialize, Serialize};

/// The better direction: more or less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Better {
    More,
    Less,
}

/// What a row is to reach.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Reach {
    /// So many times the reference.
    Ratio(f64),
    /// So much, whatever the reference is.
    Figure(f64),
    /// It is there to understand the others.
    Nothing,
}

/// One row.
#[derive(Debug)]
pub(crate) struct Row {
    /// Tells it from others for as long as there are files with its figures.
    pub(crate) key: &'static str,
    /// What the product does.
    pub(crate) what: &'static str,
    /// What it is compared with; empty where there is nothing.
    pub(crate) reference: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) better: Better,
    pub(crate) reach: Reach,
}

/// What a row came to in one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) product: f64,
    pub(crate) reference: Option<f64>,
    /// How busy callers were meanwhile: their time on processors, of that of all.
    pub(crate) callers: f64,
}

impl Pair {
    pub(crate) fn of(product: f64, reference: f64, callers: f64) -> Self {
        Self { product, reference: Some(reference), callers }
    }

    /// What there is no reference for.
    pub(crate) fn alone(product: f64) -> Self {
        Self { product, reference: None, callers: 0.0 }
    }
}

/// The rows so far, in the order in which they came, each with what it came to in each round.
#[derive(Debug, Default)]
pub(crate) struct Figures(pub(crate) Vec<(&'static Row, Vec<Pair>)>);

impl Figures {
    pub(crate) fn note(&mut self, row: &'static Row, pair: Pair) {
        match self.0.iter_mut().find(|(noted, _)| noted.key == row.key) {
            Some((_, pairs)) => pairs.push(pair),
            None => self.0.push((row, vec![pair])),
        }
    }
}

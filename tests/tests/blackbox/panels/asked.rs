//! What Prometheus answers, and whether there is anything in it to show.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tests::Prometheus;

use super::dashboards::{Question, list};

/// How long something may take until it was asked for and evaluated; far more than the second it takes.
const PATIENCE: Duration = tests::PATIENCE;

/// Now, in seconds, as Prometheus has it.
pub(super) fn now(prometheus: &Prometheus) -> f64 {
    let answer = prometheus.ask("/api/v1/query", &[("query", "time()")]);
    answer["result"][0].as_f64().expect("a time")
}

/// Waits until something is so.
pub(super) fn eventually<T>(what: &str, found: impl FnMut() -> Option<T>) -> T {
    within_patience(found).unwrap_or_else(|| panic!("it did not happen: {what}"))
}

/// What is found in time.
pub(super) fn within_patience<T>(mut found: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let found = found();
        if found.is_some() {
            return found;
        }
        thread::sleep(Duration::from_millis(100));
    }
    None
}

/// Waits until the product was asked for its numbers after this moment.
pub(super) fn asked_since(prometheus: &Prometheus, moment: f64) {
    let expression = format!("timestamp(up{{job=\"getmodern\"}}) > {moment} and up == 1");
    let question = Question { panel: String::new(), expression, instant: true };
    eventually("the product is asked", || shows(prometheus, &question, moment).then_some(()));
}

/// Whether a panel with this question shows something of the time since `begun`.
pub(super) fn shows(prometheus: &Prometheus, question: &Question, begun: f64) -> bool {
    let (query, begun, now) = (&*question.expression, begun.to_string(), now(prometheus).to_string());
    let answer = if question.instant {
        prometheus.ask("/api/v1/query", &[("query", query), ("time", &now)])
    } else {
        let time = [("query", query), ("start", &begun), ("end", &now), ("step", "1")];
        prometheus.ask("/api/v1/query_range", &time)
    };
    list(&answer, "result").iter().any(has_a_number)
}

/// Whether one of a series' numbers is one: what divides by nothing is none.
fn has_a_number(series: &Value) -> bool {
    let moments = [&series["value"]].into_iter().chain(list(series, "values"));
    moments.filter_map(|moment| moment[1].as_str()?.parse::<f64>().ok()).any(f64::is_finite)
}

//! The registry's metrics as Prometheus is told them, and what `/metrics` tells.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    registry::{Attribute, Registry, Signal, Sort},
    seen::Seen,
    written::Type,
};

/// The same metrics, in Prometheus's words.
pub(super) fn families(registry: &Registry) -> Registry {
    let metrics = registry.signals.iter().filter(|signal| signal.sort == Sort::Metric);
    let attributes = registry.attributes.iter().map(|(name, attribute)| (word(name), label(attribute)));
    Registry { signals: metrics.map(family).collect(), attributes: attributes.collect() }
}

fn family(metric: &Signal) -> Signal {
    let form = if metric.form == "updowncounter" { "gauge" } else { &metric.form };
    let id = metric.id.replacen("metric", "family", 1);
    let mut family = Signal { id, sort: Sort::Family, name: called(metric), ..metric.clone() };
    form.clone_into(&mut family.form);
    for usage in &mut family.uses {
        usage.name = word(&usage.name);
    }
    family
}

/// What Prometheus calls a metric.
pub(super) fn called(metric: &Signal) -> String {
    let unit = if metric.unit == "s" { "_seconds" } else { "" };
    let total = if metric.form == "counter" { "_total" } else { "" };
    format!("{}{unit}{total}", word(&metric.name))
}

fn word(name: &str) -> String {
    name.replace('.', "_")
}

/// A label is text, whatever the attribute is.
fn label(attribute: &Attribute) -> Attribute {
    let kind = match &attribute.kind {
        Type::Simple(_) => Type::Simple("string".to_owned()),
        members @ Type::Members { .. } => members.clone(),
    };
    Attribute { kind, ..attribute.clone() }
}

/// Every series that `text` tells.
pub(super) fn series(text: &str) -> Vec<Seen> {
    let (mut name, mut form, mut all) = ("", "", Vec::new());
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            (name, form) = kind.split_once(' ').expect("a name and a type");
        } else if line.starts_with(name) && !name.is_empty() {
            let (name, form) = (name.to_owned(), form.to_owned());
            all.push(Seen { sort: Sort::Family, name, form, values: labels(line), ..Seen::default() });
        }
    }
    all
}

fn labels(line: &str) -> BTreeMap<String, Value> {
    let inner =
        line.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}')).map_or("", |(inner, _)| inner);
    let pairs = inner.split("\",").filter_map(|pair| pair.trim_matches(',').split_once("=\""));
    let pairs = pairs.map(|(name, value)| (name.to_owned(), Value::from(value.trim_matches('"'))));
    pairs.filter(|(name, _)| name != "le").collect()
}

#[test]
fn a_line_tells_its_family_and_its_labels() {
    let text =
        "# HELP a_seconds Calls.\n# TYPE a_seconds histogram\na_seconds_bucket{who=\"x\",le=\"0.5\"} 1\n";
    let all = series(text);
    let [one] = all.as_slice() else { panic!("one series: {all:?}") };
    assert_eq!((&*one.name, &*one.form), ("a_seconds", "histogram"));
    assert_eq!(one.values, BTreeMap::from([("who".to_owned(), Value::from("x"))]));
}

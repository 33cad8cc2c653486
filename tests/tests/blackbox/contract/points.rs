//! The metrics that came over the wire, in the registry's words.

use opentelemetry_proto::tonic::{
    common::v1::KeyValue,
    metrics::v1::{
        Metric, NumberDataPoint,
        metric::Data::{self, ExponentialHistogram, Gauge, Histogram, Sum, Summary},
        number_data_point::Value::{AsDouble, AsInt},
    },
};

use super::{
    registry::Sort,
    seen::{Seen, values},
};

/// Each of its points.
pub(super) fn points(metric: &Metric) -> Vec<Seen> {
    let Some(data) = &metric.data else { return Vec::new() };
    let point = |(number, attributes): (&str, &[KeyValue])| Seen {
        sort: Sort::Metric,
        name: metric.name.clone(),
        form: form(data).to_owned(),
        unit: metric.unit.clone(),
        number: number.to_owned(),
        values: values(attributes),
        events: Vec::new(),
    };
    told(data).into_iter().map(point).collect()
}

fn form(data: &Data) -> &'static str {
    match data {
        Gauge(_) => "gauge",
        Sum(sum) if sum.is_monotonic => "counter",
        Sum(_) => "updowncounter",
        Histogram(_) | ExponentialHistogram(_) => "histogram",
        Summary(_) => "summary",
    }
}

/// The type of its number and the attributes, of each point. A histogram's sum is always a floating point number.
fn told(data: &Data) -> Vec<(&'static str, &[KeyValue])> {
    match data {
        Gauge(gauge) => gauge.data_points.iter().map(number).collect(),
        Sum(sum) => sum.data_points.iter().map(number).collect(),
        Histogram(histogram) => {
            histogram.data_points.iter().map(|point| ("double", point.attributes.as_slice())).collect()
        }
        ExponentialHistogram(_) | Summary(_) => Vec::new(),
    }
}

fn number(point: &NumberDataPoint) -> (&'static str, &[KeyValue]) {
    let kind = match point.value {
        Some(AsInt(_)) => "int",
        Some(AsDouble(_)) => "double",
        None => "nothing",
    };
    (kind, &point.attributes)
}

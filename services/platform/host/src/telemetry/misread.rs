//! Standard variables that do not read: the standard has them passed over with a warning.

use super::{
    attributes::pairs,
    signal::{Signal, variable},
};

const SIGNALS: [Signal; 3] = [Signal::Traces, Signal::Metrics, Signal::Logs];
const SAMPLERS: [&str; 6] = [
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];
/// Milliseconds, or a number of things: whole, and more than none.
const NUMBERS: [&str; 9] = [
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BLRP_SCHEDULE_DELAY",
    "OTEL_BLRP_EXPORT_TIMEOUT",
    "OTEL_BLRP_MAX_QUEUE_SIZE",
    "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
];

/// Says which variables are passed over, and why.
pub(super) fn warn() {
    for words in misread(variable) {
        tracing::warn!("{words}; it is passed over");
    }
}

fn misread(look: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut all = Vec::new();
    let mut expect = |name: String, is_good: &dyn Fn(&str) -> bool, shape: &str| {
        let bad = look(&name).filter(|value| !is_good(value.trim()));
        all.extend(bad.map(|value| format!("{name} is {value:?} and must be {shape}")));
    };
    let sampler = look("OTEL_TRACES_SAMPLER").unwrap_or_default();
    // The library that reads these takes them to the letter.
    expect("OTEL_TRACES_SAMPLER".to_owned(), &|_| SAMPLERS.contains(&sampler.as_str()), &one_of(&SAMPLERS));
    if sampler.ends_with("traceidratio") {
        expect("OTEL_TRACES_SAMPLER_ARG".to_owned(), &is_share, "a number from 0 to 1");
    }
    for name in NUMBERS {
        expect(name.to_owned(), &is_number, "a whole number above 0");
    }
    expect("OTEL_SDK_DISABLED".to_owned(), &is_word(&["true", "false"]), "true or false");
    for signal in SIGNALS.map(Signal::word).map(str::to_ascii_uppercase) {
        let exporters = format!("OTEL_{signal}_EXPORTER");
        expect(
            exporters,
            &|list| list.split(',').all(|one| is_word(&["otlp", "none"])(one.trim())),
            "otlp or none",
        );
    }
    let each = SIGNALS.map(|signal| format!("_{}", signal.word().to_ascii_uppercase()));
    for part in std::iter::once(String::new()).chain(each) {
        let name = |what: &str| format!("OTEL_EXPORTER_OTLP{part}_{what}");
        expect(name("TIMEOUT"), &is_number, "a whole number above 0, of milliseconds");
        expect(name("COMPRESSION"), &is_word(&["gzip", "none"]), "gzip or none");
    }
    let attributes = look("OTEL_RESOURCE_ATTRIBUTES").and_then(|text| pairs(&text).err());
    all.extend(attributes.map(|error| format!("OTEL_RESOURCE_ATTRIBUTES: {error}")));
    all
}

fn one_of(words: &[&str]) -> String {
    format!("one of {}", words.join(", "))
}

fn is_word<'a>(words: &'a [&'a str]) -> impl Fn(&str) -> bool + 'a {
    |value| words.iter().any(|word| word.eq_ignore_ascii_case(value))
}

fn is_number(value: &str) -> bool {
    value.parse().is_ok_and(|number: u64| number > 0)
}

fn is_share(value: &str) -> bool {
    value.parse().is_ok_and(|share: f64| (0.0..=1.0).contains(&share))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(given: &[(&str, &str)]) -> Vec<String> {
        misread(|name| given.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn what_reads_is_no_word_worth() {
        let good = [
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "5000"),
            ("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "GZIP"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "none"),
            ("OTEL_METRICS_EXPORTER", "otlp,none"),
            ("OTEL_SDK_DISABLED", "False"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=b%20c"),
        ];
        assert_eq!(told(&good), [""; 0]);
        assert_eq!(told(&[]), [""; 0]);
    }

    #[test]
    fn what_does_not_read_is_told_with_its_name_its_value_and_what_would() {
        for (name, value, shape) in [
            ("OTEL_TRACES_SAMPLER", "half", "always_on"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "milliseconds"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "-1", "milliseconds"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "gzip or none"),
            ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "brotli", "gzip or none"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "0", "above 0"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1m", "above 0"),
            ("OTEL_LOGS_EXPORTER", "console", "otlp or none"),
            ("OTEL_SDK_DISABLED", "yes", "true or false"),
            ("OTEL_RESOURCE_ATTRIBUTES", "prod", "KEY=VALUE"),
        ] {
            let words = told(&[(name, value)]).concat();
            assert!([name, value, shape].iter().all(|part| words.contains(part)), "{words}");
        }
        let share = told(&[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "25%")]);
        assert!(share.concat().contains("from 0 to 1"), "{share:?}");
        assert_eq!(told(&[("OTEL_TRACES_SAMPLER_ARG", "25%")]), [""; 0], "no sampler asks for it");
    }
}

//! What is sent where, as the standard `OTEL_*` variables say: nothing unless one of them says so.

use std::{env, time::Duration};

use opentelemetry_otlp::Protocol;

/// How long a collector may take to answer, unless a variable says otherwise.
const ANSWER: Duration = Duration::from_secs(10);

/// A kind of telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Traces,
    Metrics,
    Logs,
}

/// Looks a variable up; one that is empty says nothing.
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

impl Signal {
    /// Its name.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
        }
    }

    fn capitals(self) -> String {
        self.word().to_ascii_uppercase()
    }

    /// What is said of sending it: for this signal alone, or for all.
    pub(super) fn option(self, what: &str, look: impl Fn(&str) -> Option<String>) -> Option<String> {
        let own = look(&format!("OTEL_EXPORTER_OTLP_{}_{what}", self.capitals()));
        own.or_else(|| look(&format!("OTEL_EXPORTER_OTLP_{what}")))
    }

    /// Whether it is to be sent: an endpoint is named or `otlp` is asked for, and nothing switches it off.
    pub(super) fn is_wanted(self, look: impl Fn(&str) -> Option<String>) -> bool {
        let is_off = look("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let exporters = look(&format!("OTEL_{}_EXPORTER", self.capitals()));
        let asked = exporters.map(|all| all.split(',').any(|one| one.trim().eq_ignore_ascii_case("otlp")));
        !is_off && asked.unwrap_or_else(|| self.option("ENDPOINT", look).is_some())
    }

    /// How the collector is spoken to.
    pub(super) fn protocol(self) -> Result<Protocol, String> {
        match self.option("PROTOCOL", variable).as_deref() {
            Some("grpc") => Ok(Protocol::Grpc),
            None | Some("http/protobuf") => Ok(Protocol::HttpBinary),
            Some("http/json") => Ok(Protocol::HttpJson),
            Some(_) => Err("OTEL_EXPORTER_OTLP_PROTOCOL must be grpc, http/protobuf or http/json".to_owned()),
        }
    }

    /// How long the collector may take to answer.
    pub(super) fn limit(self) -> Duration {
        let told = self.option("TIMEOUT", variable).and_then(|text| text.parse().ok());
        told.map_or(ANSWER, Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(given: &[(&str, &str)]) -> [bool; 3] {
        let look =
            |name: &str| given.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        [Signal::Traces, Signal::Metrics, Signal::Logs].map(|signal| signal.is_wanted(look))
    }

    #[test]
    fn nothing_is_sent_unless_it_is_asked_for_and_nothing_switches_it_off() {
        let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317");
        assert_eq!(wanted(&[]), [false; 3]);
        assert_eq!(wanted(&[all]), [true; 3]);
        assert_eq!(wanted(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", all.1)]), [true, false, false]);
        assert_eq!(wanted(&[all, ("OTEL_SDK_DISABLED", "true")]), [false; 3]);
        assert_eq!(wanted(&[all, ("OTEL_TRACES_EXPORTER", "none")]), [false, true, true]);
        assert_eq!(wanted(&[all, ("OTEL_METRICS_EXPORTER", "prometheus")]), [true, false, true]);
        assert_eq!(wanted(&[("OTEL_LOGS_EXPORTER", "otlp")]), [false, false, true]);
        assert_eq!(wanted(&[("OTEL_METRICS_EXPORTER", "prometheus,otlp")]), [false, true, false]);
    }
}

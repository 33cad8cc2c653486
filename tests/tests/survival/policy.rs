//! The retry policy that the product publishes for its clients, read from the very file.

use std::time::Duration;

use serde_json::Value as Json;

const FILE: &str = include_str!("../../../deploy/service-config.json");

/// How a call is repeated.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// Attempts of a call in all.
    pub(crate) attempts: u32,
    /// How long the whole call may take.
    pub(crate) timeout: Duration,
    first: Duration,
    most: Duration,
    factor: f64,
}

impl Policy {
    /// The one that holds for all methods of the services.
    pub(crate) fn published() -> Self {
        let file: Json = serde_json::from_str(FILE).expect("it reads");
        assert!(file["loadBalancingConfig"][0].get("round_robin").is_some(), "in turn");
        assert_eq!(file["healthCheckConfig"]["serviceName"], "", "the health of the process");
        let methods = &file["methodConfig"][0];
        assert_eq!(methods["waitForReady"], true);
        let retry = &methods["retryPolicy"];
        assert_eq!(retry["retryableStatusCodes"], serde_json::json!(["UNAVAILABLE"]));
        let attempts = retry["maxAttempts"].as_u64().and_then(|attempts| attempts.try_into().ok());
        Self {
            attempts: attempts.expect("a number"),
            timeout: seconds(&methods["timeout"]),
            first: seconds(&retry["initialBackoff"]),
            most: seconds(&retry["maxBackoff"]),
            factor: retry["backoffMultiplier"].as_f64().expect("a number"),
        }
    }

    /// The same without repeating anything.
    pub(crate) fn without_retry(self) -> Self {
        Self { attempts: 1, ..self }
    }

    /// How long to wait after so many attempts, by a random number between 0 and 1.
    pub(crate) fn backoff(&self, attempts: u32, random: f64) -> Duration {
        let power = i32::try_from(attempts).unwrap_or(i32::MAX) - 1;
        self.first.mul_f64(self.factor.powi(power)).min(self.most).mul_f64(random)
    }
}

/// A duration as the file says it, `1.5s`.
fn seconds(text: &Json) -> Duration {
    let number = text.as_str().and_then(|text| text.strip_suffix('s')?.parse().ok());
    Duration::from_secs_f64(number.expect("seconds"))
}

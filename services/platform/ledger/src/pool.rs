//! How busy connections are: how many there are, and how long queries wait for one.

use std::{
    sync::{Arc, LazyLock, OnceLock},
    time::Duration,
};

use opentelemetry::{KeyValue, global, metrics::Histogram};

/// Where the waits are divided, in seconds: one that is free is there at once, and nobody waits for ever.
const SECONDS: [f64; 9] = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 3.0];

static WAITS: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter("getmodern")
        .f64_histogram("db.client.connection.wait_time")
        .with_description("How long queries waited for a connection, those in vain included.")
        .with_unit("s")
        .with_boundaries(SECONDS.to_vec())
        .build()
});

/// The connections of one database, as they are at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Those that somebody uses.
    pub used: usize,
    /// Those that are open and free.
    pub idle: usize,
    /// How many there may be.
    pub max: usize,
}

/// Who keeps account of the waits for one pool's connections; nobody until there is a name for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waits(Arc<OnceLock<&'static str>>);

impl Waits {
    /// Keeps account from here on.
    pub(crate) fn keep(&self, name: &'static str) {
        let _ = self.0.set(name);
    }

    /// Somebody got a connection after so long, or none.
    pub(crate) fn record(&self, waited: Duration) {
        if let Some(name) = self.0.get() {
            let name = KeyValue::new("db.client.connection.pool.name", *name);
            WAITS.record(waited.as_secs_f64(), &[name]);
        }
    }
}

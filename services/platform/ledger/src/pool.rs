//! How busy connections are: how many there are, and how long queries wait for one.

use std::{
    sync::{Arc, LazyLock, OnceLock},
    time::Instant,
};

use opentelemetry::{KeyValue, global, metrics::Histogram};
use sqlx::{Database, Error, pool::PoolConnection};

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

impl Pool {
    pub(crate) fn of<D: Database>(pool: &sqlx::Pool<D>) -> Self {
        let idle = pool.num_idle();
        let open = usize::try_from(pool.size()).unwrap_or(usize::MAX);
        let max = usize::try_from(pool.options().get_max_connections()).unwrap_or(usize::MAX);
        Self { used: open.saturating_sub(idle), idle, max }
    }
}

/// Who keeps account of the waits for one pool's connections; nobody until there is a name for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waits(Arc<OnceLock<&'static str>>);

impl Waits {
    /// Keeps account from here on.
    pub(crate) fn keep(&self, name: &'static str) {
        let _ = self.0.set(name);
    }

    /// A connection, as soon as there is one.
    pub(crate) async fn acquire<D: Database>(
        &self,
        pool: &sqlx::Pool<D>,
    ) -> Result<PoolConnection<D>, Error> {
        let begun = Instant::now();
        let connection = pool.acquire().await;
        if let Some(name) = self.0.get() {
            WAITS.record(
                begun.elapsed().as_secs_f64(),
                &[KeyValue::new("db.client.connection.pool.name", *name)],
            );
        }
        connection
    }
}

//! One at a time through the same row: callers of one process queue here instead of racing in the database.
//!
//! Correctness never depends on it; the version check in the commit does that work across processes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

type Gate = AsyncMutex<()>;

/// The gates, one per key in use.
#[derive(Debug, Default)]
pub(crate) struct Turnstile {
    gates: Mutex<HashMap<String, Weak<Gate>>>,
}

impl Turnstile {
    /// Waits for its turn with `key`; the turn ends when the guard is dropped.
    pub(crate) async fn enter(&self, key: &str) -> OwnedMutexGuard<()> {
        self.gate(key).lock_owned().await
    }

    fn gate(&self, key: &str) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(key).and_then(Weak::upgrade) {
            return gate;
        }
        if gates.len() >= 1024 {
            gates.retain(|_, gate| gate.strong_count() > 0);
        }
        let gate = Arc::new(Gate::default());
        gates.insert(key.to_owned(), Arc::downgrade(&gate));
        gate
    }
}

//! A service as those see it who look after the process.

use std::sync::{Arc, atomic::AtomicUsize};

use tokio::sync::{Mutex, watch};

use super::{Census, count::Told};
use crate::{Desk, Follow};

/// A service that runs in this process.
#[derive(Clone)]
pub(crate) struct Resident {
    pub(crate) desk: Desk,
    pub(crate) follows: Vec<Follow>,
    pub(crate) ready: watch::Receiver<bool>,
    /// Counts what it keeps, if it has something to tell.
    pub(crate) census: Option<Census>,
    /// What it told last.
    pub(crate) told: Arc<Mutex<Told>>,
    /// How many parts could not be counted last.
    pub(crate) missing: Arc<AtomicUsize>,
}

impl Resident {
    /// It serves, and is not about to stop.
    pub(crate) fn is_ready(&self) -> bool {
        *self.ready.borrow() && !*self.desk.inner.stop.borrow()
    }
}

//! How often those on one connection may show what is no good.

use super::monitor::Monitor;

/// How often those on one connection may show a token that nobody has seen. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Tries(Monitor);

impl Tries {
    pub(super) fn new(monitor: &Monitor) -> Self {
        Self(monitor.clone())
    }

    /// Those on the one connection of an address.
    #[cfg(test)]
    pub(crate) fn alone() -> Self {
        Self(Monitor::new(std::sync::Arc::default()))
    }

    /// Whether such a token is looked at now. It is, unless another one from here was no good when its address had shown too many.
    pub(crate) fn may(&self) -> bool {
        self.0.paused().is_none()
    }

    /// Counts a token that is no good.
    pub(crate) fn failed(&self) {
        self.0.fooled();
    }
}

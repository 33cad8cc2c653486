//! How often those on one connection may show what is no good.

use super::conduct::Conduct;

/// How often those on one connection may show a token that nobody has seen. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Tries(Conduct);

impl Tries {
    pub(super) fn new(conduct: &Conduct) -> Self {
        Self(conduct.clone())
    }

    /// Those on the one connection of an address.
    #[cfg(test)]
    pub(crate) fn alone() -> Self {
        Self(Conduct::new(std::sync::Arc::default()))
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

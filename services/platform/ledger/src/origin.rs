//! By which call something is written, as far as the work for it reaches.

use std::sync::Arc;

use opentelemetry::Context;

/// The call that work is done for: a value of the [`Context`] it is done in.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The method, `package.Service/Method`.
    pub method: Arc<str>,
    /// The address it came from.
    pub peer: Option<Arc<str>>,
}

impl Origin {
    /// That of what is under way; none when a service works for itself.
    #[must_use]
    pub fn current() -> Option<Self> {
        Context::map_current(|context| context.get::<Self>().cloned())
    }
}

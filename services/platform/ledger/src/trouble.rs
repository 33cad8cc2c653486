//! Storage trouble: one public sentence, and the private cause for the log.

use std::fmt;

/// The storage could not do its work. What it shows in public says no more than that.
#[derive(Debug, Clone)]
pub struct Trouble {
    cause: String,
}

impl Trouble {
    /// Trouble with a private cause.
    pub fn new(cause: impl fmt::Display) -> Self {
        Self { cause: cause.to_string() }
    }

    /// A row that does not read as what was written there.
    pub fn unreadable(cause: impl fmt::Display) -> Self {
        Self::new(format_args!("unreadable row: {cause}"))
    }

    /// The cause, for the log only.
    #[must_use]
    pub fn cause(&self) -> &str {
        &self.cause
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the storage is not available")
    }
}

impl std::error::Error for Trouble {}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::new(error)
    }
}

impl From<sqlx::migrate::MigrateError> for Trouble {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::new(error)
    }
}

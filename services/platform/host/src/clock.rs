//! The only place where the current time and new identities come from.

use kernel::{Id, Time};

/// Now, to the microsecond, as the databases keep it.
#[allow(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) fn now() -> Time {
    let now = Time::now();
    Time::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// A new identity; later ones sort after earlier ones.
#[allow(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) fn new_id() -> Id {
    Id::now_v7()
}

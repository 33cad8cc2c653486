//! The only place where the current time, new identities and chance come from.

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

/// Fills `bytes` with random ones.
///
/// # Panics
/// When the system has no randomness to give: nothing may go on with less.
pub(crate) fn chance(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the system gives randomness");
}

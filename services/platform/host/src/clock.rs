//! The only place where the current time, new identities and chance come from.

pub(crate) use kernel::LEEWAY;
use kernel::{Id, Time};
use ledger::Salt;

/// Now, to the microsecond, as the databases keep it.
#[allow(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) fn now() -> Time {
    let now = Time::now();
    Time::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// Now, or the last time of what is about to change: after a clock was set back, nothing happens before what happened to it.
pub(crate) fn not_before(last: Option<Time>) -> Time {
    last.map_or_else(now, |last| now().max(last))
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

/// Random bytes that keep a digest from being guessed.
pub(crate) fn salt() -> Salt {
    let mut salt = Salt::default();
    chance(&mut salt);
    salt
}

#[test]
fn time_does_not_run_backwards_for_what_changes() {
    let begun = now();
    let later = begun.checked_add(jiff::SignedDuration::from_hours(1)).expect("a time");
    assert_eq!(not_before(Some(later)), later);
    assert!(not_before(Some(begun)) >= begun && not_before(None) >= begun);
}

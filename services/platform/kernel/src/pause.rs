//! Clocks that stand still while work is on hold (I-24).

use jiff::{SignedDuration, Timestamp as Time};

/// The time since which something waits that waits since `since`, as if there had been no pause: later by as much of each pause, from its
/// beginning to its end, as came after.
#[must_use]
pub fn on_the_clock(since: Time, pauses: impl IntoIterator<Item = (Time, Time)>) -> Time {
    let stood = |(held, ended): (Time, Time)| ended.duration_since(held.max(since)).max(SignedDuration::ZERO);
    let all: SignedDuration = pauses.into_iter().map(stood).sum();
    since.checked_add(all).unwrap_or(Time::MAX)
}

#[test]
fn a_pause_counts_from_when_something_waits_and_not_at_all_before() {
    let hour = |hour: i64| Time::from_second(hour * 3600).unwrap_or(Time::MIN);
    let pauses = [(hour(2), hour(5)), (hour(10), hour(11))];
    for (since, later) in [(0, 4), (2, 6), (4, 6), (5, 6), (10, 11), (12, 12)] {
        assert_eq!(on_the_clock(hour(since), pauses), hour(later), "{since}");
    }
}

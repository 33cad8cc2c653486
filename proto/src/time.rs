//! Times on the wire and times in the house.

use jiff::Timestamp;

/// The house's time as the wire's.
#[must_use]
pub fn to_wire(time: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: time.as_second(), nanos: time.subsec_nanosecond() }
}

/// The wire's time as the house's, to the microsecond; `None` when it is out of range.
#[must_use]
pub fn from_wire(time: prost_types::Timestamp) -> Option<Timestamp> {
    if !(0..1_000_000_000).contains(&time.nanos) {
        return None;
    }
    let exact = Timestamp::new(time.seconds, time.nanos).ok()?;
    Timestamp::from_microsecond(exact.as_microsecond()).ok()
}

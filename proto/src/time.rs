//! Times on the wire and times in the house.

use jiff::Timestamp;

/// The first second that the wire's time may hold: the beginning of the year 1.
const EARLIEST: i64 = -62_135_596_800;

/// The house's time as the wire's; one before the year 1 as its beginning, since no client could read it.
#[must_use]
pub fn to_wire(time: Timestamp) -> prost_types::Timestamp {
    if time.as_second() < EARLIEST {
        return prost_types::Timestamp { seconds: EARLIEST, nanos: 0 };
    }
    let (seconds, nanos) = (time.as_second(), time.subsec_nanosecond());
    if nanos < 0 {
        return prost_types::Timestamp { seconds: seconds - 1, nanos: nanos + 1_000_000_000 };
    }
    prost_types::Timestamp { seconds, nanos }
}

/// The wire's time as the house's, to the microsecond; `None` when it is out of range.
#[must_use]
pub fn from_wire(time: prost_types::Timestamp) -> Option<Timestamp> {
    if !(0..1_000_000_000).contains(&time.nanos) || time.seconds < EARLIEST {
        return None;
    }
    Timestamp::new(time.seconds, time.nanos / 1_000 * 1_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_before_1970_has_nanoseconds_that_the_wire_may_hold() {
        let time = Timestamp::from_microsecond(-1).expect("a time");
        let shown = to_wire(time);
        assert_eq!((shown.seconds, shown.nanos), (-1, 999_999_000));
        assert_eq!(from_wire(shown), Some(time));
    }

    #[test]
    fn a_time_before_the_year_1_is_neither_read_nor_shown() {
        let early = prost_types::Timestamp { seconds: EARLIEST - 1, nanos: 0 };
        assert_eq!(from_wire(early), None);
        let shown = to_wire(Timestamp::MIN);
        assert_eq!((shown.seconds, shown.nanos), (EARLIEST, 0));
    }
}

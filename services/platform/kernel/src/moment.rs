//! Moments that somebody tells: all that the wire can hold, which is a day more than [`Time`](crate::Time).

use std::fmt;

use jiff::{
    SignedDuration,
    civil::{self, DateTime},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::Time;

/// A moment from the beginning of the year 1 to the end of the year 9999 in UTC, to the microsecond: what
/// `google.protobuf.Timestamp` may hold, so that whoever may tell one may read it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(DateTime);

const EPOCH: DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);

impl Moment {
    /// The first.
    pub const EARLIEST: Self = Self(civil::date(1, 1, 1).at(0, 0, 0, 0));
    /// The last.
    pub const LATEST: Self = Self(civil::date(9999, 12, 31).at(23, 59, 59, 999_999_000));

    /// The moment so many seconds after 1970, and so many nanoseconds after that; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn new(seconds: i64, nanos: i32) -> Option<Self> {
        if !(0..1_000_000_000).contains(&nanos) {
            return None;
        }
        let at = EPOCH.checked_add(SignedDuration::new(seconds, nanos / 1_000 * 1_000)).ok()?;
        (at.year() >= 1).then_some(Self(at))
    }

    /// Seconds after 1970, and nanoseconds after that.
    #[must_use]
    pub fn parts(self) -> (i64, i32) {
        let since = self.0.duration_since(EPOCH);
        let (seconds, nanos) = (since.as_secs(), since.subsec_nanos());
        if nanos < 0 { (seconds - 1, nanos + 1_000_000_000) } else { (seconds, nanos) }
    }

    /// The nearest time that the clock of a service can show.
    #[must_use]
    pub fn time(self) -> Time {
        let (seconds, nanos) = self.parts();
        Time::new(seconds, nanos).unwrap_or(Time::MAX)
    }
}

impl From<Time> for Moment {
    /// The nearest: a time before the year 1 was told before that was refused.
    fn from(time: Time) -> Self {
        let since = time.as_duration();
        let (seconds, nanos) = (since.as_secs(), since.subsec_nanos());
        let parts = if nanos < 0 { (seconds - 1, nanos + 1_000_000_000) } else { (seconds, nanos) };
        Self::new(parts.0, parts.1).unwrap_or(Self::EARLIEST)
    }
}

/// As a [`Time`] is written, so that either reads the other.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.0)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Ok(time) = text.parse::<Time>() {
            return Ok(time.into());
        }
        let at = text.strip_suffix('Z').unwrap_or(&text).parse().map_err(D::Error::custom)?;
        Ok(Self(at).max(Self::EARLIEST))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What `google.protobuf.Timestamp` says of itself.
    const FIRST: i64 = -62_135_596_800;
    const LAST: i64 = 253_402_300_799;

    #[test]
    fn the_first_and_the_last_are_those_of_the_wire() {
        assert_eq!(Moment::new(FIRST, 0), Some(Moment::EARLIEST));
        assert_eq!(Moment::new(LAST, 999_999_999), Some(Moment::LATEST));
        assert_eq!(Moment::EARLIEST.parts(), (FIRST, 0));
        assert_eq!(Moment::LATEST.parts(), (LAST, 999_999_000));
        assert_eq!(Moment::EARLIEST.to_string(), "0001-01-01T00:00:00Z");
        for (seconds, nanos) in [
            (FIRST - 1, 999_999_999),
            (LAST + 1, 0),
            (0, -1),
            (0, 1_000_000_000),
            (i64::MIN, 0),
            (i64::MAX, 0),
        ] {
            assert_eq!(Moment::new(seconds, nanos), None, "{seconds} {nanos}");
        }
        assert_eq!(Moment::LATEST.time(), Time::MAX);
        assert_eq!(Moment::from(Time::MIN), Moment::EARLIEST);
    }

    #[test]
    fn what_was_kept_before_the_year_1_was_refused_is_read_as_the_first() {
        let old =
            serde_json::to_string(&Time::new(FIRST - 1, 0).expect("a time of the clock's")).expect("written");
        assert_eq!(serde_json::from_str::<Moment>(&old).ok(), Some(Moment::EARLIEST));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_moment_is_read_back_from_both_its_forms(seconds in FIRST..=LAST, micros in 0..1_000_000) {
            let moment = Moment::new(seconds, micros * 1_000).expect("within the wire's");
            prop_assert_eq!(moment.parts(), (seconds, micros * 1_000));
            let text = serde_json::to_string(&moment).expect("written");
            prop_assert_eq!(serde_json::from_str::<Moment>(&text).expect("read"), moment);
            if let Ok(time) = Time::new(seconds, micros * 1_000) {
                prop_assert_eq!(serde_json::to_string(&time).expect("written"), text);
                prop_assert_eq!((moment.time(), Moment::from(time)), (time, moment));
            }
        }
    }
}

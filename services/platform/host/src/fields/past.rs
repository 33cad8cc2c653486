//! What has happened has happened by now: no fact is learnt, and nothing begun, in the future.

use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use kernel::{Moment, Time};

use super::Fields;
use crate::clock::LEEWAY;

/// Hours by which the day begins earlier where it begins first.
const FIRST_DAY: i64 = 14;

impl Fields {
    /// A moment that has passed, or that a clock as far ahead as clocks may be shows.
    pub(super) fn past_moment(&mut self, path: &str, time: prost_types::Timestamp) -> Moment {
        let moment = self.moment(path, time);
        if self.latest(SignedDuration::from_secs(LEEWAY)).is_some_and(|latest| moment > latest.into()) {
            self.fault(path, "FIELD_IN_FUTURE", "may not be in the future");
        }
        moment
    }

    /// A day that has begun somewhere on Earth, `YYYY-MM-DD`.
    pub fn past_date(&mut self, path: &str, text: &str) -> String {
        let day = self.date(path, text);
        let latest = self.latest(SignedDuration::from_hours(FIRST_DAY));
        let latest = latest.map(|latest| latest.to_zoned(TimeZone::UTC).date());
        if let (Ok(day), Some(latest)) = (day.parse::<Date>(), latest)
            && day > latest
        {
            self.fault(path, "FIELD_IN_FUTURE", "may not be in the future");
        }
        day
    }

    /// The latest that may be told; none where it was told before.
    fn latest(&self, ahead: SignedDuration) -> Option<Time> {
        self.now.filter(|_| !self.is_kept).and_then(|now| now.checked_add(ahead).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_taken(mut fields: Fields, read: impl FnOnce(&mut Fields)) -> bool {
        read(&mut fields);
        fields.is_clean()
    }

    #[test]
    fn a_moment_is_not_in_the_future_but_for_what_clocks_may_differ_by() {
        let now: Time = "2020-01-14T12:00:00Z".parse().expect("a time");
        let seconds = now.as_second();
        for (ahead, taken) in [(-1, true), (0, true), (LEEWAY, true), (LEEWAY + 1, false), (86_400, false)] {
            let told = prost_types::Timestamp { seconds: seconds + ahead, nanos: 0 };
            let read = |fields: &mut Fields| _ = fields.past_moment("learnt_time", told);
            assert_eq!(is_taken(Fields::new(now), read), taken, "{ahead}");
            assert!(is_taken(Fields::of_service(), read));
        }
    }

    #[test]
    fn a_day_is_not_in_the_future_anywhere_on_earth() {
        let now: Time = "2020-01-14T12:00:00Z".parse().expect("a time");
        for (day, taken) in
            [("2020-01-14", true), ("2020-01-15", true), ("2020-01-16", false), ("2020-02-30", false)]
        {
            let read = |fields: &mut Fields| drop(fields.past_date("since_date", day));
            assert_eq!(is_taken(Fields::new(now), read), taken, "{day}");
        }
    }
}

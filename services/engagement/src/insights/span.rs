//! A span of time that insights are about (G-6).

use jiff::SignedDuration;
use kernel::Time;

/// From a moment, if one was named, until another: now at the latest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    from: Option<Time>,
    until: Option<Time>,
    now: Time,
}

impl Span {
    pub(crate) fn new(from: Option<Time>, until: Option<Time>, now: Time) -> Self {
        Self { from, until: until.filter(|until| *until < now), now }
    }

    /// It ends before now.
    pub(crate) fn is_past(self) -> bool {
        self.until.is_some()
    }

    /// Its end.
    pub(crate) fn end(self) -> Time {
        self.until.unwrap_or(self.now)
    }

    /// Its first moment and the first after it, as far as times go.
    pub(crate) fn bounds(self) -> [Time; 2] {
        [self.from.unwrap_or(Time::UNIX_EPOCH), self.until.unwrap_or(Time::MAX)]
    }

    /// It has this moment.
    pub(crate) fn has(self, at: Time) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// What lies in it of a time that began and perhaps ended; none where nothing does.
    pub(crate) fn part(self, began: Time, ended: Option<Time>) -> Option<Part> {
        let is_over = ended.is_some_and(|ended| self.from.is_some_and(|from| ended < from));
        let is_ahead = self.until.is_some_and(|until| began >= until);
        if is_over || is_ahead {
            return None;
        }
        let ended = ended.filter(|ended| self.until.is_none_or(|until| *ended < until));
        let began = self.from.map_or(began, |from| began.max(from));
        Some(Part { began, until: ended.unwrap_or(self.end()), is_open: ended.is_none() })
    }
}

/// The part of a time that lies in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its beginning in the span.
    pub(crate) began: Time,
    /// Its end in the span.
    pub(crate) until: Time,
    /// It goes on at the end of the span.
    pub(crate) is_open: bool,
}

/// The time from one moment to another; a clock that was set back does not make it negative.
pub(crate) fn between(from: Time, to: Time) -> SignedDuration {
    to.duration_since(from).max(SignedDuration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time::from_second(second).expect("a time")
    }

    #[test]
    fn a_span_has_its_beginning_and_not_its_end_and_ends_now_at_the_latest() {
        let span = Span::new(Some(at(10)), Some(at(20)), at(100));
        assert_eq!([9, 10, 19, 20].map(|second| span.has(at(second))), [false, true, true, false]);
        let ahead = Span::new(None, Some(at(200)), at(100));
        assert_eq!((ahead.end(), ahead.is_past(), ahead.has(at(0))), (at(100), false, true));
    }

    #[test]
    fn of_a_time_only_what_lies_in_the_span_counts() {
        let span = Span::new(Some(at(10)), Some(at(20)), at(100));
        let part = |began, ended: Option<i64>| {
            span.part(at(began), ended.map(at)).map(|part| (part.began, part.until, part.is_open))
        };
        assert_eq!(part(0, Some(9)), None);
        assert_eq!(part(20, None), None);
        assert_eq!(part(0, Some(15)), Some((at(10), at(15), false)));
        assert_eq!(part(12, Some(50)), Some((at(12), at(20), true)), "it went on at the end of the span");
        assert_eq!(part(12, None), Some((at(12), at(20), true)));
        let all = Span::new(None, None, at(100));
        assert_eq!(all.part(at(0), None), Some(Part { began: at(0), until: at(100), is_open: true }));
    }
}

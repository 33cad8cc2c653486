//! The refusals of the hour that is going on, equal ones together, and how many of them are to be written yet.
//!
//! The refusals that are kept of an hour are bounded, for each person, for all of them together, and for those who did not show
//! who they are: nobody crowds out anybody else. The rest is only a number, of each person as far as can be.

use std::collections::HashMap;

use ledger::{Refused, Statement};

use super::Unseen;

/// Different refusals that are kept of one hour: of one who has shown who they are, of all of them together, and of the others.
pub(super) const OF_ONE: usize = 200;
pub(super) const OF_ALL: usize = 2000;
pub(super) const OF_STRANGERS: usize = 200;

/// Different questions that are looked into of one second, of one caller and of all: whether what they did not find is hidden.
const UNSEEN_OF_ONE: usize = 100;
const UNSEEN_OF_ALL: usize = 1000;

/// Those that are some only where what was asked for is there, which a statement finds, and how often.
pub(super) type Unsettled = HashMap<(Refused, String), (Statement, i64)>;

/// The refusals of an hour.
#[derive(Debug, Default)]
pub(super) struct Noted {
    hour: i64,
    /// How often each was, since it was written last.
    times: HashMap<Refused, i64>,
    /// How many of them are of each person, and how many of everybody else.
    people: HashMap<String, usize>,
    strangers: usize,
    /// Those past the limit: of people of whom others are kept, and of everybody else.
    more: HashMap<Option<String>, i64>,
    unseen: Unsettled,
}

impl Noted {
    pub(super) fn add(&mut self, refused: Refused, count: i64) {
        if let Some(times) = self.times.get_mut(&refused) {
            *times += count;
        } else if self.has_room(refused.person.as_deref()) {
            match refused.person.clone() {
                Some(person) => *self.people.entry(person).or_default() += 1,
                None => self.strangers += 1,
            }
            self.times.insert(refused, count);
        } else {
            let person = refused.person.filter(|person| self.people.contains_key(person));
            self.add_more(person, count);
        }
    }

    /// Adds one that is to be looked into; past the limit it counts as if it were one.
    pub(super) fn add_unseen(&mut self, refused: Refused, unseen: Unseen) {
        let of_one = self.unseen.keys().filter(|(other, _)| other.person == refused.person).count();
        let has_room = of_one < UNSEEN_OF_ONE && self.unseen.len() < UNSEEN_OF_ALL;
        let one = (refused, unseen.name);
        if let Some((_, times)) = self.unseen.get_mut(&one) {
            *times += 1;
        } else if has_room {
            self.unseen.insert(one, (unseen.query, 1));
        } else {
            self.add(one.0, 1);
        }
    }

    /// Takes those that are to be looked into.
    pub(super) fn take_unseen(&mut self) -> Unsettled {
        std::mem::take(&mut self.unseen)
    }

    /// So many more that are only counted.
    pub(super) fn add_more(&mut self, person: Option<String>, times: i64) {
        if times > 0 {
            *self.more.entry(person).or_default() += times;
        }
    }

    fn has_room(&self, person: Option<&str>) -> bool {
        match person {
            None => self.of(None) < OF_STRANGERS,
            Some(_) => self.of(person) < OF_ONE && self.times.len() - self.strangers < OF_ALL,
        }
    }

    fn of(&self, person: Option<&str>) -> usize {
        person.map_or(self.strangers, |person| self.people.get(person).copied().unwrap_or_default())
    }

    /// Takes what is to be written, with how often it was: each that is kept, and what stands for the others. Another hour begins
    /// with nothing.
    pub(super) fn take(&mut self, hour: i64) -> Vec<(Refused, i64)> {
        let new = self.times.iter_mut().filter(|(_, times)| **times > 0);
        let kept = new.map(|(refused, times)| (refused.clone(), std::mem::take(times)));
        let more = self.more.drain().map(|(person, times)| (Refused::not_kept(person), times));
        let rows = kept.chain(more).collect();
        if self.hour != hour {
            *self = Self { hour, unseen: self.take_unseen(), ..Self::default() };
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(person: Option<usize>, reason: usize) -> Refused {
        let person = person.map(|number| format!("people/p{number}"));
        Refused { reason: reason.to_string(), ..Refused::not_kept(person) }
    }

    #[test]
    fn nobody_crowds_out_anybody_else_and_none_is_lost_without_a_word() {
        let mut noted = Noted::default();
        (0..1000).for_each(|reason| noted.add(of(None, reason), 1));
        (0..1000).for_each(|reason| noted.add(of(Some(0), reason), 1));
        (1..3000).for_each(|number| noted.add(of(Some(number), 0), 1));
        (0..1000).for_each(|_| noted.add(of(Some(1), 0), 1));
        let kept = [None, Some(0), Some(1), Some(1800), Some(1801)]
            .map(|who| noted.of(of(who, 0).person.as_deref()));
        assert_eq!(kept, [OF_STRANGERS, OF_ONE, 1, 1, 0]);
        assert_eq!(noted.more.get(&Some("people/p0".to_owned())), Some(&800));
        assert_eq!(noted.take(1).iter().map(|(_, times)| times).sum::<i64>(), 5999);
    }

    #[test]
    fn an_hour_is_bounded_however_often_it_is_written_and_the_next_begins_anew() {
        let mut noted = Noted::default();
        noted.take(7);
        let mut rows = 0;
        for second in 0..100 {
            (0..10).for_each(|nth| noted.add(of(None, second * 10 + nth), 1));
            rows += noted.take(7).iter().filter(|(refused, _)| refused.reason != Refused::NOT_KEPT).count();
        }
        assert_eq!(rows, OF_STRANGERS);
        noted.add(of(None, 0), 1);
        assert_eq!(noted.take(7), [(of(None, 0), 1)], "one that is kept goes on being told");
        noted.take(8);
        noted.add(of(None, 5000), 1);
        assert_eq!(noted.take(8), [(of(None, 5000), 1)]);
    }
}

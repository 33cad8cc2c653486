//! The six of an engagement, and who acts for one of them from a day to a day (I-18, I-22).

use std::ops::{Deref, DerefMut};

use jiff::{civil::Date, tz::TimeZone};
use kernel::{Caller, Person, Role, Roster, Time};
use serde::{Deserialize, Serialize};

/// The six, with the deputies of their seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Six {
    /// Who holds the seats.
    #[serde(flatten)]
    pub roster: Roster,
    /// Who acts for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deputies: Vec<Deputy>,
}

/// Who acts for a seat, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deputy {
    /// The number of the deputyship within the engagement.
    pub number: u32,
    /// Which of the six.
    pub role: Role,
    /// Who acts.
    pub person: Person,
    /// The first day, in UTC.
    pub first_day: Date,
    /// The last day, in UTC.
    pub last_day: Date,
}

impl From<Roster> for Six {
    fn from(roster: Roster) -> Self {
        Self { roster, deputies: Vec::new() }
    }
}

impl Deref for Six {
    type Target = Roster;

    fn deref(&self) -> &Roster {
        &self.roster
    }
}

impl DerefMut for Six {
    fn deref_mut(&mut self) -> &mut Roster {
        &mut self.roster
    }
}

impl Six {
    /// Everybody who sees what there is of the engagement: the six and their deputies.
    pub fn everybody(&self) -> impl Iterator<Item = &Person> {
        let deputies = self.deputies.iter().map(|deputy| &deputy.person);
        self.people().map(|(_, person)| person).chain(deputies)
    }

    /// The caller as the rules judge them: who acts for a seat today has the rights of its holder. What they do bears their own
    /// name all the same.
    #[must_use]
    pub(crate) fn as_seated(&self, caller: &Caller, now: Time) -> Caller {
        let day = now.to_zoned(TimeZone::UTC).date();
        let acts = |deputy: &&Deputy| {
            let today = deputy.first_day <= day && day <= deputy.last_day;
            today && caller.is(deputy.role, Some(&deputy.person))
        };
        let holder = self.deputies.iter().find(acts).and_then(|deputy| self.holder(deputy.role));
        Caller { person: holder.unwrap_or(&caller.person).clone(), role: caller.role }
    }

    /// The deputyship of that number is known here.
    pub(crate) fn knows(&self, number: u32) -> bool {
        self.deputies.iter().any(|deputy| deputy.number == number)
    }

    pub(crate) fn appoint(&mut self, deputy: &Deputy) {
        self.deputies.push(deputy.clone());
    }

    pub(crate) fn end(&mut self, number: u32) {
        self.deputies.retain(|deputy| deputy.number != number);
    }
}

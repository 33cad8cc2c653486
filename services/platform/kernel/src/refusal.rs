//! Why something was not done: everything that is missing, with the rule that asks for it.

use std::fmt;

use crate::{Duty, Person, Role};

/// The reason of whatever does not fit where a resource stands.
const WRONG_STATE: &str = "WRONG_STATE";

/// What sort of refusal it is, whatever carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request itself is malformed or incomplete: no state could accept it.
    Invalid,
    /// There is no such resource.
    NotFound,
    /// What the request would create exists already.
    AlreadyExists,
    /// The resource is not in a state for it, yet or any more.
    NotReady,
    /// This person may not do this here.
    Forbidden,
    /// The resource changed under the request; read it again.
    Aborted,
}

/// One thing that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The playbook rule that asks for it, or the empty string for plain form.
    pub rule: &'static str,
    /// A stable code, such as `SPONSOR_MISSING`.
    pub reason: &'static str,
    /// What it is about: a field path, or a part of the resource.
    pub subject: String,
    /// The same in a sentence a person can act on.
    pub message: String,
}

impl Fault {
    /// A fault.
    pub fn new(
        rule: &'static str,
        reason: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { rule, reason, subject: subject.into(), message: message.into() }
    }

    /// The fault, unless `held`.
    pub fn unless(
        held: bool,
        rule: &'static str,
        reason: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Option<Self> {
        (!held).then(|| Self::new(rule, reason, subject, message))
    }
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What sort of refusal.
    pub kind: Kind,
    /// A stable code for the whole, such as `SUMMARY_INCOMPLETE`.
    pub reason: &'static str,
    /// The same in a sentence.
    pub message: String,
    /// Everything that stands in the way; never only the first.
    pub faults: Vec<Fault>,
    /// What is due where the resource stands, and on whom: the way on.
    pub due: Vec<Due>,
}

/// A step that is due, and on whom it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The step, as its duty is called.
    pub action: &'static str,
    /// The role it waits on.
    pub role: Role,
    /// The person it waits on, when one is named.
    pub person: Option<Person>,
}

/// Steps that are told; who wants all of them asks for the duties.
const MOST_DUE: usize = 3;

impl Refusal {
    /// A refusal for one cause: its only fault repeats it.
    pub fn new(
        kind: Kind,
        rule: &'static str,
        reason: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let message = message.into();
        let faults = vec![Fault::new(rule, reason, subject, message.clone())];
        Self { kind, reason, faults, message, due: Vec::new() }
    }

    /// Passes when there are no faults, else refuses with all of them.
    pub fn if_any(
        faults: Vec<Fault>,
        kind: Kind,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Result<(), Self> {
        if faults.is_empty() {
            return Ok(());
        }
        Err(Self { kind, reason, message: message.into(), faults, due: Vec::new() })
    }

    /// Says more in the same sentence.
    pub fn tell(&mut self, more: &str) {
        self.message.push_str(more);
        if let [only] = self.faults.as_mut_slice() {
            only.message.push_str(more);
        }
    }

    /// Says which of `duties` lead on from where the resource stands, where the command does not fit there.
    pub fn lead_on(&mut self, duties: &[Duty]) {
        if self.reason != WRONG_STATE || duties.is_empty() {
            return;
        }
        let due = |duty: &Duty| Due { action: duty.action, role: duty.role, person: duty.person.clone() };
        self.due = duties.iter().take(MOST_DUE).map(due).collect();
        let steps: Vec<_> = self.due.iter().map(Due::to_string).collect();
        self.tell(&format!("; due now: {}", steps.join(", ")));
    }

    /// The command does not fit where the resource stands.
    pub fn wrong_state(rule: &'static str, state: impl fmt::Display, command: impl fmt::Display) -> Self {
        Self::new(Kind::NotReady, rule, WRONG_STATE, "state", format!("{command} is not possible in {state}"))
    }

    /// There is no such resource.
    pub fn not_found(name: impl Into<String>) -> Self {
        let name = name.into();
        let message = format!("{name} does not exist");
        Self::new(Kind::NotFound, "", "NOT_FOUND", name, message)
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.action, self.role)?;
        self.person.as_ref().map_or(Ok(()), |person| write!(f, " {person}"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.message)?;
        for fault in &self.faults {
            write!(f, "; {} {} ({})", fault.rule, fault.reason, fault.subject)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    fn duty(action: &'static str, person: Option<&str>) -> Duty {
        let person = person.and_then(Person::parse);
        Duty { action, role: Role::Gmfta, person, since: Time::UNIX_EPOCH, missing: Vec::new() }
    }

    #[test]
    fn what_does_not_fit_where_a_resource_stands_leads_on_to_what_is_due() {
        let duties = [duty("HOLD_WORKSHOP", Some("people/gmfta")), duty("CHOOSE_CHANNEL", None)];
        let mut refusal = Refusal::wrong_state("E-4", "PREPARATION", "HoldReview");
        refusal.lead_on(&duties);
        let told = "HoldReview is not possible in PREPARATION; due now: HOLD_WORKSHOP by GMFTA people/gmfta, \
                    CHOOSE_CHANNEL by GMFTA";
        assert_eq!((refusal.message.as_str(), refusal.faults[0].message.as_str()), (told, told));
        assert_eq!(refusal.due.len(), 2);
        let many: Vec<_> = std::iter::repeat_n(duties, 9).flatten().collect();
        let mut refusal = Refusal::wrong_state("E-4", "PREPARATION", "HoldReview");
        refusal.lead_on(&many);
        assert_eq!(refusal.due.len(), MOST_DUE);
    }

    #[test]
    fn any_other_refusal_and_what_has_ended_say_what_they_said() {
        let other = Refusal::new(Kind::NotReady, "I-3", "CHANNEL_ALREADY_CHOSEN", "channel", "it is chosen");
        let ended = Refusal::wrong_state("E-4", "CANCELLED", "HoldReview");
        for (refusal, duties) in [(other, vec![duty("HOLD_WORKSHOP", None)]), (ended, vec![])] {
            let mut led = refusal.clone();
            led.lead_on(&duties);
            assert_eq!(led, refusal);
        }
    }
}

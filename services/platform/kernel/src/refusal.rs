//! Why something was not done: everything that is missing, with the rule that asks for it.

use std::fmt;

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
}

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
        Self { kind, reason, faults: vec![Fault::new(rule, reason, subject, message.clone())], message }
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
        Err(Self { kind, reason, message: message.into(), faults })
    }

    /// Says more in the same sentence.
    pub fn tell(&mut self, more: &str) {
        self.message.push_str(more);
        if let [only] = self.faults.as_mut_slice() {
            only.message.push_str(more);
        }
    }

    /// The command does not fit where the resource stands.
    pub fn wrong_state(rule: &'static str, state: impl fmt::Display, command: impl fmt::Display) -> Self {
        Self::new(
            Kind::NotReady,
            rule,
            "WRONG_STATE",
            "state",
            format!("{command} is not possible in {state}"),
        )
    }

    /// There is no such resource.
    pub fn not_found(name: impl Into<String>) -> Self {
        let name = name.into();
        let message = format!("{name} does not exist");
        Self::new(Kind::NotFound, "", "NOT_FOUND", name, message)
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

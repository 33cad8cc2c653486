//! I-21: a verdict stands on the facts that it saw. Where a criterion looks at one that has changed since, neither channel nor
//! handoff nor exit stand on it, until the customer is validated again.

use std::collections::BTreeSet;

use kernel::{DataSet, Fault, Kind, Refusal};
use serde_json::Value;

use crate::{Case, CaseEvent, Validation, items};

const REASON: &str = "VERDICT_OUTDATED";
const MESSAGE: &str = "facts have changed since the verdict; the customer is to be validated again";

impl Case {
    /// The items that a criterion of the last verdict's policy looks at and whose values are not those that the verdict saw, and
    /// the tenant of a case that was moved since; none where there is no verdict yet, and none of a case that has ended.
    #[must_use]
    pub fn outdated_items(&self) -> Vec<&str> {
        let last = self.validations.last().filter(|_| self.is_live());
        let mut outdated = last.map_or_else(Vec::new, |validation| changed(validation, &self.items));
        if last.is_some() && self.has_moved_since_the_verdict() && !outdated.contains(&"tenant") {
            outdated.push("tenant");
        }
        outdated
    }
}

/// The items that `validation` looked at and that are other than it saw them.
fn changed<'a>(validation: &'a Validation, items: &DataSet) -> Vec<&'a str> {
    let differs = |name: &&str| {
        let seen = validation.assessment.results.iter().find_map(|result| result.inputs.get(*name));
        !is_same(validation, name, seen, items.get(*name).map(|item| &item.value))
    };
    looked_at(validation).into_iter().filter(differs).collect()
}

/// An earlier release kept the inputs that it found and not the names of those that it did not find, and kept some in another
/// form.
fn looked_at(validation: &Validation) -> BTreeSet<&str> {
    let found = || validation.assessment.results.iter().flat_map(|result| result.inputs.keys());
    if validation.reads.is_empty() {
        return found().map(String::as_str).collect();
    }
    validation.reads.iter().map(String::as_str).collect()
}

fn is_same(validation: &Validation, name: &str, seen: Option<&Value>, now: Option<&Value>) -> bool {
    let given = |value: &Value| items::given(name, value);
    let now = now.and_then(given);
    now.as_ref() == seen || validation.reads.is_empty() && now == seen.and_then(given)
}

/// The event of a verdict that `learnt` outdates; none where it was outdated before.
pub(crate) fn outdating(case: &Case, learnt: &DataSet) -> Option<CaseEvent> {
    let last = case.validations.last().filter(|_| case.outdated_items().is_empty())?;
    let mut items = case.items.clone();
    items.extend(learnt.clone());
    let items: BTreeSet<_> = changed(last, &items).into_iter().map(str::to_owned).collect();
    (!items.is_empty()).then_some(CaseEvent::VerdictOutdated { items })
}

/// The faults of every step that needs a verdict on the facts of today (I-21).
pub(crate) fn outdated_faults(case: &Case) -> impl Iterator<Item = Fault> {
    case.outdated_items().into_iter().map(|item| {
        let message = format!("{item} was changed after the verdict: call ValidateCustomer again");
        Fault::new("I-21", REASON, format!("items.{item}"), message)
    })
}

/// Refuses what needs nothing but a verdict on the facts of today (I-21).
pub(crate) fn up_to_date(case: &Case) -> Result<(), Refusal> {
    Refusal::if_any(outdated_faults(case).collect(), Kind::NotReady, REASON, MESSAGE)
}

/// Refuses what lacks `faults`, first of all for a verdict that is outdated.
pub(crate) fn refuse(faults: Vec<Fault>, reason: &'static str, message: &'static str) -> Result<(), Refusal> {
    let is_outdated = faults.iter().any(|fault| fault.reason == REASON);
    let (reason, message) = if is_outdated { (REASON, MESSAGE) } else { (reason, message) };
    Refusal::if_any(faults, Kind::NotReady, reason, message)
}

//! Runs a policy over a data set: each criterion passes, fails, or cannot be answered (R-2a).

use std::collections::{BTreeMap, BTreeSet};

use cel::{Context, Value};
use kernel::{Assessment, CriterionResult, DataSet, Outcome, Verdict};

use crate::{
    Criterion, Policy,
    check::{self, Checked},
    items,
};

/// What `data` comes to under `policy`, which is named `policy_name`.
#[must_use]
pub fn assess(policy_name: &str, policy: &Policy, data: &DataSet) -> Assessment {
    let known = known(data);
    let results: Vec<_> = policy.criteria.iter().map(|criterion| result(criterion, data, &known)).collect();
    Assessment {
        verdict: verdict(&results),
        policy: policy_name.to_owned(),
        policy_version: policy.version,
        results,
    }
}

/// The items that the criteria of `policy` look at (I-21).
pub(crate) fn reads(policy: &Policy) -> BTreeSet<String> {
    let read =
        |criterion: &Criterion| check::compile(&criterion.expression).ok().map(|checked| checked.inputs);
    policy.criteria.iter().filter_map(read).flatten().map(str::to_owned).collect()
}

/// One failure decides, then one unknown; only what is required counts (I-2).
fn verdict(results: &[CriterionResult]) -> Verdict {
    let any = |outcome| results.iter().any(|result| result.required && result.outcome == outcome);
    if any(Outcome::Fail) {
        Verdict::NotQualified
    } else if any(Outcome::Unknown) {
        Verdict::Undetermined
    } else {
        Verdict::Qualified
    }
}

/// The items that can answer, bound by name; what is missing or unknown stays undeclared.
fn known(data: &DataSet) -> Context<'static, 'static> {
    let mut context = Context::default();
    for (name, kind) in items::ITEMS {
        let given = data.get(*name).and_then(|item| items::given(name, &item.value));
        if let Some(value) = given.and_then(|value| items::bind(*kind, &value)) {
            context.add_variable_from_value(*name, value);
        }
    }
    context
}

fn result(criterion: &Criterion, data: &DataSet, known: &Context) -> CriterionResult {
    let checked = check::compile(&criterion.expression).ok();
    let read = checked.iter().flat_map(|checked| &checked.inputs);
    let inputs: BTreeMap<_, _> = read
        .filter_map(|name| Some(((*name).to_owned(), items::given(name, &data.get(*name)?.value)?)))
        .collect();
    CriterionResult {
        criterion: criterion.id.clone(),
        title: criterion.title.clone(),
        title_zh: criterion.title_zh.clone(),
        required: criterion.required,
        outcome: checked.map_or(Outcome::Unknown, |checked| outcome(&checked, known)),
        inputs,
    }
}

/// CEL's `||` and `&&` absorb an error the other side makes irrelevant, which is how one known fact can be enough.
fn outcome(checked: &Checked, known: &Context) -> Outcome {
    match Value::resolve(&checked.expression, known) {
        Ok(Value::Bool(true)) => Outcome::Pass,
        Ok(Value::Bool(false)) => Outcome::Fail,
        _ => Outcome::Unknown,
    }
}

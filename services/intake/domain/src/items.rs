//! The data set's items as a policy's expressions see them: their names, their types, their values.

use std::{collections::HashMap, sync::Arc};

use cel::Value;
use serde_json::{Map, Value as Json};

/// What an expression may expect of an item or of a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Bool,
    Int,
    Text,
    /// One of these names; an intent's UNKNOWN is no answer and therefore no value.
    Choice(&'static [&'static str]),
    Object(&'static [(&'static str, Type)]),
    List(&'static Type),
}

const INTENT: Type = Type::Choice(&["YES", "NO"]);
const PLAN: Type = Type::Choice(&[
    "WINDOWS_10_E3",
    "WINDOWS_10_E5",
    "ENTERPRISE_SA",
    "EDUCATION_A3",
    "EDUCATION_A5",
    "OTHER",
]);
const TOOL: Type = Type::Choice(&["CONFIGURATION_MANAGER", "INTUNE", "OTHER", "NONE"]);
const CONTACT: Type = Type::Object(&[("full_name", Type::Text), ("email", Type::Text)]);
const OS_MIX: Type = Type::Object(&[
    ("windows_7", Type::Int),
    ("windows_8_1", Type::Int),
    ("windows_10", Type::Int),
    ("other", Type::Int),
]);
const DEVICE_MANAGEMENT: Type =
    Type::Object(&[("tool", TOOL), ("branch_version", Type::Int), ("ready_to_upgrade", Type::Bool)]);
const OUTLOOK: Type =
    Type::Object(&[("plan", Type::Text), ("target_date", Type::Text), ("business_reason", Type::Text)]);

/// Every item of the data set, in the order of the contract.
pub(crate) const ITEMS: &[(&str, Type)] = &[
    ("tenant", Type::Text),
    ("plan", PLAN),
    ("licence_count", Type::Int),
    ("windows_10_enterprise_intent", INTENT),
    ("office_365_proplus_intent", INTENT),
    ("intune_intent", INTENT),
    ("device_count", Type::Int),
    ("source_os_mix", OS_MIX),
    ("device_management", DEVICE_MANAGEMENT),
    ("work_in_flight", Type::Text),
    ("deployment_plan", OUTLOOK),
    ("success_owner", CONTACT),
    ("account_team_contacts", Type::List(&CONTACT)),
    ("delivery_partner", Type::Text),
    ("language", Type::Text),
];

/// The item of that name.
pub(crate) fn lookup(name: &str) -> Option<(&'static str, Type)> {
    ITEMS.iter().find(|(item, _)| *item == name).copied()
}

/// Stands in numbers of which a 0 was told; without it a 0 may be what an earlier release kept for one that was left out.
const TOLD: &str = "told";

/// An item's value without what nobody gave of it; `None` where nothing is left.
pub(crate) fn given(item: &str, value: &Json) -> Option<Json> {
    let mut value = value.clone();
    if item == "source_os_mix"
        && let Some(counts) = value.as_object_mut()
        && counts.remove(TOLD).is_none()
    {
        counts.retain(|_, count| *count != 0);
    }
    said(&value)
}

/// What is kept as an empty text or an empty list was not given.
fn said(value: &Json) -> Option<Json> {
    match value {
        Json::Null => None,
        Json::String(text) => (!kernel::is_blank(text)).then(|| value.clone()),
        Json::Array(elements) => {
            let elements: Vec<_> = elements.iter().filter_map(said).collect();
            (!elements.is_empty()).then_some(Json::Array(elements))
        }
        Json::Object(fields) => {
            let said = |(name, value): (&String, &Json)| Some((name.clone(), said(value)?));
            let fields: Map<_, _> = fields.iter().filter_map(said).collect();
            (!fields.is_empty()).then_some(Json::Object(fields))
        }
        Json::Bool(_) | Json::Number(_) => Some(value.clone()),
    }
}

/// A value that was [`given`] as an expression reads it; `None` when it is not of its type, and so cannot answer.
pub(crate) fn bind(kind: Type, value: &Json) -> Option<Value> {
    match kind {
        Type::Bool => value.as_bool().map(Value::Bool),
        Type::Int => value.as_i64().map(Value::Int),
        Type::Text => value.as_str().map(Value::from),
        Type::Choice(names) => value.as_str().filter(|name| names.contains(name)).map(Value::from),
        Type::Object(fields) => {
            let object = value.as_object()?;
            let bound =
                |(name, kind): &(&str, Type)| Some(((*name).to_owned(), bind(*kind, object.get(*name)?)?));
            Some(Value::from(fields.iter().filter_map(bound).collect::<HashMap<String, Value>>()))
        }
        Type::List(element) => {
            let elements: Option<Vec<_>> = value.as_array()?.iter().map(|v| bind(*element, v)).collect();
            elements.map(|elements| Value::List(Arc::new(elements)))
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{DataSet, Item, Moment, Outcome, Person, Role, Stamp, Time};
    use serde_json::json;

    use super::*;
    use crate::{Criterion, Policy, assess};

    /// Every value that an expression can read: where it stands, and its type.
    fn leaves(path: &str, kind: Type) -> Vec<(String, Type)> {
        match kind {
            Type::Object(fields) => {
                fields.iter().flat_map(|(name, kind)| leaves(&format!("{path}.{name}"), *kind)).collect()
            }
            _ => vec![(path.to_owned(), kind)],
        }
    }

    fn every_leaf() -> Vec<(String, Type)> {
        ITEMS.iter().flat_map(|(name, kind)| leaves(name, *kind)).collect()
    }

    /// A value of the type, as it is kept.
    fn some(kind: Type) -> Json {
        match kind {
            Type::Bool => json!(false),
            Type::Int => json!(1),
            Type::Text => json!("said"),
            Type::Choice(names) => json!(names[0]),
            Type::Object(fields) => {
                fields.iter().map(|(name, kind)| ((*name).to_owned(), some(*kind))).collect()
            }
            Type::List(of) => json!([some(*of)]),
        }
    }

    /// What is kept where nobody gave a value: by this release, by earlier ones, or by none.
    fn nothing(path: &str, kind: Type) -> Vec<Json> {
        let kept = match kind {
            Type::Text => vec![json!(""), json!(" "), json!("\u{200b}\u{2060}")],
            Type::Choice(_) => vec![json!(""), json!("UNKNOWN"), json!("UNSPECIFIED")],
            Type::List(_) => vec![json!([])],
            Type::Int if path.starts_with("source_os_mix") => vec![json!(0)],
            _ => Vec::new(),
        };
        [Json::Null].into_iter().chain(kept).collect()
    }

    /// Holds of whatever is known.
    fn tautology(path: &str, kind: Type) -> String {
        match kind {
            Type::Bool => format!("{path} || !{path}"),
            Type::Int => format!("{path} <= 0 || {path} > 0"),
            Type::Text => format!(r#"{path} <= "2020-01-14" || {path} > "2020-01-14""#),
            Type::Choice(names) => format!(r#"{path} == "{0}" || {path} != "{0}""#, names[0]),
            Type::List(_) => format!("size({path}) <= 1 || size({path}) > 1"),
            Type::Object(_) => unreachable!("an object is no leaf"),
        }
    }

    fn outcome(expression: &str, item: &str, value: Json) -> (Outcome, Option<Json>) {
        let (source, title) = ("account team".to_owned(), String::new());
        let data = DataSet::from([(item.to_owned(), Item { value, source, learnt: Moment::EARLIEST })]);
        let (id, title_zh, expression) = (title.clone(), title.clone(), expression.to_owned());
        let criteria = vec![Criterion { id, title, title_zh, required: true, expression }];
        let nobody = Stamp { person: Person::service("intake"), role: Role::Service, time: Time::UNIX_EPOCH };
        let policy = Policy { version: 1, criteria, description: String::new(), published: nobody };
        let mut result = assess("policies/x", &policy, &data).results.remove(0);
        (result.outcome, result.inputs.remove(item))
    }

    /// An earlier release kept 0 for a number that was left out.
    #[test]
    fn a_number_of_devices_is_0_where_that_was_told() {
        let told = json!({"windows_7": 0, TOLD: true});
        let (known, inputs) = outcome("source_os_mix.windows_7 == 0", "source_os_mix", told);
        assert_eq!((known, inputs), (Outcome::Pass, Some(json!({"windows_7": 0}))));
    }

    /// A value of the whole item, with `value` where `path` leads.
    fn with(path: &str, value: &Json) -> (String, Json) {
        let (item, field) = path.split_once('.').map_or((path, None), |(item, field)| (item, Some(field)));
        let (_, kind) = lookup(item).expect("an item");
        let Some(field) = field else { return (item.to_owned(), value.clone()) };
        let mut whole = some(kind);
        whole[field] = value.clone();
        (item.to_owned(), whole)
    }

    /// I-2: no default value is ever an answer.
    #[test]
    fn whatever_is_left_out_of_an_item_is_unknown_and_whatever_is_given_is_known() {
        let leaves = every_leaf();
        assert!(leaves.len() > ITEMS.len(), "{leaves:?}");
        for (path, kind) in leaves {
            let expression = tautology(&path, kind);
            let (item, whole) = with(&path, &some(kind));
            assert_eq!(outcome(&expression, &item, whole.clone()), (Outcome::Pass, Some(whole)), "{path}");
            for nothing in nothing(&path, kind) {
                let (item, whole) = with(&path, &nothing);
                let (outcome, inputs) = outcome(&expression, &item, whole);
                assert_eq!(outcome, Outcome::Unknown, "{path} is {nothing}");
                let field = path.split_once('.').map(|(_, field)| field);
                let seen = inputs
                    .and_then(|seen| field.map_or(Some(seen.clone()), |field| seen.get(field).cloned()));
                let is_said = nothing.as_str().is_some_and(|text| !kernel::is_blank(text));
                assert_eq!(seen.is_some(), is_said, "{path} is {nothing}, and was seen as {seen:?}");
            }
        }
    }

    /// P-3: the same data that the Gateway collects.
    #[test]
    fn every_item_but_the_delivery_partner_is_required() {
        let all: Vec<_> = ITEMS.iter().map(|(name, _)| *name).filter(|n| *n != "delivery_partner").collect();
        assert_eq!(all, kernel::REQUIRED_ITEMS);
    }
}

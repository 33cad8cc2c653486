//! The data set's items as a policy's expressions see them: their names, their types, their values.

use std::{collections::HashMap, sync::Arc};

use cel::Value;

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

/// The value as an expression reads it; `None` when it is not of its type, and so cannot answer.
pub(crate) fn bind(kind: Type, value: &serde_json::Value) -> Option<Value> {
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
    use super::*;

    /// P-3: the same data that the Gateway collects.
    #[test]
    fn every_item_but_the_delivery_partner_is_required() {
        let all: Vec<_> = ITEMS.iter().map(|(name, _)| *name).filter(|n| *n != "delivery_partner").collect();
        assert_eq!(all, kernel::REQUIRED_ITEMS);
    }
}

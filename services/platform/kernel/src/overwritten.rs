//! What a change wrote over and kept nowhere: the tests of I-23 ask it of every command in every state.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

/// The paths of values that stood in `before`, do not stand in `after`, and are not among what `after.superseded` has gained;
/// places in a list are not told, and a value that only became known is none of them.
///
/// # Panics
/// If a state is no JSON, as none is that a row can hold.
#[must_use]
pub fn overwritten<S: Serialize>(before: &S, after: &S) -> BTreeSet<String> {
    let [before, after] = [before, after].map(|state| serde_json::to_value(state).unwrap_or_default());
    assert!(before.is_object() && after.is_object(), "a state is an object");
    let (gained, mut kept) = (Value::Array(gained(&before, &after)), Vec::new());
    leaves(&gained, &mut kept);
    let mut lost = BTreeSet::new();
    compare("", &before, Some(&after), &kept, &mut lost);
    lost
}

fn gained(before: &Value, after: &Value) -> Vec<Value> {
    let list = |state: &Value| state["superseded"].as_array().cloned().unwrap_or_default();
    list(after).split_off(list(before).len())
}

fn leaves<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) => members.values().for_each(|member| leaves(member, found)),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        leaf => found.push(leaf),
    }
}

fn compare(path: &str, before: &Value, after: Option<&Value>, kept: &[&Value], lost: &mut BTreeSet<String>) {
    match before {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&path, member, after.and_then(|after| after.get(name)), kept, lost);
            }
        }
        Value::Array(items) => {
            // What has only moved up or down in a list is there still.
            let stays =
                |item: &Value| after.and_then(Value::as_array).is_some_and(|after| after.contains(item));
            for (at, item) in items.iter().enumerate().filter(|(_, item)| !stays(item)) {
                compare(&format!("{path}[]"), item, after.and_then(|after| after.get(at)), kept, lost);
            }
        }
        Value::Null | Value::Bool(false) => {}
        leaf if Some(leaf) == after || kept.contains(&leaf) => {}
        _ => drop(lost.insert(path.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_over_and_kept_nowhere_is_found() {
        let before = json!({ "channel": "CSS", "six": ["fm", "fe"], "asked": { "by": "a", "on": 1 }, "superseded": [] });
        let mut after = before.clone();
        assert!(overwritten(&before, &after).is_empty());
        after["channel"] = json!("FRP");
        after["six"] = json!(["fay", "fe", "sme"]);
        after["asked"] = json!(null);
        let lost = overwritten(&before, &after);
        assert_eq!(lost.iter().collect::<Vec<_>>(), ["asked.by", "asked.on", "channel", "six[]"]);
        after["superseded"] = json!([{ "was": { "Channel": "CSS" } }, { "was": { "seat": "fm" } }]);
        assert_eq!(overwritten(&before, &after).iter().collect::<Vec<_>>(), ["asked.by", "asked.on"]);
    }

    #[test]
    fn what_only_became_known_is_none_of_it_and_neither_is_what_was_kept_before() {
        let before =
            json!({ "answer": null, "list": [], "superseded": [{ "was": "CSS" }], "channel": "CSS" });
        let mut after =
            json!({ "answer": "yes", "list": [1], "superseded": [{ "was": "CSS" }], "channel": "CSS" });
        assert!(overwritten(&before, &after).is_empty());
        after["channel"] = json!("FRP");
        assert_eq!(overwritten(&before, &after).into_iter().collect::<Vec<_>>(), ["channel"]);
    }
}

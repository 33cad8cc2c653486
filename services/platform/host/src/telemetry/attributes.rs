//! `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` describe the process: pairs of which both halves are percent-encoded.

use opentelemetry::KeyValue;
use opentelemetry_semantic_conventions::attribute::SERVICE_NAME;
use percent_encoding::percent_decode_str;

const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";

/// The attributes in the variables; `OTEL_SERVICE_NAME` wins over a `service.name` among the attributes.
pub(super) fn told(look: impl Fn(&str) -> Option<String>) -> Vec<KeyValue> {
    let name = look("OTEL_SERVICE_NAME").map(|name| KeyValue::new(SERVICE_NAME, name));
    let told = look(ATTRIBUTES).and_then(|text| pairs(&text).ok()).unwrap_or_default();
    told.into_iter().chain(name).collect()
}

/// The pairs in a text; where one does not read, none counts, as the standard has it.
pub(super) fn pairs(text: &str) -> Result<Vec<KeyValue>, String> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| pair(entry).ok_or_else(|| format!("{entry:?} is not KEY=VALUE, percent-encoded")))
        .collect()
}

fn pair(entry: &str) -> Option<KeyValue> {
    let (key, value) = entry.split_once('=')?;
    let (key, value) = (decoded(key.trim())?, decoded(value.trim())?);
    (!key.is_empty()).then(|| KeyValue::new(key, value))
}

fn decoded(text: &str) -> Option<String> {
    let mut escapes = text.split('%').skip(1);
    let is_whole = |escape: &str| escape.len() >= 2 && escape.bytes().take(2).all(|c| c.is_ascii_hexdigit());
    escapes.all(is_whole).then(|| percent_decode_str(text).decode_utf8().ok())?.map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_a_pair_are_decoded() {
        let told = pairs("deployment.environment.name=prod%20eu, a%2Cb = c%3Dd%25 ,,x=").expect("they read");
        let told: Vec<_> =
            told.iter().map(|one| (one.key.as_str(), one.value.as_str().into_owned())).collect();
        let expected = [("deployment.environment.name", "prod eu"), ("a,b", "c=d%"), ("x", "")];
        assert_eq!(told, expected.map(|(key, value)| (key, value.to_owned())));
    }

    #[test]
    fn where_one_pair_does_not_read_none_counts() {
        for bad in ["a=b,c", "=b", "a=%", "a=%2", "a=%zz", "a=%ff", "%e9=b"] {
            assert!(pairs(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_of_its_own_counts_before_one_among_others() {
        let look = |name: &str| match name {
            "OTEL_SERVICE_NAME" => Some("intake%20a".to_owned()),
            _ => Some("service.name=other,x=y".to_owned()),
        };
        let told = told(look);
        let last = told.iter().rev().find(|one| one.key.as_str() == SERVICE_NAME).expect("a name");
        assert_eq!(last.value.as_str(), "intake%20a", "it is no pair, and is taken as it stands");
    }
}

//! A look at JSON before it is read as a message: how deep it is, how much is in it, and whether it says anything twice. What reads
//! it afterwards takes the last of several values of a field without a word.

use std::{cell::Cell, collections::HashSet, fmt};

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer as Json;

/// Objects and lists within each other.
pub const DEPTH: usize = 100;
/// Values of one message: each may take a kibibyte while it is read.
pub const VALUES: usize = 100_000;

/// Why JSON is not read.
#[derive(Debug)]
pub(super) enum Flaw {
    /// There are too many values in it.
    TooMuch,
    /// It is no JSON, is too deep, or says something twice.
    Malformed(serde_json::Error),
}

/// Looks at `text`, which is to be a message of this type.
pub(super) fn scan(kind: &MessageDescriptor, text: &[u8]) -> Result<(), Flaw> {
    let left = Cell::new(VALUES);
    let mut json = Json::from_slice(text);
    let scanned = Scan { kind: Some(kind.clone()), depth: 0, left: &left }.deserialize(&mut json);
    let whole = scanned.and_then(|()| json.end());
    whole.map_err(|error| if left.get() == 0 { Flaw::TooMuch } else { Flaw::Malformed(error) })
}

/// A value that is looked at.
struct Scan<'a> {
    /// The type of the message that it is, or of those in a list.
    kind: Option<MessageDescriptor>,
    depth: usize,
    left: &'a Cell<usize>,
}

/// A key of an object. The two names of a field are one.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Field(u32),
    Name(String),
}

impl Scan<'_> {
    fn within<E: Error>(&self, kind: Option<MessageDescriptor>) -> Result<Self, E> {
        if self.depth >= DEPTH {
            return Err(E::custom(format!("more than {DEPTH} levels")));
        }
        Ok(Self { kind, depth: self.depth + 1, left: self.left })
    }

    fn field(&self, name: &str) -> Option<FieldDescriptor> {
        let kind = self.kind.as_ref()?;
        kind.get_field_by_json_name(name).or_else(|| kind.get_field_by_name(name))
    }
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let left = self.left.get().checked_sub(1).filter(|left| *left > 0);
        self.left.set(left.unwrap_or_default());
        left.ok_or_else(|| D::Error::custom("too many values"))?;
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self.within(self.kind.clone())?)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut said = HashSet::new();
        while let Some(name) = object.next_key::<String>()? {
            let field = self.field(&name);
            let key =
                field.as_ref().map_or_else(|| Key::Name(name.clone()), |field| Key::Field(field.number()));
            if !said.insert(key) {
                return Err(A::Error::custom(format!("'{name}' is said twice")));
            }
            object.next_value_seed(self.within(field.as_ref().and_then(message))?)?;
        }
        Ok(())
    }
}

/// The type of the messages in a field.
fn message(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(kind) if !field.is_map() => Some(kind),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::methods::POOL;

    fn of(text: &str) -> Result<(), Flaw> {
        let kind = POOL.get_message_by_name("getmodern.intake.v1.OpenCaseRequest").expect("a type");
        scan(&kind, text.as_bytes())
    }

    fn malformed(text: &str) -> String {
        match of(text) {
            Err(Flaw::Malformed(error)) => error.to_string(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn nothing_is_said_twice_in_whichever_name() {
        assert!(of(r#"{"requestId": "a", "customer": "a", "x": {"a": 1, "b": 1}, "y": {"a": 1}}"#).is_ok());
        for twice in [
            r#"{"customer": "a", "customer": "a"}"#,
            r#"{"requestId": "a", "request_id": "b"}"#,
            r#"{"x": [{"a": 1, "\u0061": 2}]}"#,
        ] {
            assert!(malformed(twice).contains("said twice"), "{twice}");
        }
        assert!(malformed("{} {}").contains("trailing"));
    }

    #[test]
    fn a_hundred_levels_of_json_are_looked_at_and_one_more_is_not() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(of(&deep(DEPTH)).is_ok());
        assert!(malformed(&deep(DEPTH + 1)).contains("levels"));
        assert!(malformed(&deep(100_000)).contains("levels"));
    }

    #[test]
    fn so_many_values_are_looked_at_and_one_more_is_not() {
        let many = |values: usize| format!("[{}]", vec!["0"; values - 1].join(","));
        assert!(of(&many(VALUES - 1)).is_ok());
        assert!(matches!(of(&many(VALUES)), Err(Flaw::TooMuch)));
    }
}

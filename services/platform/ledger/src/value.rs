//! Values going into a statement, alike for every engine.

use kernel::{Id, Time};
use serde_json::Value as Json;

use crate::Document;

/// A value bound to a statement. It keeps its type when it is absent, because PostgreSQL asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Int(Option<i64>),
    /// Text.
    Text(Option<String>),
    /// An identity.
    Id(Option<Id>),
    /// A moment.
    Time(Option<Time>),
    /// A document.
    Json(Document),
    /// Raw bytes.
    Bytes(Vec<u8>),
}

macro_rules! optional_values {
    ($($variant:ident($type:ty);)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(Some(value))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}

optional_values! {
    Int(i64);
    Text(String);
    Id(Id);
    Time(Time);
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

impl From<Document> for Value {
    fn from(value: Document) -> Self {
        Self::Json(value)
    }
}

impl From<Json> for Value {
    fn from(value: Json) -> Self {
        // No tree has a key that is no text, which is all that could not be written.
        Self::Json(Document::of(&value).unwrap_or_default())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

//! Values going into a statement and columns coming out of a row, alike for every engine.

use kernel::{Id, Time};
use serde_json::Value as Json;
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::Trouble;

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
    Json(Json),
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

impl From<Json> for Value {
    fn from(value: Json) -> Self {
        Self::Json(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

/// One row of an answer.
#[derive(Debug)]
pub struct Row(pub(crate) SqliteRow);

impl Row {
    /// The column at `index`, counted from 0.
    pub fn get<C: Column>(&self, index: usize) -> Result<C, Trouble> {
        C::read(&self.0, index)
    }
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads it.
    fn read(row: &SqliteRow, index: usize) -> Result<Self, Trouble>;
}

macro_rules! native_columns {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn read(row: &SqliteRow, index: usize) -> Result<Self, Trouble> {
                Ok(row.try_get(index)?)
            }
        }
    )*};
}

native_columns!(i64, String, Vec<u8>, Option<i64>, Option<String>, Option<Vec<u8>>);

impl Column for Id {
    fn read(row: &SqliteRow, index: usize) -> Result<Self, Trouble> {
        let text: String = row.try_get(index)?;
        text.parse().map_err(Trouble::unreadable)
    }
}

impl Column for Time {
    fn read(row: &SqliteRow, index: usize) -> Result<Self, Trouble> {
        Self::from_microsecond(row.try_get(index)?).map_err(Trouble::unreadable)
    }
}

impl Column for Json {
    fn read(row: &SqliteRow, index: usize) -> Result<Self, Trouble> {
        let text: String = row.try_get(index)?;
        serde_json::from_str(&text).map_err(Trouble::unreadable)
    }
}

impl Column for Option<Json> {
    fn read(row: &SqliteRow, index: usize) -> Result<Self, Trouble> {
        let text: Option<String> = row.try_get(index)?;
        text.map(|text| serde_json::from_str(&text).map_err(Trouble::unreadable)).transpose()
    }
}

impl Column for Option<Time> {
    fn read(row: &SqliteRow, index: usize) -> Result<Self, Trouble> {
        let micros: Option<i64> = row.try_get(index)?;
        micros.map(|micros| Time::from_microsecond(micros).map_err(Trouble::unreadable)).transpose()
    }
}

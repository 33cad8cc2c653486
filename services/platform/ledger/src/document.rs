//! Documents, written and read in one go: a tree of what is in them would cost more than all else that is done with them.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::{RawValue, to_raw_value};

use crate::{Row, Trouble, row::Cell, row::Of};

/// A document as it is written. Two are equal that are written alike.
#[derive(Debug, Clone, Default)]
pub struct Document(Box<RawValue>);

impl Document {
    /// The document of something.
    pub fn of(what: &impl Serialize) -> Result<Self, Trouble> {
        to_raw_value(what).map(Self).map_err(Trouble::new)
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.get()
    }

    pub(crate) fn raw(&self) -> &RawValue {
        &self.0
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

/// What a column with a document says.
pub(crate) struct Said<S>(pub(crate) S);

impl<S: DeserializeOwned> Cell for Said<S> {
    fn read(row: &Row, index: usize) -> Result<Option<Self>, Trouble> {
        let said = match &row.0 {
            Of::Sqlite(row) => sqlx::Row::try_get::<Option<sqlx::types::Json<S>>, _>(row, index),
            Of::Postgres(row) => sqlx::Row::try_get::<Option<sqlx::types::Json<S>>, _>(row, index),
        };
        said.map(|said| said.map(|said| Self(said.0))).map_err(Trouble::unreadable)
    }
}

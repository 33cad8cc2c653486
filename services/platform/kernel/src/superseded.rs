//! What was recorded, and then replaced by something else: it stays readable, with who replaced it, when and why (I-23).

use serde::{Deserialize, Serialize};

use crate::Stamp;

/// Something that stood until somebody replaced it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superseded<W> {
    /// What stood.
    pub was: W,
    /// Why it was replaced.
    pub cause: String,
    /// Who replaced it and when.
    pub stamp: Stamp,
}

impl<W> Superseded<W> {
    /// `was`, replaced because of `cause`.
    #[must_use]
    pub fn new(was: W, cause: &str, stamp: &Stamp) -> Self {
        Self { was, cause: cause.to_owned(), stamp: stamp.clone() }
    }
}

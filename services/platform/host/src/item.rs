//! An item of a list in a setting: read at once, refused when the process starts.

use std::{convert::Infallible, fmt::Display, str::FromStr};

/// One item, or nothing where the list has none between two commas.
///
/// What does not read as one is kept until [`Item::check`]: the command line would repeat it, password and all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<T>(Result<Option<T>, String>);

impl<T: FromStr<Err: Display>> FromStr for Item<T> {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        match text.trim() {
            "" => Ok(Self(Ok(None))),
            text => Ok(Self(text.parse().map(Some).map_err(|error: T::Err| error.to_string()))),
        }
    }
}

impl<T> Item<T> {
    /// Refuses the first item of what `option` was told that did not read.
    pub(crate) fn check(items: &[Self], option: &str) -> Result<(), String> {
        let refused = items.iter().find_map(|item| item.0.as_ref().err());
        refused.map_or(Ok(()), |why| Err(format!("{option} {why}")))
    }

    /// The items that did.
    pub(crate) fn read(items: &[Self]) -> impl Iterator<Item = &T> {
        items.iter().filter_map(|item| item.0.as_ref().ok()?.as_ref())
    }
}

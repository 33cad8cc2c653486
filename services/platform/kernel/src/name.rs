//! Resource names: a collection and an identity, `cases/0192f0c1-…`.

use crate::Id;

/// The name of a resource.
#[must_use]
pub fn of(collection: &str, id: Id) -> String {
    format!("{collection}/{id}")
}

/// The collections of the three services.
const COLLECTIONS: [&str; 6] = ["cases", "engagements", "files", "notes", "policies", "tasks"];

/// Whether resources are in a collection of this name, in whichever service.
#[must_use]
pub fn is_collection(collection: &str) -> bool {
    COLLECTIONS.contains(&collection)
}

/// The identity in `name`, when it is of `collection` and in the one form [`of`] gives.
#[must_use]
pub fn parse(collection: &str, name: &str) -> Option<Id> {
    let text = name.strip_prefix(collection)?.strip_prefix('/')?;
    let id = Id::try_parse(text).ok()?;
    (of(collection, id) == name).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_form() {
        let name = "cases/0192f0c1-0000-7000-8000-00000000002a";
        assert_eq!(parse("cases", name).map(|id| of("cases", id)).as_deref(), Some(name));
        for bad in [
            "cases/0192F0C1-0000-7000-8000-00000000002A",
            "cases/0192f0c10000700080000000000000002a",
            "tasks/0192f0c1-0000-7000-8000-00000000002a",
            "cases/",
            "cases",
            "",
        ] {
            assert_eq!(parse("cases", bad), None, "{bad}");
        }
    }
}

//! Texts about people: how a domain says where they stand.

/// Whether `names`, joined by dots, are the last of the members on `way` to a text; `*` is any one.
#[must_use]
pub fn leads(names: &str, way: &[&str]) -> bool {
    let mut way = way.iter().rev();
    names.rsplit('.').all(|name| way.next().is_some_and(|found| name == "*" || name == *found))
}

#[test]
fn names_lead_to_what_they_end_in() {
    let way = ["Met", "people", "name"];
    for names in ["name", "people.name", "*.name", "Met.*.name", "*"] {
        assert!(leads(names, &way), "{names}");
    }
    for names in ["people", "Met.name", "a.Met.people.name", "me", ""] {
        assert!(!leads(names, &way), "{names}");
    }
}

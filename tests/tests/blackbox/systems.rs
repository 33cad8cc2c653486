//! The systems that ask: the product's own, one that may read, one that may call a single method, and one that nobody has
//! granted anything.

use host::{Grant, Item};

use crate::{
    catalogue::{Method, ROLES},
    hostile::LIST,
};

pub(crate) const SYSTEMS: [&str; 6] = [
    "services/intake",
    "services/engagement",
    "services/tasks",
    "services/crm",
    "services/sync",
    "services/erp",
];

/// What a process is told about them.
pub(crate) fn grants() -> Vec<Item<Grant>> {
    let grants = ["crm=READ".to_owned(), format!("sync={}", LIST.trim_start_matches('/'))];
    grants.iter().map(|grant| grant.parse().expect("an item")).collect()
}

impl Method {
    /// People may call it in every role.
    pub(crate) fn is_everybodys(&self) -> bool {
        self.roles.len() == ROLES.len()
    }

    /// It is for this caller: a role of people, or one of the systems.
    pub(crate) fn admits(&self, caller: &str) -> bool {
        match caller {
            "services/crm" => self.is_everybodys(),
            "services/sync" => self.path() == LIST,
            caller => self.services.iter().chain(&self.roles).any(|admitted| admitted == caller),
        }
    }

    /// Why it is not.
    pub(crate) fn refusal(&self, caller: &str) -> &'static str {
        let grantable = self.is_everybodys() || self.roles.is_empty();
        if caller.starts_with("services/") && grantable { "NOT_GRANTED" } else { "WRONG_ROLE" }
    }
}

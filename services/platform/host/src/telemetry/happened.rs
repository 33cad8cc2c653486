//! What a commit did, counted once it is known to stand.

use kernel::Erasure;
use ledger::{Change, Commit, Left, Table, Trouble};

use super::metrics;

/// What a commit does to one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Happened {
    resource: &'static str,
    kinds: Vec<String>,
    left: Option<Left>,
}

impl Happened {
    /// Adds a change to `commit`.
    pub(crate) fn write<T: Table>(
        change: &Change<T>,
        request_id: &str,
        commit: &mut Commit,
    ) -> Result<Self, Trouble> {
        let kinds = change.write(request_id, commit)?;
        Ok(Self { resource: resource_type(T::COLLECTION), kinds, left: change.left() })
    }

    /// Texts about people were erased from a resource of `collection`.
    pub(crate) fn erased(collection: &'static str) -> Self {
        let kinds = vec![Erasure::KIND.to_owned()];
        Self { resource: resource_type(collection), kinds, left: None }
    }

    /// Counts it: the commit stands.
    pub(crate) fn tell(&self, service: &'static str) {
        for kind in &self.kinds {
            metrics::transition(service, self.resource, kind);
        }
        if let Some(left) = &self.left {
            let took = left.left.duration_since(left.entered).as_secs_f64();
            // A clock that was set back makes no stay shorter than none.
            metrics::left(service, self.resource, left.stage, took.max(0.0));
        }
    }
}

/// One of a collection, in a word.
pub(crate) fn resource_type(collection: &'static str) -> &'static str {
    match collection {
        "policies" => "policy",
        collection => collection.strip_suffix('s').unwrap_or(collection),
    }
}

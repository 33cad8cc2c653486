//! How one kind of resource is kept: its table, and what is derived from its state whenever it changes.

use kernel::{Decider, Duty, Id, Refusal, Stamp};

use crate::{Statement, Value};

/// How one kind of resource is kept.
///
/// Its table has the columns `id`, `version`, `state`, `create_time` and `update_time`, and those of [`Table::COLUMNS`].
pub trait Table: Decider + Sized + Send + Sync + 'static {
    /// The collection in its resource names, and its table.
    const COLLECTION: &'static str;
    /// The columns that lists filter by, derived from the state.
    const COLUMNS: &'static [&'static str];

    /// The values of [`Table::COLUMNS`], in their order.
    fn columns(state: &Self::State) -> Vec<Value>;

    /// The resource this one belongs to, whose timeline it is part of.
    fn parent(_state: &Self::State) -> Option<String> {
        None
    }

    /// What it waits for, and on whom.
    fn duties(_state: &Self::State) -> Vec<Duty> {
        Vec::new()
    }

    /// Rows beside its own that follow from `event`: roster, stage visits and the like.
    fn rows(_id: Id, _event: &Self::Event, _stamp: &Stamp) -> Vec<Statement> {
        Vec::new()
    }

    /// The refusal that a violated constraint means, by its columns: `cases.live_tenant`.
    fn conflict(_constraint: &str) -> Option<Refusal> {
        None
    }
}

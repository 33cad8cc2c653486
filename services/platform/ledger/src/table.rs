//! How one kind of resource is kept: its table, and what is derived from its state whenever it changes.

use kernel::{Decider, Duty, Id, Refusal, Stamp, Time, Viewers};

use crate::{Beside, Side, Statement, Value};

/// What a resource of the table is.
pub type State<T> = <<T as Table>::Domain as Decider>::State;
/// What may be wished of it.
pub type Command<T> = <<T as Table>::Domain as Decider>::Command;
/// What may happen to it.
pub type Event<T> = <<T as Table>::Domain as Decider>::Event;

/// How one kind of resource is kept.
///
/// Its table has the columns `id`, `version`, `state`, `create_time` and `update_time`, and those of [`Table::COLUMNS`].
pub trait Table: Sized + Send + Sync + 'static {
    /// Decides what happens to it.
    type Domain: Decider;
    /// The collection in its resource names, and its table.
    const COLLECTION: &'static str;
    /// The columns that lists filter by, derived from the state.
    const COLUMNS: &'static [&'static str];

    /// The values of [`Table::COLUMNS`], in their order.
    fn columns(state: &State<Self>) -> Vec<Value>;

    /// The resource this one belongs to, whose timeline it is part of.
    fn parent(_state: &State<Self>) -> Option<String> {
        None
    }

    /// The stage it stands in, by its name on the wire without the prefix; none for what has no stages.
    fn stage(_state: &State<Self>) -> Option<&'static str> {
        None
    }

    /// Since when it stands in that stage; none where that is not kept.
    fn stage_since(_state: &State<Self>) -> Option<Time> {
        None
    }

    /// What it waits for, and on whom.
    fn duties(_state: &State<Self>) -> Vec<Duty> {
        Vec::new()
    }

    /// The collection that those who see it are kept under, which is its own unless others are seen with it.
    const SEEN_AS: &'static str = Self::COLLECTION;

    /// The column with the name of a resource that is kept here, with which it is seen; none where its own state tells who
    /// sees it.
    const SEEN_WITH: Option<&'static str> = None;

    /// Who sees it; beside the roles that see all of its kind nobody, unless it says so (I-18).
    fn viewers(_state: &State<Self>) -> Viewers<'_> {
        Viewers::nobody()
    }

    /// Rows beside its own that follow from `event`: roster, stage visits and the like.
    fn rows(_id: Id, _event: &Event<Self>, _stamp: &Stamp) -> Vec<Statement> {
        Vec::new()
    }

    /// The tables that those rows are in.
    const SIDES: &'static [Side] = &[];

    /// The rows that its events have left in each of [`Table::SIDES`], for `audit verify` to compare.
    fn beside(_id: Id, _events: &[(Event<Self>, &Stamp)]) -> Vec<Vec<Beside>> {
        Vec::new()
    }

    /// The refusal that a violated constraint means, by its columns, or a demand that is not met, by its word:
    /// `cases.live_tenant`.
    ///
    /// A constraint without one is a race: the command is decided again on what is there now.
    #[must_use]
    fn conflict(_constraint: &str) -> Option<Refusal> {
        None
    }

    /// Finds the id of the row that violates such a constraint together with this state, in one column; none where that is
    /// nobody's business.
    #[must_use]
    fn rival(_constraint: &str, _state: &State<Self>) -> Option<Statement> {
        None
    }
}

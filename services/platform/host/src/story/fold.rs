//! Folding the journal entries of a resource into its tale.

use std::marker::PhantomData;

use kernel::{Decider, Duty};
use ledger::{Entry, State, Table};

use super::tale::{Tale, Turn, Waiting};
use crate::{Fail, Resource};

/// A table whose resources have a story: they have stages, and come to rest.
pub trait Told: Resource {
    /// What a resource is, in a word: `engagement`.
    const KIND: &'static str;

    /// Its work is done for now, or for good.
    fn rests(state: &State<Self>) -> bool;

    /// The resource it came from, `cases/{case}`.
    fn origin(_state: &State<Self>) -> Option<String> {
        None
    }
}

/// How the resources of one table are told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Story {
    /// The table's collection.
    pub(crate) collection: &'static str,
    /// What a resource of it is, in a word.
    pub(crate) kind: &'static str,
    /// The fold, at its beginning.
    pub(crate) begin: fn(&str) -> Box<dyn Folding>,
}

/// How the resources of `T` are told.
pub(crate) fn story<T: Told>() -> Story {
    let begin = |name: &str| -> Box<dyn Folding> {
        Box::new(Fold::<T> { name: name.to_owned(), state: None, turns: Vec::new(), of: PhantomData })
    };
    Story { collection: T::COLLECTION, kind: T::KIND, begin }
}

/// The fold of one resource's entries.
pub(crate) trait Folding: Send {
    /// Takes up its next entry.
    fn take(&mut self, entry: &Entry) -> Result<(), Fail>;

    /// What became of it; none when there was no entry.
    fn end(self: Box<Self>) -> Option<Tale>;
}

struct Fold<T: Told> {
    name: String,
    state: Option<State<T>>,
    turns: Vec<Turn>,
    of: PhantomData<fn(T)>,
}

impl<T: Told> Folding for Fold<T> {
    fn take(&mut self, entry: &Entry) -> Result<(), Fail> {
        let unreadable = |cause: String| Fail::Fault(format!("revision {}: {cause}", entry.revision));
        let event = entry.event::<T::Domain>().map_err(|trouble| unreadable(trouble.cause().to_owned()))?;
        if let Some(event) = event {
            self.state = T::Domain::apply(self.state.take(), &event, &entry.stamp);
        }
        let state = self.state.as_ref().ok_or_else(|| unreadable("it leaves nothing".to_owned()))?;
        let turn = turn::<T>(entry, state, self.turns.last())?;
        self.turns.push(turn);
        Ok(())
    }

    fn end(self: Box<Self>) -> Option<Tale> {
        let state = self.state?;
        let (parent, origin) = (<T as Table>::parent(&state), T::origin(&state));
        Some(Tale { name: self.name, kind: T::KIND, parent, origin, turns: self.turns })
    }
}

fn turn<T: Told>(entry: &Entry, state: &State<T>, last: Option<&Turn>) -> Result<Turn, Fail> {
    let nowhere = || Fail::Fault(format!("{} has no stage", entry.resource));
    Ok(Turn {
        revision: entry.revision,
        time: last.map_or(entry.stamp.time, |last| last.time.max(entry.stamp.time)),
        kind: entry.kind.clone(),
        rule: entry.rule.clone(),
        role: entry.stamp.role,
        request_id: entry.request_id.clone(),
        trace_parent: entry.trace_parent.clone(),
        stage: T::stage(state).ok_or_else(nowhere)?,
        rests: T::rests(state),
        waiting: T::duties(state).iter().map(waiting).collect(),
    })
}

fn waiting(duty: &Duty) -> Waiting {
    Waiting { action: duty.action, role: duty.role, since: duty.since }
}

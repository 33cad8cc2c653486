//! A decision and its consequences, as two pure functions.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Context, Refusal, Stamp};

/// One kind of resource: what may happen to it, and what it then is.
pub trait Decider {
    /// What it is.
    type State: Clone + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What somebody wants done; facts from elsewhere travel inside it.
    type Command: Send + Sync;
    /// What happened.
    type Event: Clone + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Where events and states hold texts about people, or in which people may be named: the names of the members that lead to
    /// one, joined by dots, `*` for any. What is named here can be erased.
    const PERSONAL: &'static [&'static str];

    /// What happens when `command` meets `state`, or why nothing does. `None` is a resource that does not exist yet.
    ///
    /// No event at all means that the command finds its wish already fulfilled.
    fn decide(
        state: Option<&Self::State>,
        command: &Self::Command,
        context: &Context,
    ) -> Result<Vec<Self::Event>, Refusal>;

    /// What the resource is after `event`. An event that does not fit leaves it as it was.
    fn apply(state: Option<Self::State>, event: &Self::Event, stamp: &Stamp) -> Option<Self::State>;

    /// The playbook rule that `event` carries out, such as `E-3.4`; empty when it is housekeeping.
    fn rule(event: &Self::Event) -> &'static str;
}

/// What a resource is after all of `events`.
pub fn fold<'a, D: Decider>(
    state: Option<D::State>,
    events: impl IntoIterator<Item = (&'a D::Event, &'a Stamp)>,
) -> Option<D::State>
where
    D::Event: 'a,
{
    events.into_iter().fold(state, |state, (event, stamp)| D::apply(state, event, stamp))
}

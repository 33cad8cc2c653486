//! The story of each case and engagement as a trace of its own: told from the journal alone, each span exactly once.
//!
//! The journal entries of a resource fold into a [`Tale`], which is pure; its [`chapters`](chapter::chapters) are spans
//! whose identity follows from the resource's name and the entry. A [`Tellers`] sends those of new entries, and moves
//! its cursor only when the collector has answered.

mod chapter;
mod fold;
mod gantt;
mod id;
mod refusal;
mod retell;
mod sweep;
mod tale;
mod teller;
#[cfg(test)]
mod tests;

pub use fold::Told;
pub(crate) use fold::{Story, story};
pub(crate) use retell::retell;
pub(crate) use teller::{Tellers, untold};

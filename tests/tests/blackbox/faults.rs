//! What holds while things fail: kills, restarts, replicas, refusals between services, readers that come and go.

mod away;
mod backup;
mod behind;
mod cancelling;
pub(crate) mod crash;
mod exactly_once;
mod following;
pub(crate) mod gateway;
pub(crate) mod journal;
mod keys;
pub(crate) mod parking;
mod reset;
pub(crate) mod restored;
mod restores;
mod runbook;
mod sent;
mod skipping;
pub(crate) mod standing;
mod stopping;
pub(crate) mod watching;

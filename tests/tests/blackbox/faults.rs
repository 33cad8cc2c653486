//! What holds while things fail: kills, restarts, replicas, refusals between services, readers that come and go.

mod crash;
mod exactly_once;
mod following;
mod gateway;
mod journal;
mod parking;
mod sent;
mod watching;

//! Following another service's journal: every event takes effect exactly once, in order, whatever is restarted.
//!
//! The effects of an event and the cursor behind it are one commit, and the cursor moves only from where this
//! follower saw it. What an event means may be asked more than once; whatever asking does has to be safe to repeat. An
//! event that cannot be applied is parked with those that come after it for the same subject, and the others go on. One that can
//! not even be parked holds up its journal: it is tried again, more and more seldom, and told after some seconds.

mod alarm;
mod effect;
mod follower;
pub(crate) mod journal;
mod parking;
mod progress;
mod reset;

use futures::future::BoxFuture;
use proto::common::v1::Event;
use tokio::task::JoinSet;

use crate::{Desk, Fail, health::Health};

pub use effect::{Effect, Order, Projection};
use follower::Follower;
pub(crate) use follower::start;

/// Tells what an event means here; `None` when it means nothing.
pub type React = for<'a> fn(&'a Desk, &'a Event) -> BoxFuture<'a, Result<Option<Reaction>, Fail>>;

/// What a service does about the events of another.
#[derive(Clone, Copy)]
pub struct Follow {
    /// The other service's short name.
    pub source: &'static str,
    /// Its name on the wire.
    pub grpc_name: &'static str,
    /// Tells what an event means here.
    pub react: React,
}

/// What an event means here.
pub struct Reaction {
    /// The resource here that it is meant for: events of one subject are applied in order.
    pub subject: String,
    /// What is to be done, all of it in one commit; each to another resource.
    pub effects: Vec<Box<dyn Effect>>,
}

/// Follows everything that a service follows, for as long as it is not dropped.
pub(crate) async fn follow_all(desk: &Desk, follows: Vec<Follow>, health: &Health) {
    let mut followers = JoinSet::new();
    for follow in follows {
        followers.spawn(Follower::new(desk.clone(), follow, health.clone()).run());
    }
    followers.join_all().await;
}

//! What the black-box tests stand on: a product in this process, or the real binary in a process of its own.

pub mod attacks;
mod binary;
// The ledger's own tests start the same servers, and a crate for them would be one too many.
#[path = "../../services/platform/ledger/tests/conformance/cluster.rs"]
mod cluster;
mod database;
mod engine;
#[path = "../../services/platform/ledger/tests/conformance/installed.rs"]
mod installed;
mod logins;
mod nginx;
mod product;
mod prometheus;
pub mod raw;
mod released;
mod state;
mod supervisor;

pub use binary::{Process, binary, binary_of, command};
pub use engine::Engine;
pub use logins::Logins;
pub use nginx::nginx;
pub use product::Product;
pub use prometheus::{Prometheus, promtool};
pub use released::released;
pub use state::State;
pub use supervisor::{Life, Supervisor, Tally, free_address};

use getmodern::client::Actor;

/// Somebody, by the end of their name and their role.
#[must_use]
pub const fn actor(person: &'static str, role: &'static str) -> Actor {
    Actor { person, role }
}

/// The address of a new, empty PostgreSQL database; `None`, said aloud, where it cannot be had.
#[must_use]
pub fn postgres_database() -> Option<String> {
    cluster::database()
}

//! What the black-box tests stand on: a product in this process, or the real binary in a process of its own.

pub mod attacks;
mod binary;
// The ledger's own tests start the same servers, and a crate for them would be one too many.
#[path = "../../services/platform/ledger/tests/conformance/cluster.rs"]
mod cluster;
mod database;
mod durable;
mod engine;
mod figures;
#[path = "../../services/platform/ledger/tests/conformance/installed.rs"]
mod installed;
mod logins;
#[path = "../../services/platform/ledger/tests/conformance/memory.rs"]
mod memory;
mod nginx;
mod product;
mod prometheus;
pub mod raw;
mod released;
mod report;
mod state;
mod supervisor;
#[path = "../../services/platform/ledger/tests/conformance/times.rs"]
mod times;
mod tunnel;

pub use binary::{Process, binary, binary_of, command, test_program, worked};
pub use durable::Durable;
pub use engine::Engine;
pub use figures::{median, moved, quartiles};
pub use logins::Logins;
pub use nginx::nginx;
pub use product::Product;
pub use prometheus::{Prometheus, promtool};
pub use released::released;
pub use report::times_of_this_run;
pub use state::State;
pub use supervisor::{Life, Supervisor, Tally, free_address};
pub use times::begin as time_this_test;
pub use tunnel::Tunnel;

use std::time::Duration;

use getmodern::client::Actor;

/// How long a test waits for what has to happen: far longer than it takes on a machine that is busy with much else.
pub const PATIENCE: Duration = Duration::from_mins(2);

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

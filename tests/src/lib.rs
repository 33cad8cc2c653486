//! What the black-box tests stand on: a product in this process, or the real binary in a process of its own.

mod binary;
mod product;
mod supervisor;

pub use binary::{Process, binary};
pub use product::Product;
pub use supervisor::{Life, Supervisor, Tally};

use getmodern::client::Actor;

/// Somebody, by the end of their name and their role.
#[must_use]
pub const fn actor(person: &'static str, role: &'static str) -> Actor {
    Actor { person, role }
}

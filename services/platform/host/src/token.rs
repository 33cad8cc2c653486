//! Tokens: where a list goes on, and where a journal is read on. Each is good for whoever was given it, in the same role, and for
//! what it was given for; nobody makes one but a process that has the database's keys. No other token is given out: an etag is a
//! version, which is compared once the resource is seen.

mod key;
mod page;
mod place;
mod ring;
mod rotate;

pub use page::PAGE_ITEMS;
pub(crate) use page::PageRequest;
pub(crate) use place::{Place, Tokens};
pub(crate) use ring::{Keys, Ring};
pub use rotate::{Rotation, TokenVerb};

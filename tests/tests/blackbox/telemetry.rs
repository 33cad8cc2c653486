//! What the product tells a collector: calls, what they did, what followed from them, and nothing about people.

pub(crate) mod admin;
pub(crate) mod collector;
mod failing;
mod numbers;
mod stages;
mod story;
mod told;

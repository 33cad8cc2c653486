//! What the product tells a collector: calls, what they did, what followed from them, and nothing about people.

pub(crate) mod admin;
mod asking;
mod away;
pub(crate) mod collector;
mod failing;
mod kills;
mod leaving;
mod lines;
mod live;
mod numbers;
mod replicas;
mod retold;
mod sending;
mod stages;
mod story;
mod told;

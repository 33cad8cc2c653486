//! What the product tells a collector: calls, what they did, what followed from them, and nothing about people.

mod admin;
mod collector;
mod failing;
mod story;

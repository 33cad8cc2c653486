//! Which texts of tasks and notes are about people, or may name some, and which are not.

/// Where they stand: the members that lead to them, in events and in states. All are written freely, and anybody may be named.
pub const PERSONAL: &[&str] = &["cause", "customer", "description", "outcome", "text", "title"];

/// The others, each by its type: what a resource is told apart by, and what the templates say.
pub const PLAIN: &[&str] = &[
    "Event.engagement",
    "Event.predecessor",
    "Event.title_zh",
    "File.engagement",
    "Note.engagement",
    "Task.engagement",
    "Task.title_zh",
    "Ties.follows",
];

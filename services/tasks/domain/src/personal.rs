//! Which texts of tasks and notes are about people, or may name some, and which are not.

/// Where they stand: the members that lead to them, in events and in states. All are written freely, and anybody may be named.
pub const PERSONAL: &[&str] = &["cause", "description", "outcome", "text", "title"];

/// The others, each by its type: companies, names of things.
pub const PLAIN: &[&str] = &[
    "Event.customer",
    "Event.engagement",
    "Event.title_zh",
    "File.customer",
    "File.engagement",
    "Note.engagement",
    "Task.customer",
    "Task.engagement",
    "Task.title_zh",
];

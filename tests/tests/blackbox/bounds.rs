//! What one request may cost, and what one answer may weigh: nobody pays for what somebody else sends.

mod assessments;
mod pages;
pub(crate) mod text;
pub(crate) mod violations;

/// A mail address with as many of these letters as fit into 64 bytes before the `@`, and into four parts of 60 bytes behind it.
fn address(letter: &str) -> String {
    let part = |bytes: usize| letter.repeat(bytes / letter.len());
    format!("{}@{}.example", part(64), [60; 4].map(part).join("."))
}

//! The reader of JSON, opened for fuzzing.

use super::{message, methods};

/// Reads `text` as a request of the method at `path`; what reads is shown again, and read the same.
///
/// # Panics
/// The two readings differ.
pub fn json(path: &str, text: &[u8]) {
    let Some(method) = methods::find(path) else { return };
    let Ok(read) = message::read(method.input.clone(), text) else { return };
    let shown = message::show(method.input.clone(), &read).expect("what was read is shown");
    let again = message::read(method.input, &shown).expect("what was shown is read");
    assert_eq!(again, read, "{}", String::from_utf8_lossy(&shown));
}

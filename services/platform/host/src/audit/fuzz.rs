//! What reads checkpoints, and the notes and keys around them, opened for fuzzing.

use super::{
    checkpoint::Checkpoint,
    note::{Signer, Verifier},
};

/// The text of a note that the bearer of the public `key` has signed.
#[must_use]
pub fn note<'a>(key: &str, note: &'a str) -> Option<&'a str> {
    key.parse::<Verifier>().ok()?.text(note)
}

/// Reads a checkpoint.
///
/// # Panics
/// When it is written in another way than it was read.
pub fn checkpoint(text: &str) {
    if let Ok(checkpoint) = text.parse::<Checkpoint>() {
        assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint), "{text}");
    }
}

/// Reads a key, of either kind.
///
/// # Panics
/// When it is of both.
pub fn key(text: &str) {
    let (signer, verifier) = (text.parse::<Signer>(), text.parse::<Verifier>());
    assert!(signer.is_err() || verifier.is_err(), "a key is one or the other");
}

//! Bytes as text, and examples that are texts.

/// Reads `bytes` if they are text.
pub(crate) fn read(bytes: &[u8], read: impl FnOnce(&str)) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        read(text);
    }
}

/// Each as an input.
pub(crate) fn inputs<T: AsRef<[u8]>>(examples: impl IntoIterator<Item = T>) -> Vec<Vec<u8>> {
    examples.into_iter().map(|example| example.as_ref().to_vec()).collect()
}

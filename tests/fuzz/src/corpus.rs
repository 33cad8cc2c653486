//! What earlier campaigns have found, one file for each target: a line is one input, in base64.

use std::{fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};

/// What was kept for the target of this name.
///
/// # Panics
/// When it does not read.
pub(crate) fn kept(name: &str) -> Vec<Vec<u8>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().map(|line| BASE64_STANDARD.decode(line).expect("base64")).collect()
}

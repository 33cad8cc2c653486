//! What released products left behind: their databases as plain SQL, and what they answered about them.
//!
//! `released/{version}/{engine}` was written by the release itself, with `pg_dump --inserts` and `sqlite3 .dump`. It is
//! never changed; a new release adds a folder.

use std::process::Command;

use crate::Engine;

/// A file that a release left behind on the engine of this program.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn released(version: &str, file: &str) -> Vec<u8> {
    let engine = match Engine::here() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let path = format!("{}/released/{version}/{engine}/{file}.gz", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("gzip").args(["-dc", &path]).output().expect("gzip runs");
    assert!(output.status.success(), "{path}");
    output.stdout
}

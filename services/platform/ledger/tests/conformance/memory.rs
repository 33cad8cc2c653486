//! Where tests keep what they throw away: in memory where there is room, because none of it has to outlive the machine.

use std::{path::PathBuf, process::Command, sync::LazyLock};

/// A file system in memory, on Linux.
const MEMORY: &str = "/dev/shm";
/// KiB that have to be free there: several times what a run of tests keeps at once.
const ROOM: u64 = 4 * 1024 * 1024;

/// The folder for temporary ones: there, or where all others are.
pub(crate) fn folder() -> PathBuf {
    static FOLDER: LazyLock<PathBuf> =
        LazyLock::new(|| if has_room() { MEMORY.into() } else { std::env::temp_dir() });
    FOLDER.clone()
}

fn has_room() -> bool {
    let told = Command::new("df").args(["--output=avail", MEMORY]).output();
    let told = told.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let free = told.lines().nth(1).and_then(|line| line.trim().parse::<u64>().ok());
    free.is_some_and(|free| free > ROOM) && tempfile::tempdir_in(MEMORY).is_ok()
}

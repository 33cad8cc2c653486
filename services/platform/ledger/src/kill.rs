//! Points at which a test may have the process killed: before and after each commit.

/// Counts the points passed and kills the process with `SIGKILL` at the one that `GETMODERN_KILL_AT` names,
/// counted from 1. Debug builds only; a release build has no such points.
#[cfg(debug_assertions)]
pub(crate) fn point() {
    use std::{
        process::Command,
        sync::{
            LazyLock,
            atomic::{AtomicU64, Ordering::SeqCst},
        },
        thread,
        time::Duration,
    };

    static AT: LazyLock<Option<u64>> =
        LazyLock::new(|| std::env::var("GETMODERN_KILL_AT").ok()?.parse().ok());
    static PASSED: AtomicU64 = AtomicU64::new(0);

    if AT.is_some_and(|at| PASSED.fetch_add(1, SeqCst) + 1 == at) {
        let _ = Command::new("kill").arg("-9").arg(std::process::id().to_string()).status();
        // The signal is on its way; nothing may happen before it arrives.
        loop {
            thread::sleep(Duration::from_secs(1));
        }
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn point() {}

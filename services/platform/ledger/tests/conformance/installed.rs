//! Programs that the tests need: found, or installed where that is ours to do, or missed aloud.

use std::{
    fs,
    io::Write,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    process::{Command, Stdio},
};

/// What `find` finds, once the Debian package that brings it is installed if need be; `None`, said aloud, where
/// `what` cannot be had.
///
/// # Panics
/// When it cannot be had and `CI` is set: everything has to run there.
pub(crate) fn installed(what: &str, package: &str, find: impl Fn() -> Option<PathBuf>) -> Option<PathBuf> {
    let found = find().or_else(|| install(package).then(&find).flatten());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{what} is not installed, and CI has to test with it");
        let advice = format!("\nNOT RUN WITH {what}: install it (apt-get install {package})\n\n");
        // Past the tests' capture, which hides what passing tests say.
        let _ = std::io::stderr().write_all(advice.as_bytes());
    }
    found
}

/// Whether the tests run as root.
pub(crate) fn as_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Installs a package, as root on Debian and its kin; whether it is there now.
fn install(package: &str) -> bool {
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(["-qq", "-o", "DPkg::Lock::Timeout=300"]).args(arguments);
        apt.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).stdout(Stdio::null());
        apt.status().is_ok_and(|status| status.success())
    };
    if !as_root() {
        return false;
    }
    // An archive that cannot be reached may be one that is not needed.
    let _ = apt(&["update"]);
    apt(&["install", "--no-install-recommends", "--yes", package])
}

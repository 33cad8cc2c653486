//! The front that compose has.

use std::{env, path::PathBuf};

use crate::installed::installed;

/// Where nginx is; `None`, said aloud, where it cannot be had.
#[must_use]
pub fn nginx() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = || env::split_paths(&path).chain(["/usr/sbin".into()]);
    let find = || folders().map(|folder| folder.join("nginx")).find(|program| program.is_file());
    installed("NGINX", "nginx", find)
}

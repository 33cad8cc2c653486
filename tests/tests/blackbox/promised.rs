//! What a release promised is still there: every method, field, value, right and filter of `tests/released/*/descriptors.bin`.

mod compared;

use std::{fs, path::Path};

use prost_reflect::DescriptorPool;

use crate::catalogue::POOL;

/// The releases whose promises hold, with what they promised.
fn releases() -> Vec<(String, DescriptorPool)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("released");
    let entries = fs::read_dir(folder).expect("the releases").map(|entry| entry.expect("an entry").path());
    let read = |release: std::path::PathBuf| {
        let bytes = fs::read(release.join("descriptors.bin")).expect("every release keeps its descriptors");
        let pool = DescriptorPool::decode(bytes.as_slice()).expect("they read");
        (release.file_name().expect("a version").to_string_lossy().into_owned(), pool)
    };
    entries.map(read).collect()
}

#[test]
fn whatever_a_release_promised_is_still_there() {
    let releases = releases();
    assert!(!releases.is_empty());
    for (version, promised) in releases {
        let broken = compared::broken(&promised, &POOL);
        assert!(broken.is_empty(), "{version} promised {broken:#?}");
    }
}

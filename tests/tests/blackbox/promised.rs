//! The promises of each release are kept: every method, field, value, right and filter of `tests/released/*/descriptors.bin`.

mod compared;
mod spoilt;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use expect_test::expect_file;
use prost_reflect::DescriptorPool;

use crate::{
    catalogue::POOL,
    reasons::register::{REGISTER, reason, values},
};

/// The releases whose promises hold, with what they promised.
fn releases() -> Vec<(String, DescriptorPool)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("released");
    let entries = fs::read_dir(folder).expect("the releases").map(|entry| entry.expect("an entry").path());
    let entries = entries.filter(|path| path.is_dir());
    let read = |release: PathBuf| {
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

/// Each reason with its number and each of its codes, as they are now.
fn reasons() -> BTreeSet<String> {
    let of = |value: &prost_reflect::EnumValueDescriptor| {
        let (number, reason) = (value.number(), reason(value));
        let codes = REGISTER[&reason].codes.iter();
        codes.map(|code| format!("{reason} = {number}: {code}")).collect::<Vec<_>>()
    };
    values(&POOL).iter().flat_map(of).collect()
}

/// Lines are added here and never taken away, so that what was promised once is known.
#[test]
fn no_reason_vanishes_and_none_loses_a_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("released/reasons.txt");
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let (kept, now): (BTreeSet<_>, _) = (kept.lines().map(str::to_owned).collect(), reasons());
    let all: Vec<_> = kept.union(&now).map(String::as_str).collect();
    expect_file![path].assert_eq(&(all.join("\n") + "\n"));
    let lost: Vec<_> = kept.difference(&now).collect();
    assert!(lost.is_empty(), "callers count on {lost:?}");
}

//! The engines differ where databases do; what they share is written once, elsewhere.

use std::collections::HashSet;

const SQLITE: &str = include_str!("../../src/sqlite.rs");
const POSTGRES: &str = include_str!("../../src/postgres.rs");

/// Lines that say something: neither brackets alone, nor comments, nor what is brought in from elsewhere.
fn lines(source: &str) -> Vec<&str> {
    let said =
        |line: &&str| line.len() > 5 && !["//", "use ", "#["].iter().any(|start| line.starts_with(start));
    source.lines().map(str::trim).filter(said).collect()
}

/// How many of a hundred lines of one stand in the other, too.
fn twins(one: &str, other: &str) -> usize {
    let there: HashSet<_> = lines(other).into_iter().collect();
    let all = lines(one);
    all.iter().filter(|line| there.contains(*line)).count() * 100 / all.len()
}

#[test]
fn the_engines_hardly_repeat_each_other() {
    let shares = (twins(POSTGRES, SQLITE), twins(SQLITE, POSTGRES));
    println!("{shares:?} of a hundred lines");
    assert!(shares.0 < 20 && shares.1 < 20, "{shares:?}");
}

#[test]
fn a_copy_is_all_twins() {
    assert_eq!(twins(SQLITE, &SQLITE.replace("    ", "  ")), 100);
    assert_eq!(twins("let one = 1;\nlet two = 2;", "let two = 2;"), 50);
}

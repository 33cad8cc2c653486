//! The report at the end of a run: how long each larger part took, and the slowest tests.

use std::{fmt::Write, fs, path::Path};

use crate::times;

/// How many of the slowest tests are told.
const SLOWEST: usize = 10;

/// A test, and how long it took.
struct Timed {
    program: String,
    name: String,
    seconds: f32,
    /// How long its program had run when the test ended.
    of_the_program: f32,
}

/// How long the parts of this run took, and its slowest tests; tells it once.
#[must_use]
pub fn times_of_this_run() -> String {
    let folder = times::folder();
    let report = report(&read(&folder));
    let _ = fs::remove_dir_all(folder);
    report
}

fn read(folder: &Path) -> Vec<Timed> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let lines = files.flat_map(|file| {
        let program = file.file_name().to_string_lossy().into_owned();
        let text = fs::read_to_string(file.path()).unwrap_or_default();
        text.lines().filter_map(|line| timed(&program, line)).collect::<Vec<_>>()
    });
    lines.collect()
}

fn timed(program: &str, line: &str) -> Option<Timed> {
    let mut words = line.splitn(3, ' ');
    let (seconds, of_the_program) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(Timed { program: program.to_owned(), name: words.next()?.to_owned(), seconds, of_the_program })
}

fn report(tests: &[Timed]) -> String {
    let mut programs: Vec<_> = tests.iter().map(|test| test.program.as_str()).collect();
    programs.sort_unstable();
    programs.dedup();
    let mut text = "\nhow long the parts took\n".to_owned();
    for program in programs {
        let its = || tests.iter().filter(|test| test.program == program);
        let all = its().map(|test| test.of_the_program).fold(0.0, f32::max);
        let _ = writeln!(text, "{all:8.1} s  {program}: {} timed tests", its().count());
    }
    let mut slowest: Vec<_> = tests.iter().collect();
    slowest.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
    text += "the slowest tests\n";
    for test in slowest.into_iter().take(SLOWEST) {
        let _ = writeln!(text, "{:8.1} s  {} {}", test.seconds, test.program, test.name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_each_part_and_the_slowest_tests_first() {
        let lines = (1..=12).map(|number| format!("{number}.5 {}.0 module::test_{number}", 2 * number));
        let mut tests: Vec<_> = lines.filter_map(|line| timed("blackbox", &line)).collect();
        tests.extend(timed("survival", "99.0 100.0 restarts::a b"));
        tests.extend(timed("survival", "half a line"));
        let told = report(&tests);
        let lines: Vec<_> = told.lines().map(str::trim).collect();
        assert_eq!(lines[2], "24.0 s  blackbox: 12 timed tests");
        assert_eq!(lines[3], "100.0 s  survival: 1 timed tests");
        assert_eq!(lines[5], "99.0 s  survival restarts::a b");
        assert_eq!(lines[6], "12.5 s  blackbox module::test_12");
        assert_eq!(lines.len(), 5 + SLOWEST);
    }
}

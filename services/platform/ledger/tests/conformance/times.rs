//! How long each test takes, written to a file for each program of tests; the program `times` ends a run and reads them.

use std::{
    env,
    fs::{self, File},
    io::Write,
    path::PathBuf,
    sync::LazyLock,
    thread,
    time::Instant,
};

/// The file of this program: a line for each test that has ended, `SECONDS SECONDS_OF_THE_PROGRAM NAME`.
static FILE: LazyLock<Option<(File, Instant)>> = LazyLock::new(|| {
    fs::create_dir_all(folder()).ok()?;
    File::create(folder().join(program())).ok().map(|file| (file, Instant::now()))
});

thread_local! {
    static STOPWATCH: Stopwatch = Stopwatch { begun: begun() };
}

/// Runs from the first time its thread needs something from the harness until the thread, and so its test, ends.
struct Stopwatch {
    begun: Instant,
}

/// Times the test that this thread runs, from the first call on.
#[allow(clippy::allow_attributes, unreachable_pub, reason = "another crate shows it to its programs")]
pub fn begin() {
    STOPWATCH.with(|_| {});
}

fn begun() -> Instant {
    LazyLock::force(&FILE);
    Instant::now()
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        let thread = thread::current();
        // libtest names a test's thread after the test; a thread of a runtime has a name without a module.
        let test = thread.name().filter(|name| name.contains("::"));
        if let (Some((file, program)), Some(test)) = (&*FILE, test) {
            let (test_seconds, all) = (self.begun.elapsed().as_secs_f32(), program.elapsed().as_secs_f32());
            // One write for a line, because tests end at the same time.
            let mut file: &File = file;
            let _ = file.write_all(format!("{test_seconds:.1} {all:.1} {test}\n").as_bytes());
        }
    }
}

/// Where the files are, beside the programs.
pub(crate) fn folder() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).map(|profile| profile.join("times")).unwrap_or_default()
}

/// The name of the part that this program runs: the engine that it was told, or the name of the program.
fn program() -> String {
    let program = env::current_exe().unwrap_or_default();
    let name = program.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.rsplit_once('-').map_or(name, |(name, _)| name);
    env::var("TEST_ENGINE").unwrap_or_else(|_| name.to_owned())
}

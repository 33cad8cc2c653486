//! A folder that servers live in. They are gone with it, however the test ends.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Whom servers run as where the tests run as root, which some of them refuse to.
const NOBODY: u32 = 65_534;

/// Lines of each server that a failure shows.
const LAST_WORDS: usize = 12;

/// Waits until its input ends, as it does however this process ends. Then it kills what was started here, if it still is
/// what was started, and removes everything.
const GUARD: &str = r#"
    read -r _
    for pid in $(cat "$0/pids"; head -qn 1 "$0"/*/postmaster.pid 2>/dev/null); do
        grep -qsF -- "$0" "/proc/$pid/cmdline" && kill -KILL "$pid"
    done
    sleep 0.2
    rm -rf "$0"
"#;

/// A folder that servers live in.
pub(crate) struct Site {
    pub(crate) folder: PathBuf,
    guard: Child,
    as_root: bool,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("survival").tempdir().expect("a folder").keep();
        let as_root = fs::metadata(&folder).expect("readable").uid() == 0;
        if as_root {
            chown(&folder, Some(NOBODY), Some(NOBODY)).expect("given away");
        }
        File::create(folder.join("pids")).expect("written");
        let mut guard = Command::new("/bin/sh");
        guard.args(["-c", GUARD]).arg(&folder).stdin(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let guard = guard.spawn().expect("the guard starts");
        Self { folder, guard, as_root }
    }

    /// A command that runs as a server does.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.folder).process_group(0).stdin(Stdio::null());
        if self.as_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    /// Carries out a command that has to succeed.
    pub(crate) fn carry_out(&self, command: &mut Command) {
        let (out, err) = self.outputs("commands");
        let status = command.stdout(out).stderr(err).status().expect("it starts");
        assert!(status.success(), "{command:?}: {}", self.log("commands"));
    }

    /// Starts a server whose command names something in the folder; what it says is in its log.
    pub(crate) fn start(&self, name: &str, command: &mut Command) -> Child {
        let (out, err) = self.outputs(name);
        let child = command.stdout(out).stderr(err).spawn().expect("the server starts");
        let mut pids = File::options().append(true).open(self.folder.join("pids")).expect("the list");
        writeln!(pids, "{}", child.id()).expect("noted");
        child
    }

    /// A file in the folder that its servers can read.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).expect("written");
        path
    }

    /// What a server said.
    pub(crate) fn log(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(format!("{name}.log"))).unwrap_or_default()
    }

    /// The last words of every server, for whoever looks into a failure.
    fn tell(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "log") {
                let log = fs::read_to_string(entry.path()).unwrap_or_default();
                let last: Vec<_> = log.lines().rev().take(LAST_WORDS).collect();
                eprintln!("--- {}", entry.path().display());
                last.iter().rev().for_each(|line| eprintln!("{line}"));
            }
        }
    }

    fn outputs(&self, name: &str) -> (File, File) {
        let path = self.folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(path).expect("a log");
        (file.try_clone().expect("cloned"), file)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tell();
        }
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Sends a signal, such as `-KILL`, to processes of ours.
pub(crate) fn signal(signal: &str, pids: &[u32]) {
    let mut kill = Command::new("kill");
    kill.arg(signal).args(pids.iter().map(u32::to_string));
    assert!(kill.status().is_ok_and(|status| status.success()), "{kill:?}");
}

//! The real binary, in a process that can be killed.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use crate::State;

/// Builds the binary once, as a user would, and tells where it is.
///
/// # Panics
/// When it does not build.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| built("getmodern", "getmodern"))
}

/// Builds the binary of one service, and tells where it is.
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn binary_of(service: &str) -> PathBuf {
    built(service, &format!("getmodern-{service}"))
}

fn built(package: &str, name: &str) -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // The test runs from target/{profile}/deps; the binary stands one folder up.
    let test = env::current_exe().expect("the test's own path");
    let folder = test.ancestors().nth(2).expect("the target folder");
    let profile = if folder.ends_with("release") { "release" } else { "dev" };
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", package, "--bin", name, "--profile", profile]);
    assert!(build.status().is_ok_and(|status| status.success()), "{name} builds");
    let binary = folder.join(name);
    assert!(binary.exists(), "{}", binary.display());
    binary
}

/// The binary, told to do something with what is kept in `state`.
#[must_use]
pub fn command(state: &State, verb: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(verb).arg("--data").arg(state.folder()).envs(state.variables());
    command
}

/// The command that serves what is kept in `state` at `address`.
pub(crate) fn serve(state: &State, address: SocketAddr) -> Command {
    let mut command = command(state, &[]);
    command.arg("--listen").arg(address.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A product in a process of its own; killed when dropped.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Kept open: a process that cannot say what it has to say would panic.
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it on `state` at `address` (port 0 for any), with these variables, and waits until it serves.
    ///
    /// `None` when it ended before it served.
    ///
    /// # Panics
    /// When the process cannot be started at all.
    #[must_use]
    pub fn start(state: &State, address: SocketAddr, variables: &[(&str, &str)]) -> Option<Self> {
        let mut command = serve(state, address);
        command.envs(variables.iter().copied());
        Self::run(command)
    }

    /// Runs any of the binaries, and waits until it serves.
    ///
    /// `None` when it ended before it served.
    ///
    /// # Panics
    /// When the process cannot be started at all.
    #[must_use]
    pub fn run(mut command: Command) -> Option<Self> {
        command.stdout(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("its output is ours"));
        let read = output.read_line(&mut line);
        let address = line.trim().rsplit(' ').next().and_then(|word| word.parse().ok());
        if let (Ok(1..), Some(address)) = (read, address) {
            return Some(Self { child, address, output });
        }
        let _ = child.wait();
        None
    }

    /// By what the system knows it.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it at once, as `kill -9` does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop; whether it did, without an error, within `limit`.
    ///
    /// # Panics
    /// When it cannot be asked.
    pub fn stop(&mut self, limit: Duration) -> bool {
        self.ask_to_stop();
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.success();
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }

    /// Asks it to stop; whether it says that it will, before it ends.
    ///
    /// # Panics
    /// When it cannot be asked.
    pub fn dismiss(&mut self) -> bool {
        self.ask_to_stop();
        let mut lines = self.output.by_ref().lines().map_while(Result::ok);
        lines.any(|line| line.contains("no new ones are taken"))
    }

    fn ask_to_stop(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.is_ok_and(|status| status.success()), "it is asked");
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

//! The real binary, in a process that can be killed.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{State, times};

/// Where the binary of the whole product is, once all binaries are built.
///
/// # Panics
/// When they do not build.
#[must_use]
pub fn binary() -> &'static Path {
    static BINARY: LazyLock<PathBuf> = LazyLock::new(|| BINARIES.join("getmodern"));
    &BINARY
}

/// Where the binary of one service is, once all binaries are built.
///
/// # Panics
/// When they do not build.
#[must_use]
pub fn binary_of(service: &str) -> PathBuf {
    BINARIES.join(format!("getmodern-{service}"))
}

/// The folder of the binaries, which are built once, together.
static BINARIES: LazyLock<PathBuf> = LazyLock::new(|| {
    times::begin();
    let packages = ["getmodern", "intake", "engagement", "tasks"];
    let packages = packages.iter().flat_map(|package| ["--package", package]);
    let built = cargo("build").args(packages).arg("--bins").status();
    assert!(built.is_ok_and(|status| status.success()), "the binaries build");
    profile_folder()
});

/// Where a program of these tests is, once it is built.
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn test_program(name: &str) -> PathBuf {
    let mut build = cargo("test");
    build.args(["--package", "tests", "--test", name, "--no-run", "--message-format", "json"]);
    let output = build.stderr(Stdio::inherit()).output().expect("cargo runs");
    assert!(output.status.success(), "{name} builds");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let programs = messages.filter(|message| message["target"]["name"] == name);
    let mut paths = programs.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    paths.next().expect("a program")
}

/// A command of cargo's, in the profile of this program.
fn cargo(command: &str) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([command, "--quiet"]).args(profile_folder().ends_with("release").then_some("--release"));
    cargo
}

/// The programs of tests run from target/{profile}/deps; the binaries stand one folder up.
fn profile_folder() -> PathBuf {
    let program = env::current_exe().expect("the test's own path");
    program.ancestors().nth(2).expect("the target folder").to_owned()
}

/// The binary, told to do something with what is kept in `state`.
#[must_use]
pub fn command(state: &State, verb: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(verb).arg("--data").arg(state.folder()).envs(state.variables());
    command
}

/// How long a process, which may be `self`, has worked on a processor so far, in seconds.
///
/// # Panics
/// When the system does not tell.
#[must_use]
pub fn worked(process: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    let fields = text.rsplit_once(") ").expect("after its name").1.split(' ');
    let ticks: f64 = fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("ticks")).sum();
    // A hundredth of a second, on every Linux there is.
    ticks / 100.0
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

    /// Bytes of memory that it holds now.
    ///
    /// # Panics
    /// When the system does not tell.
    #[must_use]
    pub fn resident(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
    }

    /// How long it has worked on a processor so far, in seconds.
    #[must_use]
    pub fn worked(&self) -> f64 {
        worked(&self.id().to_string())
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

//! A Prometheus server of a test's own: it asks what the test tells it to, and goes with the test.

use std::{
    env, fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{PATIENCE, installed::installed};

/// Serves until its input ends, as it does however this process ends; then everything is removed.
const SERVE: &str = r#"
    cd "$1" || exit
    "$0" --config.file=prometheus.yaml --storage.tsdb.path=data --web.listen-address=127.0.0.1:0 >log 2>&1 &
    read -r _
    kill -KILL $!
    wait $!
    rm -rf "$1"
"#;

/// A server; it ends when this is dropped.
pub struct Prometheus {
    address: SocketAddr,
    _server: Child,
}

impl Prometheus {
    /// Starts one on `prometheus.yaml` among `files`, which are names and contents; `None`, said aloud, where it cannot
    /// be had.
    ///
    /// # Panics
    /// When it does not answer in time.
    #[must_use]
    pub fn start(files: &[(&str, &str)]) -> Option<Self> {
        let program = program("prometheus")?;
        let folder = tempfile::Builder::new().prefix("prometheus").tempdir().expect("a folder").keep();
        for (name, text) in files {
            fs::write(folder.join(name), text).expect("written");
        }
        let mut server = Command::new("/bin/sh");
        server
            .args(["-c", SERVE])
            .args([&program, &folder])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        let server = server.spawn().expect("it starts");
        Some(Self { address: address(&folder.join("log")), _server: server })
    }

    /// What it answers at `path`, the data of it.
    ///
    /// # Panics
    /// When that is an error.
    #[must_use]
    pub fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let pairs: Vec<_> =
            parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        // Of HTTP's first version, in which an answer comes in one piece.
        let request = format!("GET {path}?{} HTTP/1.0\r\n\r\n", pairs.join("&"));
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        stream.write_all(request.as_bytes()).expect("it is asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (_, body) = answer.split_once("\r\n\r\n").expect("headers and a body");
        let mut answer: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
        assert_eq!(answer["status"], "success", "{parameters:?}: {answer}");
        answer["data"].take()
    }
}

/// What promtool says when it is told this in `folder`; `None`, said aloud, where it cannot be had.
///
/// # Panics
/// When it does not start.
#[must_use]
pub fn promtool(folder: &Path, arguments: &[&str]) -> Option<Output> {
    let promtool = program("promtool")?;
    Some(Command::new(promtool).args(arguments).current_dir(folder).output().expect("it starts"))
}

fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let find = || env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file());
    installed("PROMETHEUS", "prometheus", find)
}

/// Where the server listens that writes this log, once it is ready.
fn address(log: &Path) -> SocketAddr {
    let begun = Instant::now();
    loop {
        let text = fs::read_to_string(log).unwrap_or_default();
        let listens =
            text.lines().find(|line| line.contains("Listening on")).filter(|_| text.contains("is ready"));
        if let Some((_, address)) = listens.and_then(|line| line.rsplit_once("address=")) {
            return address.trim().parse().expect("an address");
        }
        assert!(begun.elapsed() < PATIENCE, "{text}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A value as it stands in a query.
fn encoded(value: &str) -> String {
    let letter = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    value.bytes().map(letter).collect()
}

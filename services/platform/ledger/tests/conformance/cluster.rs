//! A PostgreSQL cluster of the tests' own: started when the first test asks, gone with the process.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use crate::{
    installed::{as_root, installed},
    memory,
};

/// Whom the servers run as where the tests run as root, which they refuse to.
const NOBODY: u32 = 65_534;

/// Serves until its input ends, as it does however this process ends; then everything is removed.
const SERVE: &str = r#"
    "$0/postgres" -D "$1/data" -k "$1" -c max_connections=1000 >"$1/log" 2>&1 &
    read -r _
    kill -QUIT $!
    wait $!
    rm -rf "$1"
"#;

/// Servers of a test's own, which end when this is dropped.
pub(crate) struct Cluster {
    binaries: PathBuf,
    pub(crate) directory: PathBuf,
    _server: Child,
}

/// Settings of the servers of tests, which keep hundreds of databases for seconds each, and new connections all the time. No test
/// kills them, only their clients, so nothing has to reach a disk.
pub(crate) const SETTINGS: &str = "
    listen_addresses = ''
    autovacuum = off
    jit = off
    shared_preload_libraries = plpgsql
    fsync = off
    full_page_writes = off
    wal_level = minimal
    max_wal_senders = 0
    max_wal_size = 256MB
";

static CLUSTER: LazyLock<Option<Cluster>> =
    LazyLock::new(|| Cluster::prepared(|data| write(data, "postgresql.conf", SETTINGS)));

/// Writes a file of the servers' settings.
pub(crate) fn write(data: &Path, name: &str, text: &str) {
    fs::write(data.join(name), text).expect("written");
}

/// The address of a new, empty database; `None`, said aloud, where PostgreSQL cannot be had.
pub(crate) fn database() -> Option<String> {
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let cluster = CLUSTER.as_ref()?;
    let name = format!("test{}", DATABASES.fetch_add(1, Relaxed));
    assert!(cluster.create(&name), "no database: {}", cluster.log());
    Some(format!("postgres://postgres@localhost/{name}?host={}", cluster.directory.display()))
}

/// Where the servers' binaries are: on the path, where Debian puts them, or where `pg_config` says.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<_> = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
    debian.sort_by_key(|version| version.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
    let debian = debian.iter().rev().map(|version| version.path().join("bin"));
    let config = Command::new("pg_config").arg("--bindir").output().ok();
    let config = config.and_then(|output| String::from_utf8(output.stdout).ok());
    std::env::split_paths(&path).chain(debian).chain(config.map(|directory| directory.trim().into())).find(
        |directory| ["initdb", "postgres", "createdb"].iter().all(|binary| directory.join(binary).is_file()),
    )
}

impl Cluster {
    /// Starts one once its folder is prepared; `None`, said aloud, where PostgreSQL cannot be had.
    pub(crate) fn prepared(prepare: impl FnOnce(&Path)) -> Option<Self> {
        Self::prepared_in(&memory::folder(), prepare)
    }

    /// The same in a folder of this one.
    pub(crate) fn prepared_in(folder: &Path, prepare: impl FnOnce(&Path)) -> Option<Self> {
        installed("POSTGRESQL", "postgresql", binaries).map(|binaries| Self::start(binaries, folder, prepare))
    }

    fn start(binaries: PathBuf, folder: &Path, prepare: impl FnOnce(&Path)) -> Self {
        let directory =
            tempfile::Builder::new().prefix("ledger").tempdir_in(folder).expect("a directory").keep();
        give_away(&directory);
        let initialised = command(&binaries.join("initdb"))
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "--pgdata"])
            .arg(directory.join("data"))
            .output()
            .expect("initdb starts");
        assert!(initialised.status.success(), "{initialised:?}");
        prepare(&directory.join("data"));
        let server = command(Path::new("/bin/sh"))
            .args(["-c", SERVE])
            .args([&binaries, &directory])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("the server starts");
        let cluster = Self { binaries, directory, _server: server };
        let ready = || {
            cluster.create("ready") || {
                thread::sleep(Duration::from_millis(100));
                false
            }
        };
        assert!((0..300).any(|_| ready()), "not ready: {}", cluster.log());
        cluster
    }

    /// Makes a database; whether that could be done.
    pub(crate) fn create(&self, name: &str) -> bool {
        self.client("createdb").arg(name).output().expect("createdb starts").status.success()
    }

    /// A program that comes with the servers, told how to reach them.
    pub(crate) fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.arg("--host").arg(&self.directory).arg("--username=postgres");
        command.env("PGPORT", self.port().to_string());
        command
    }

    /// The port in the name of its socket.
    fn port(&self) -> u16 {
        let names = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let ports =
            names.filter_map(|file| file.file_name().to_str()?.strip_prefix(".s.PGSQL.")?.parse().ok());
        ports.min().unwrap_or(5432)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }
}

/// Makes a file the servers' own.
pub(crate) fn give_away(file: &Path) {
    if as_root() {
        chown(file, Some(NOBODY), Some(NOBODY)).expect("given away");
    }
}

/// The folder of the cluster's sockets, where it runs.
#[allow(dead_code, reason = "not every suite puts something beside it")]
pub(crate) fn folder() -> Option<PathBuf> {
    CLUSTER.as_ref().map(|cluster| cluster.directory.clone())
}

/// A program that runs as nobody where the tests run as root.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if as_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

//! One PostgreSQL server, to be restarted and killed.

use std::{fs, path::PathBuf, process::Command, thread, time::Duration};

use sqlx::{Connection, PgConnection};

use crate::{
    installed::installed,
    site::{Site, signal},
};

/// The services, each with a database of its own.
pub(crate) const SERVICES: [&str; 3] = ["intake", "engagement", "tasks"];

const PROGRAMS: [&str; 6] = ["initdb", "pg_basebackup", "pg_controldata", "pg_ctl", "pg_rewind", "postgres"];

const SETTINGS: &str = "
    listen_addresses = '127.0.0.1'
    unix_socket_directories = ''
    max_connections = 400
    log_lock_waits = on
";

/// One PostgreSQL server with a database for each service.
pub(crate) struct Server {
    pub(crate) site: Site,
    programs: PathBuf,
    port: u16,
}

impl Server {
    /// Starts one; `None`, said aloud, where PostgreSQL cannot be had.
    pub(crate) async fn start() -> Option<Self> {
        let programs = programs()?;
        let server = Self { site: Site::new(), programs, port: tests::free_address().port() };
        let mut init = server.program("initdb");
        init.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"]);
        server.site.carry_out(&mut init);
        let conf = server.data().join("postgresql.conf");
        let settings = fs::read_to_string(&conf).expect("readable") + SETTINGS;
        fs::write(&conf, format!("{settings}port = {}\n", server.port)).expect("written");
        server.control(&["start"]);
        let mut own = PgConnection::connect(&server.url("postgres")).await.expect("connected");
        for service in SERVICES {
            let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {service}"));
            sqlx::raw_sql(create).execute(&mut own).await.expect("created");
        }
        Some(server)
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The database of each service, in the order of [`SERVICES`].
    pub(crate) fn urls(&self) -> [String; 3] {
        SERVICES.map(|service| self.url(service))
    }

    /// `pg_ctl restart`: `fast` ends every session, `immediate` leaves a recovery to be done.
    pub(crate) fn restart(&self, mode: &str) {
        self.control(&["restart", "--mode", mode]);
    }

    /// `kill -9` of the postmaster.
    pub(crate) fn kill(&self) {
        signal("-KILL", &[self.postmaster()]);
    }

    /// Starts it again after a kill, once the last of its processes has noticed.
    pub(crate) fn start_again(&self) {
        for _ in 0..100 {
            let mut start = self.pg_ctl(&["start"]);
            if start.output().is_ok_and(|output| output.status.success()) {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("it does not start again: {}", self.site.log("postgres"));
    }

    fn postmaster(&self) -> u32 {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).expect("it runs");
        file.lines().next().and_then(|pid| pid.parse().ok()).expect("a process")
    }

    fn control(&self, arguments: &[&str]) {
        self.site.carry_out(&mut self.pg_ctl(arguments));
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Command {
        let mut control = self.program("pg_ctl");
        control.args(["--wait", "--timeout=60", "--log"]).arg(self.site.folder.join("postgres.log"));
        control.args(arguments);
        control
    }

    fn program(&self, name: &str) -> Command {
        let mut command = self.site.command(self.programs.join(name));
        command.arg("--pgdata").arg(self.data());
        command
    }

    fn data(&self) -> PathBuf {
        self.site.folder.join("data")
    }
}

/// Where the newest PostgreSQL's programs are, where Debian puts them or on the path.
pub(crate) fn programs() -> Option<PathBuf> {
    installed("POSTGRESQL", "postgresql", || {
        let mut debian: Vec<_> =
            fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
        debian.sort_by_key(|version| version.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let debian = debian.iter().rev().map(|version| version.path().join("bin"));
        debian
            .chain(std::env::split_paths(&path))
            .find(|folder| PROGRAMS.iter().all(|name| folder.join(name).is_file()))
    })
}

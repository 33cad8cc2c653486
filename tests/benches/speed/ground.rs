//! The place of measurement: products and references side by side on one machine, and only one of them has its turn at a time.

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::fs::statfs;
use tempfile::TempDir;
use tests::{Durable, Engine};

use crate::{
    args::Args,
    bare::Bare,
    echo::Echo,
    load::{Load, Turn},
    pgbench::{Pgbench, Rows},
    product::Storage,
    subject::Subject,
    tokens::Issuer,
};

/// How a file system in memory is told, on Linux.
const IN_MEMORY: i64 = 0x0102_1994;
/// Callers of most rows.
pub(crate) const MANY: usize = 64;

/// Products and references.
pub(crate) struct Ground {
    pub(crate) time: Duration,
    /// The number that watch at once.
    pub(crate) watchers: usize,
    pub(crate) sqlite: Subject,
    pub(crate) postgres: Subject,
    pub(crate) echo: Echo,
    pub(crate) bare: Bare,
    pub(crate) issuer: Issuer,
    /// Transitions a second of many callers, as last measured on each engine.
    rates: [Option<f64>; 2],
    pgbench: Pgbench,
    servers: Durable,
    folder: TempDir,
}

impl Ground {
    /// # Panics
    /// Without PostgreSQL, or where nothing is durable.
    pub(crate) async fn prepare(args: &Args) -> Self {
        let place = args.folder.clone().unwrap_or_else(env::temp_dir);
        let kind = statfs(&place).expect("a folder").f_type;
        assert_ne!(kind, IN_MEMORY, "{} is in memory, where nothing is durable: --folder", place.display());
        let folder = tempfile::Builder::new().prefix("speed").tempdir_in(&place).expect("a folder");
        let servers = Durable::start(&place).expect("PostgreSQL");
        let of = |name: &str| made(folder.path(), name);
        let (issuer, files) = (Issuer::new(), Storage::files(of("files")));
        let databases = Storage::databases(&servers, "product", of("none"));
        let pgbench = Pgbench::new(&servers, of("pgbench"));
        check(&servers);
        Self {
            time: args.turn(),
            watchers: args.watchers,
            sqlite: Subject::start(files, &issuer).await,
            postgres: Subject::start(databases, &issuer).await,
            echo: Echo::start(8),
            bare: Bare::new(folder.path()).await,
            issuer,
            rates: [None; 2],
            pgbench,
            servers,
            folder,
        }
    }

    pub(crate) fn subject(&self, engine: Engine) -> &Subject {
        match engine {
            Engine::Sqlite => &self.sqlite,
            Engine::Postgres => &self.postgres,
        }
    }

    /// A folder of this name.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        made(self.folder.path(), name)
    }

    /// A turn of many callers with resources of their own.
    pub(crate) async fn many(&mut self, engine: Engine) -> Turn {
        let turn = self.subject(engine).transitions(self.load(MANY)).await;
        self.rates[engine as usize] = Some(turn.rate);
        turn
    }

    /// The transitions a second of many callers, as last measured.
    pub(crate) async fn rate(&mut self, engine: Engine) -> f64 {
        match self.rates[engine as usize] {
            Some(rate) => rate,
            None => self.many(engine).await.rate,
        }
    }

    /// The work of so many callers in a turn.
    pub(crate) fn load(&self, callers: usize) -> Load {
        Load { callers, time: self.time, pace: None }
    }

    /// Transitions a second of the reference on PostgreSQL.
    pub(crate) fn pgbench(&self) -> f64 {
        self.pgbench.best(&self.servers, self.time.as_secs())
    }

    /// The same of so many clients on one row.
    pub(crate) fn pgbench_hot(&self, clients: usize) -> f64 {
        self.pgbench.rate(&self.servers, clients, Rows::Hot, self.time.as_secs())
    }

    /// How long the reference takes with one client, in milliseconds.
    pub(crate) fn pgbench_alone(&self) -> f64 {
        self.pgbench.alone(&self.servers, self.time.as_secs())
    }
}

fn made(parent: &Path, name: &str) -> PathBuf {
    let folder = parent.join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The servers are as durable as is said.
fn check(servers: &Durable) {
    let url = servers.database("check");
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(servers.ask(&url, &format!("SHOW {setting}")), ["on"], "{setting}");
    }
}

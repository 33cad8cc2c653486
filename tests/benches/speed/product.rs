//! The product, in a process of its own, as it is delivered: durable, sealed, and shown tokens.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use tests::{Durable, Process, binary};
use tonic::Status;

use crate::{lines::Lines, people::People, tokens::Issuer};

/// Connections of callers to a process.
const LINES: usize = 8;

/// What a few callers do here is what many people do elsewhere: nobody is told to slow down.
const SETTINGS: [(&str, &str); 7] = [
    ("GETMODERN_RATE_PER_PERSON", "1000000"),
    ("GETMODERN_CALLS_PER_PERSON", "4096"),
    ("GETMODERN_CALLS", "4096"),
    ("GETMODERN_WATCHES", "4096"),
    ("GETMODERN_WATCHES_PER_PERSON", "4096"),
    ("GETMODERN_RATE_PER_SYSTEM", "1000000"),
    ("GETMODERN_CALLS_PER_SYSTEM", "4096"),
];

const SERVICES: [&str; 3] = ["intake", "engagement", "tasks"];

/// What a product keeps, and where; several processes may share it.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    folder: PathBuf,
    /// The address of each service's database; files when there are none.
    urls: Option<String>,
}

impl Storage {
    /// Files in this folder.
    pub(crate) fn files(folder: PathBuf) -> Self {
        Self { folder, urls: None }
    }

    /// A database for each service, whose names begin with `name`; its schema is there.
    pub(crate) fn databases(servers: &Durable, name: &str, folder: PathBuf) -> Self {
        let urls = SERVICES.map(|service| {
            let url = servers.database(&format!("{name}_{service}"));
            format!("{service}={url}")
        });
        let this = Self { folder, urls: Some(urls.join(",")) };
        let done = this.command(&["migrate", "up"]).stderr(Stdio::piped()).output().expect("the binary runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        this
    }

    /// The binary, told to do something with it.
    pub(crate) fn command(&self, verb: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(verb).arg("--data").arg(&self.folder);
        command.envs(self.urls.iter().map(|urls| ("GETMODERN_DATABASE_URL", urls)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// A process that serves.
pub(crate) struct Product {
    pub(crate) lines: Lines,
    pub(crate) process: Process,
}

impl Product {
    /// Starts one; it is ready.
    pub(crate) async fn start(storage: &Storage, issuer: &Issuer, people: &People) -> Self {
        let mut command = storage.command(&[]);
        command.args(["--listen", "127.0.0.1:0"]).envs(issuer.variables()).envs(SETTINGS);
        let process = Process::run(command).expect("it serves");
        let this = Self { lines: Lines::to(process.address, LINES), process };
        while !this.is_ready(people).await {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        this
    }

    /// More connections to it.
    pub(crate) fn lines(&self, count: usize) -> Lines {
        Lines::to(self.process.address, count)
    }

    async fn is_ready(&self, people: &People) -> bool {
        let ask = people.ask_at(crate::world::LEADERSHIP, "/grpc.health.v1.Health/Check", Vec::new());
        let answer: Result<_, Status> = self.lines.of(0).call(ask).await;
        // The status, which is the first field, is SERVING.
        answer.is_ok_and(|answer| answer.as_ref() == [8, 1])
    }
}

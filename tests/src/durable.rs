//! A PostgreSQL cluster of one's own on a disk, with the durability that PostgreSQL comes with: for measurements.

use std::{path::Path, process::Command};

use crate::{
    cluster::{Cluster, write},
    database::{ask, execute},
};

/// What is not as PostgreSQL comes: sockets in its own folder alone, and room for the log of a minute's writes, so that a checkpoint
/// comes when it is time for one.
const SETTINGS: &str = "
    listen_addresses = ''
    max_wal_size = 4GB
    shared_buffers = 512MB
";

/// PostgreSQL servers whose acknowledged writes are on a disk. They end when this is dropped.
pub struct Durable {
    cluster: Cluster,
}

impl Durable {
    /// Starts them in a folder of `folder`; `None`, said aloud, where PostgreSQL cannot be had.
    #[must_use]
    pub fn start(folder: &Path) -> Option<Self> {
        let prepare = |data: &Path| write(data, "postgresql.conf", SETTINGS);
        Cluster::prepared_in(folder, prepare).map(|cluster| Self { cluster })
    }

    /// The address of a database that is made for it.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        assert!(self.cluster.create(name), "a database");
        format!("postgres://postgres@localhost/{name}?host={}", self.cluster.directory.display())
    }

    /// A program that comes with PostgreSQL, told how to reach the servers.
    #[must_use]
    pub fn client(&self, program: &str) -> Command {
        self.cluster.client(program)
    }

    /// Carries out statements in the database at this address.
    ///
    /// # Panics
    /// When they cannot be carried out.
    pub fn execute(&self, url: &str, statements: &str) {
        execute(url, [statements]);
    }

    /// The texts that a question is answered with.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn ask(&self, url: &str, question: &str) -> Vec<String> {
        ask(url, question)
    }
}

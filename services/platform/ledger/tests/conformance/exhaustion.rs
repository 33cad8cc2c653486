//! What there is too little of: connections, or room. Who is refused is told in time, and nothing acknowledged is lost.

use std::{
    hash::{BuildHasher, RandomState},
    io::{self, Write},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use ledger::{Failure, Ledger, Statement};
use sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};
use tempfile::TempDir;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    cluster::{self, Cluster, give_away},
    counter::MIGRATIONS,
    house::{House, mark, marks, open_at, sql, write},
};

/// Far more than a caller ever waits: for a connection, then for its statement, each ten seconds at most.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) async fn callers_that_get_no_connection_are_told_in_time_and_served_later(house: House) {
    let ledger = house.open().await;
    let mut slow = JoinSet::new();
    // Twice as many as there are connections, each longer than the server lets a statement be.
    for _ in 0..32 {
        let ledger = ledger.clone();
        slow.spawn(async move { ledger.read(sql("SELECT pg_sleep(60)", vec![])).await.is_err() });
    }
    sleep(Duration::from_millis(500)).await;
    let outcome = timeout(PATIENCE, write(&ledger, [mark(1)])).await.expect("told in time");
    assert!(timeout(PATIENCE, slow.join_all()).await.expect("given up").iter().all(|refused| *refused));
    // Whoever got a connection after all has written, and whoever did not has not.
    let kept = marks(&ledger).await;
    assert_eq!(kept.contains(&1), outcome.is_ok(), "{outcome:?}");
    write(&ledger, [mark(2)]).await.expect("there are connections again");
    let busy = "SELECT count(*) FROM pg_stat_activity \
                WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(60)'";
    let rows = ledger.read(sql(busy, vec![])).await.expect("readable");
    assert_eq!(rows[0].get::<i64>(0).expect("a number"), 0, "no statement outlives its caller");
}

/// Fills the database until it refuses, and tells what was acknowledged.
async fn fill(ledger: &Ledger, first: i64) -> Vec<i64> {
    let mut told = Vec::new();
    // What cannot be compressed.
    let random = RandomState::new();
    let bytes: Vec<u8> = (0..2_500).flat_map(|word: u32| random.hash_one(word).to_be_bytes()).collect();
    for number in first..first + 2_000 {
        let ballast = Statement::new(
            "INSERT INTO request (person, key, fingerprint, reply, time) VALUES ('p', $1, $2, $2, $3)",
            vec![number.to_string().as_str().into(), bytes.clone().into(), crate::counter::moment(0).into()],
        );
        match write(ledger, [mark(number), ballast]).await {
            Ok(()) => told.push(number),
            Err(Failure::Trouble(_)) => return told,
            Err(stopped) => panic!("{stopped:?}"),
        }
    }
    panic!("there was room for everything")
}

pub(crate) async fn a_full_file_refuses_and_loses_nothing(house: House) {
    let ledger = house.open().await;
    write(&ledger, [sql("PRAGMA max_page_count = 200", vec![])]).await.expect("limited");
    let told = fill(&ledger, 1).await;
    assert!(told.len() > 5, "{told:?}");
    assert_eq!(marks(&ledger).await, told, "what was refused is not there, what was acknowledged is");
    // The limit goes with the writer's connection, which starts anew after such trouble.
    write(&ledger, [mark(9_999)]).await.expect("there is room again");
    assert_eq!(marks(&ledger).await.len(), told.len() + 1);
}

/// On servers of its own: they may end over a disk that goes away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_loses_nothing() {
    let Some(disk) = Disk::new() else { return };
    let quiet = |data: &Path| cluster::write(data, "postgresql.conf", "listen_addresses = ''\n");
    let Some(servers) = Cluster::prepared(quiet) else { return };
    let ledger = open_at(&disk.database(&servers).await, &MIGRATIONS).await.expect("the database opens");
    let told = fill(&ledger, 1).await;
    assert!(told.len() > 5, "{told:?}");
    assert_eq!(marks(&ledger).await, told, "what was refused is not there, what was acknowledged is");
    assert!(fill(&ledger, 5_000).await.len() < 5, "it is full still");
    disk.size("64m");
    let before = marks(&ledger).await.len();
    write(&ledger, [mark(9_999)]).await.expect("there is room again");
    assert_eq!(marks(&ledger).await.len(), before + 1);
    ledger.close().await;
}

/// A small disk of its own, which only root can have.
struct Disk(TempDir);

impl Disk {
    /// `None`, said aloud, where nothing can be mounted.
    fn new() -> Option<Self> {
        let disk = Self(TempDir::new().expect("a folder"));
        let mounted = disk.mount(&["-t", "tmpfs", "-o", "size=24m", "tmpfs"]);
        if !mounted {
            let _ = io::stderr().write_all(b"\nNOT RUN ON A FULL DISK: only root can mount a small one\n\n");
        }
        give_away(disk.0.path());
        mounted.then_some(disk)
    }

    fn mount(&self, how: &[&str]) -> bool {
        let status = Command::new("mount").args(how).arg(self.0.path()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    /// Makes it larger or smaller.
    fn size(&self, size: &str) {
        assert!(self.mount(&["-o", &format!("remount,size={size}")]), "it cannot be changed");
    }

    /// The address of a database whose tables are to be kept here.
    async fn database(&self, servers: &Cluster) -> String {
        let at = |name| format!("postgres://postgres@localhost/{name}?host={}", servers.directory.display());
        let mut own = PgConnection::connect(&at("postgres")).await.expect("connected");
        let folder = self.0.path().display();
        for text in [
            format!("CREATE TABLESPACE small LOCATION '{folder}'"),
            "CREATE DATABASE small".to_owned(),
            "ALTER DATABASE small SET default_tablespace = small".to_owned(),
        ] {
            raw_sql(AssertSqlSafe(text)).execute(&mut own).await.expect("made");
        }
        at("small")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The server has files open there until it ends.
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

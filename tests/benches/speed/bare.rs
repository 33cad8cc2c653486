//! The reference on SQLite: a bare loop of the same writes, one durable transaction each.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use sqlx::{
    Connection, SqliteConnection, raw_sql,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tests::median;

use crate::{
    load::number,
    pgbench::Rows,
    writes::{ROWS, Writes},
};

/// A statement that is a transaction by itself makes all the writes, so that nothing but SQLite's own work is measured.
const SCHEMA: &str = "
    CREATE TABLE cases (
        id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, update_time INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE journal (
        revision INTEGER PRIMARY KEY, resource INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL,
        person TEXT NOT NULL, time INTEGER NOT NULL, version_after INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX journal_resource ON journal (resource, revision);
    CREATE TABLE request (
        person TEXT NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL, reply BLOB NOT NULL, time INTEGER NOT NULL,
        PRIMARY KEY (person, key)
    ) STRICT, WITHOUT ROWID;
    CREATE VIEW transition (id, state, event, key, fingerprint, reply) AS SELECT 0, '', '', '', x'', x'';
    CREATE TRIGGER transition_is_written INSTEAD OF INSERT ON transition
    BEGIN
        UPDATE cases SET version = version + 1, state = new.state, update_time = unixepoch() WHERE id = new.id;
        INSERT INTO journal (resource, kind, data, person, time, version_after)
        SELECT id, 'ResearchRecorded', new.event, 'people/gateway', unixepoch(), version FROM cases WHERE id = new.id;
        INSERT INTO request VALUES ('people/gateway', new.key, new.fingerprint, new.reply, unixepoch());
    END;
";

/// What a turn of the loop came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looped {
    /// Transitions a second.
    pub(crate) rate: f64,
    /// The median of how long one took, in milliseconds.
    pub(crate) typical: f64,
}

/// The loop's file.
pub(crate) struct Bare {
    connection: SqliteConnection,
    writes: Writes,
    keys: u64,
}

impl Bare {
    pub(crate) async fn new(folder: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(folder.join("reference.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let mut connection = SqliteConnection::connect_with(&options).await.expect("a file");
        raw_sql(SCHEMA).execute(&mut connection).await.expect("a schema");
        let writes = Writes::new();
        let fill =
            "WITH RECURSIVE each_of (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM each_of WHERE id < $1)
                    INSERT INTO cases SELECT id, 1, $2, 0 FROM each_of";
        let fill = sqlx::query(fill).bind(ROWS).bind(writes.state.as_str());
        fill.execute(&mut connection).await.expect("rows");
        Self { connection, writes, keys: 0 }
    }

    /// Loops for as long as the turn is.
    pub(crate) async fn turn(&mut self, rows: Rows, time: Duration) -> Looped {
        let (begun, mut times) = (Instant::now(), Vec::new());
        while begun.elapsed() < time {
            let id = if rows == Rows::Hot { 1 } else { fastrand::i64(1..=ROWS) };
            let written = Instant::now();
            self.write(id).await;
            times.push(written.elapsed().as_secs_f64() * 1000.0);
        }
        Looped { rate: number(times.len()) / begun.elapsed().as_secs_f64(), typical: median(times) }
    }

    async fn write(&mut self, id: i64) {
        self.keys += 1;
        // A random one, as a digest is, so that keys go to any page.
        let key = format!("{:016x}{:016x}", fastrand::u64(..), self.keys);
        let Writes { state, event, reply, fingerprint } = &self.writes;
        let write = sqlx::query("INSERT INTO transition VALUES ($1, $2, $3, $4, $5, $6)");
        let write = write.bind(id).bind(state.as_str()).bind(event.as_str());
        let write = write.bind(key).bind(fingerprint.as_slice()).bind(reply.as_slice());
        write.execute(&mut self.connection).await.expect("written");
    }
}

//! SQLite: many readers, one writer that commits in groups.
//!
//! `FULL` synchronisation costs a disk flush per commit; commits that arrive meanwhile share the next one.

use std::{
    fs::OpenOptions,
    io::{self, ErrorKind},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::Arc,
    time::Duration,
};

use futures::TryStreamExt;
use sqlx::{
    AssertSqlSafe, Connection, Either, Executor, SqliteConnection,
    query::Query,
    raw_sql,
    sqlite::{Sqlite as Driver, SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    Commit, Demand, Failure, Migrations, Pool, Row, Statement, Stop, Trouble, Value,
    finish::finish,
    kill,
    pool::Waits,
    queue::{Handed, Outcome, Queue, Write},
    row::Of,
    schema::{
        APPLIED, Applied,
        shape::{self, Shape},
    },
    statement::with_places,
    stock::Stock,
};

const READERS: u32 = 4;
/// How long a query waits for one of them.
const WAIT: Duration = Duration::from_secs(30);
/// How long a statement waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it waits for another process that migrates, which a slow disk takes seconds for.
const MIGRATION: Duration = Duration::from_mins(1);
/// How long it waits where SQLite does not wait itself, before it tries again.
const AGAIN: Duration = Duration::from_millis(10);

/// One SQLite file.
#[derive(Debug, Clone)]
pub(crate) struct Sqlite {
    readers: Stock<SqliteConnection>,
    options: Arc<SqliteConnectOptions>,
    queue: Queue,
    revisions: watch::Receiver<i64>,
}

impl Sqlite {
    /// Opens a file whose schema is as it has to be.
    pub(crate) async fn open(path: &Path) -> Result<Self, Trouble> {
        let options = options(path);
        let mut connection = connect(&options).await?;
        let (head, revisions) = watch::channel(newest(&mut connection).await?);
        let queue = Queue::new([Writer { connection, options: options.clone(), head }]);
        let readers = Stock::new(options.clone().read_only(true), READERS, WAIT);
        Ok(Self { readers, options: Arc::new(options), queue, revisions })
    }

    pub(crate) async fn read(&self, query: Statement) -> Result<Vec<Row>, Trouble> {
        let readers = self.readers.clone();
        let rows = finish(async move {
            let mut reader = readers.lend().await?;
            let rows = bind(&query).fetch_all(&mut *reader).await;
            // A query that failed leaves nothing behind: nobody but the writer begins a transaction.
            reader.put_back();
            rows
        });
        let rows = rows.await?;
        Ok(rows.into_iter().map(|row| Row(Of::Sqlite(row))).collect())
    }

    pub(crate) async fn commit(&self, commit: Commit) -> Outcome {
        self.queue.commit(commit).await
    }

    /// Takes everything that was committed over into the file, and leaves nothing of what it was before in the log beside it.
    pub(crate) async fn scrub(&self) -> Result<(), Trouble> {
        let mut connection = connect(&self.options).await?;
        let busy: i64 =
            sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut connection).await?;
        connection.close().await?;
        if busy == 0 { Ok(()) } else { Err(Trouble::new("somebody read on in the log for too long")) }
    }

    pub(crate) fn pool(&self) -> Pool {
        self.readers.pool()
    }

    pub(crate) fn waits(&self) -> &Waits {
        self.readers.waits()
    }

    pub(crate) fn revisions(&self) -> watch::Receiver<i64> {
        self.revisions.clone()
    }

    /// Closes the readers, lets the writer finish what it was handed, and waits until its connection is closed too.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.queue.close().await;
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Without them a REPLACE deletes behind the back of the journal's trigger.
        .pragma("recursive_triggers", "ON")
        // What is replaced or removed is overwritten in the file, too: people may have asked for it.
        .pragma("secure_delete", "ON")
        .busy_timeout(PATIENCE)
}

/// Connects, and waits for another who is turning the file to WAL mode: SQLite itself does not wait for that.
async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, Trouble> {
    let until = Instant::now() + MIGRATION;
    loop {
        match SqliteConnection::connect_with(options).await {
            Err(error) if is_busy(&error) && Instant::now() < until => sleep(AGAIN).await,
            connected => return Ok(connected?),
        }
    }
}

/// Whether another has the file to itself: `SQLITE_BUSY`, which is the low byte of all that say why.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

/// Brings the file at `path` to the schema that is expected, creating it if need be.
pub(crate) async fn migrate(path: &Path, migrations: &Migrations) -> Result<(), Trouble> {
    make(path).map_err(Trouble::new)?;
    let mut connection = connect(&options(path).busy_timeout(MIGRATION)).await?;
    // The migrator's own lock is none on SQLite: whoever comes second waits here.
    let mut all = connection.begin_with("BEGIN IMMEDIATE").await?;
    migrations.migrator(|migration| migration.sqlite).run(&mut *all).await?;
    all.commit().await?;
    Ok(connection.close().await?)
}

/// Makes the file, if it is not there, for the owner of the process alone, as what SQLite puts beside it then is.
fn make(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// A copy that SQLite itself made is not in WAL mode yet, and reading is not what changes that.
fn as_it_is(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(MIGRATION)
}

/// The migrations that the file at `path` had; none when there is no file.
pub(crate) async fn applied(path: &Path) -> Result<Vec<Applied>, Trouble> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let mut connection = connect(&as_it_is(path)).await?;
    let migrated = "SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'";
    if sqlx::query(migrated).fetch_optional(&mut connection).await?.is_none() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(APPLIED).fetch_all(&mut connection).await?;
    rows.into_iter().map(|row| Applied::read(&Row(Of::Sqlite(row)))).collect()
}

/// The shape that the migrations make of nothing, and that of the file at `path`.
pub(crate) async fn shapes(path: &Path, migrations: &Migrations) -> Result<(Shape, Shape), Trouble> {
    let mut empty = connect(&SqliteConnectOptions::new().in_memory(true)).await?;
    for step in migrations.steps(|migration| migration.sqlite) {
        raw_sql(step.sql).execute(&mut empty).await?;
    }
    let mut own = connect(&as_it_is(path)).await?;
    Ok((shape(&mut empty).await?, shape(&mut own).await?))
}

async fn shape(connection: &mut SqliteConnection) -> Result<Shape, Trouble> {
    let rows: Vec<(String, String)> = sqlx::query_as(shape::SQLITE).fetch_all(connection).await?;
    Ok(rows.into_iter().collect())
}

/// The one connection that writes.
struct Writer {
    connection: SqliteConnection,
    options: SqliteConnectOptions,
    head: watch::Sender<i64>,
}

impl Write for Writer {
    /// When the group fails as a whole, all of it does.
    async fn write(&mut self, group: Vec<Handed>) {
        match self.write_group(&group).await {
            Ok(outcomes) => {
                group.into_iter().zip(outcomes).for_each(|(handed, outcome)| handed.answer(outcome));
            }
            Err(trouble) => {
                tracing::error!(cause = trouble.cause(), "a group of commits failed");
                self.recover().await;
                for handed in group {
                    handed.answer(Err(trouble.clone().into()));
                }
            }
        }
    }

    async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the writer did not close its connection");
        }
    }
}

impl Writer {
    async fn write_group(&mut self, group: &[Handed]) -> Result<Vec<Outcome>, Trouble> {
        // Deferred transactions fail when they turn into writes under contention; this one waits its turn.
        self.execute("BEGIN IMMEDIATE").await?;
        let Err(failure) = self.write_straight(group).await else {
            return self.end(group.iter().map(|_| Ok(())).collect()).await;
        };
        self.execute("ROLLBACK").await?;
        if group.len() == 1 {
            return Ok(vec![Err(failure)]);
        }
        self.execute("BEGIN IMMEDIATE").await?;
        let mut outcomes = Vec::with_capacity(group.len());
        for handed in group {
            outcomes.push(self.write_one(&handed.commit).await?);
        }
        self.end(outcomes).await
    }

    /// All of the group without a mark between one commit and the next: mostly none of them is stopped, and each mark costs two
    /// turns of the engine.
    async fn write_straight(&mut self, group: &[Handed]) -> Outcome {
        for handed in group {
            self.apply_all(&handed.commit.statements).await?;
        }
        Ok(())
    }

    async fn end(&mut self, outcomes: Vec<Outcome>) -> Result<Vec<Outcome>, Trouble> {
        let head = newest(&mut self.connection).await?;
        kill::point();
        self.execute("COMMIT").await?;
        kill::point();
        self.head.send_if_modified(|seen| std::mem::replace(seen, head) != head);
        Ok(outcomes)
    }

    /// One commit of the group. When it fails it is undone alone, and the others go on.
    async fn write_one(&mut self, commit: &Commit) -> Result<Outcome, Trouble> {
        self.execute("SAVEPOINT one").await?;
        let outcome = self.apply_all(&commit.statements).await;
        if outcome.is_err() {
            self.execute("ROLLBACK TO one").await?;
        }
        self.execute("RELEASE one").await?;
        Ok(outcome)
    }

    /// Carries all of them out at one word: each word to SQLite's thread costs more than most statements.
    async fn apply_all(&mut self, statements: &[Statement]) -> Outcome {
        let mut done = self.connection.fetch_many(bind_all(statements));
        let mut demands = statements.iter().map(|statement| statement.demand);
        while let Some(step) = done.try_next().await.map_err(failed)? {
            let Either::Left(touched) = step else { continue };
            if let Some(Demand::One(word)) = demands.next()
                && touched.rows_affected() != 1
            {
                return Err(Failure::Stopped(Stop::Demand(word)));
            }
        }
        Ok(())
    }

    async fn execute(&mut self, sql: &'static str) -> Result<(), Trouble> {
        sqlx::query(sql).execute(&mut self.connection).await?;
        Ok(())
    }

    /// Leaves the failed transaction, by a new connection if there is no other way.
    async fn recover(&mut self) {
        if self.execute("ROLLBACK").await.is_ok() {
            return;
        }
        match SqliteConnection::connect_with(&self.options).await {
            Ok(connection) => self.connection = connection,
            Err(error) => tracing::error!(%error, "the writer could not reconnect"),
        }
    }
}

async fn newest(connection: &mut SqliteConnection) -> Result<i64, Trouble> {
    Ok(sqlx::query_scalar("SELECT coalesce(max(revision), 0) FROM journal").fetch_one(connection).await?)
}

fn failed(error: sqlx::Error) -> Failure {
    stopped(&error).map_or_else(|| error.into(), Failure::Stopped)
}

/// The uniqueness constraint that `error` reports, if it reports one: `UNIQUE constraint failed: table.column`.
fn stopped(error: &sqlx::Error) -> Option<Stop> {
    let database = error.as_database_error()?;
    let columns = database.message().split_once("constraint failed: ")?.1;
    database.is_unique_violation().then(|| Stop::Unique(columns.to_owned()))
}

fn bind(statement: &Statement) -> Query<'static, Driver, SqliteArguments> {
    bind_all(std::slice::from_ref(statement))
}

/// All of them as one text, in which the values of each are numbered on from those of the ones before.
fn bind_all(statements: &[Statement]) -> Query<'static, Driver, SqliteArguments> {
    let (mut text, mut before) = (String::new(), 0);
    for statement in statements {
        text += &with_places(&statement.sql, |place| Some(format!("${}", before + place + 1)));
        text.push(';');
        before += statement.values.len();
    }
    // The text comes from our own code; every value travels apart from it.
    let query = sqlx::query(AssertSqlSafe(text));
    statements.iter().flat_map(|statement| &statement.values).fold(query, bind_value)
}

fn bind_value<'q>(
    query: Query<'q, Driver, SqliteArguments>,
    value: &Value,
) -> Query<'q, Driver, SqliteArguments> {
    match value {
        Value::Int(int) => query.bind(*int),
        Value::Text(text) => query.bind(text.clone()),
        Value::Id(id) => query.bind(id.map(|id| id.to_string())),
        Value::Time(time) => query.bind(time.map(kernel::Time::as_microsecond)),
        Value::Json(document) => query.bind(document.text().to_owned()),
        Value::Bytes(bytes) => query.bind(bytes.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUNDS: usize = 30;

    /// Opens a file as a process of its own would.
    fn open(path: &Path) -> Result<Vec<Applied>, Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            migrate(path, &Migrations(&[])).await?;
            applied(path).await
        })
    }

    #[test]
    fn of_many_who_open_a_new_file_at_once_none_is_turned_away() {
        for _ in 0..ROUNDS {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("a.db");
            std::thread::scope(|scope| {
                let all: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&path))).collect();
                for opened in all {
                    let found = opened.join().expect("it ran").map_err(|trouble| trouble.cause().to_owned());
                    assert!(!found.expect("it waits for the others").is_empty());
                }
            });
        }
    }

    #[tokio::test]
    async fn a_closed_ledger_leaves_one_file_and_nothing_open() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db");
        migrate(&path, &Migrations(&[])).await.expect("it migrates");
        let sqlite = Sqlite::open(&path).await.expect("it opens");
        let held = sqlite.clone();
        let query = Statement::new("SELECT revision FROM journal", vec![]);
        assert!(held.read(query).await.expect("readable").is_empty());
        sqlite.close().await;
        let files = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(files, 1, "the log and its index are gone with the last connection");
        assert!(held.commit(Commit::default()).await.is_err(), "and nothing more is taken");
    }
}

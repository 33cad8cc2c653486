//! PostgreSQL: a commit is one statement, carried out by a function that the schema brings along.
//!
//! Whatever is sent runs in a task of its own, so a caller that goes away never leaves a connection busy, and within a
//! limit of our own, because a failover can leave a client hanging without an error.

use std::{sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, Connection, Error, PgConnection, PgPool,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow, Postgres as Driver},
    query::Query,
    types::Json,
};
use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};

use crate::{
    Commit, Demand, Failure, Migrations, Row, Statement, Stop, Trouble, Value, kill, moment::Moment, row::Of,
    script, sequencer::Sequencer,
};

const CONNECTIONS: u32 = 16;
/// Commits that may be under way or wait for a connection.
const QUEUE: u32 = 1024;
/// How long a statement may take; the server gives up a little earlier than we do.
const LIMIT: Duration = Duration::from_secs(10);
const LIMIT_OF_SERVER: &str = "8s";
/// How long a connection may have been idle before it is tried out.
const IDLE: Duration = Duration::from_secs(5);
/// How often a commit that fell victim to others is carried out in all.
const ATTEMPTS: usize = 8;
/// The state in which `ledger_commit` stops over a demand; its message is the word.
const DEMAND: &str = "LG001";

/// One PostgreSQL database.
#[derive(Debug, Clone)]
pub(crate) struct Postgres {
    pool: PgPool,
    under_way: Arc<Semaphore>,
    sequencer: Sequencer,
}

impl Postgres {
    pub(crate) async fn open(url: &str, migrations: &Migrations) -> Result<Self, Trouble> {
        let options: PgConnectOptions = url.parse()?;
        // A rollback without a transaction warns, and every connection that comes back is rolled back.
        let options =
            options.options([("statement_timeout", LIMIT_OF_SERVER), ("client_min_messages", "error")]);
        let mut connection =
            PgConnection::connect_with(&options.clone().options([("statement_timeout", "0")])).await?;
        migrations.migrator(|migration| migration.postgres).run(&mut connection).await?;
        connection.close().await?;
        let sequencer = Sequencer::start(pool(2).connect_lazy_with(options.clone())).await?;
        let pool = pool(CONNECTIONS).connect_lazy_with(options);
        Ok(Self { pool, under_way: Arc::new(Semaphore::new(QUEUE as usize)), sequencer })
    }

    pub(crate) async fn read(&self, query: Statement) -> Result<Vec<Row>, Trouble> {
        let pool = self.pool.clone();
        let answer = tokio::spawn(async move { ask(&pool, bind(&query)).await });
        let rows = answer.await.map_err(Trouble::new)??;
        Ok(rows.into_iter().map(|row| Row(Of::Postgres(row))).collect())
    }

    pub(crate) async fn commit(&self, commit: Commit) -> Result<(), Failure> {
        let permit = self.under_way.clone().acquire_owned().await.map_err(Trouble::new)?;
        let this = self.clone();
        let outcome = tokio::spawn(async move {
            let _permit = permit;
            this.carry_out(&commit).await
        });
        outcome.await.map_err(Trouble::new)?
    }

    async fn carry_out(&self, commit: &Commit) -> Result<(), Failure> {
        let script = script::script(commit);
        kill::point();
        let mut attempt = 1;
        let outcome = loop {
            let write = sqlx::query("SELECT ledger_commit($1)").bind(Json(&script));
            match ask(&self.pool, write).await {
                Err(error) if attempt < ATTEMPTS && is_victim(&error) => attempt += 1,
                outcome => break outcome,
            }
        };
        kill::point();
        self.sequencer.poke();
        outcome.map(drop).map_err(|error| stopped(&error, commit).map_or(error.into(), Failure::Stopped))
    }

    pub(crate) fn revisions(&self) -> watch::Receiver<i64> {
        self.sequencer.revisions()
    }

    /// Waits for the commits under way.
    pub(crate) async fn close(&self) {
        let _ = self.under_way.acquire_many(QUEUE).await;
        self.under_way.close();
        self.sequencer.close().await;
        self.pool.close().await;
    }
}

/// A pool that takes no connection back inside a transaction, and tries out those that were idle for long.
fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(LIMIT)
        .test_before_acquire(false)
        .before_acquire(|connection, now| {
            Box::pin(async move {
                Ok(now.idle_for < IDLE || matches!(timeout(IDLE, connection.ping()).await, Ok(Ok(()))))
            })
        })
        .after_release(|connection, _| {
            Box::pin(async move {
                let rolled_back = timeout(LIMIT, sqlx::query("ROLLBACK").execute(connection)).await;
                rolled_back.map_err(|_| Error::PoolTimedOut)?.map(|_| true)
            })
        })
}

/// One statement, once. A connection that had trouble is not used again.
pub(crate) async fn ask(pool: &PgPool, query: Query<'_, Driver, PgArguments>) -> Result<Vec<PgRow>, Error> {
    let mut connection = pool.acquire().await?;
    let answer = timeout(LIMIT, query.fetch_all(&mut *connection)).await.unwrap_or(Err(Error::PoolTimedOut));
    if answer.as_ref().is_err_and(|error| !is_sound(error)) {
        drop(connection.detach());
    }
    answer
}

fn code(error: &Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// The statement failed as statements do, and its connection is as good as before.
fn is_sound(error: &Error) -> bool {
    code(error).is_some_and(|code| code == DEMAND || ["22", "23", "40", "42", "P0"].contains(&&code[..2]))
}

/// Others were in the way: a deadlock or a failed serialisation. Nothing was written.
fn is_victim(error: &Error) -> bool {
    code(error).is_some_and(|code| code == "40P01" || code == "40001")
}

/// What stopped the commit, if it was one of its own conditions.
fn stopped(error: &Error, commit: &Commit) -> Option<Stop> {
    let database = error.as_database_error()?;
    if database.is_unique_violation() {
        return database.constraint().map(|columns| Stop::Unique(columns.to_owned()));
    }
    let words = commit.statements.iter().map(|statement| statement.demand);
    words.into_iter().find_map(|demand| match demand {
        Demand::One(word) if code(error)? == DEMAND && word == database.message() => Some(Stop::Demand(word)),
        _ => None,
    })
}

fn bind(statement: &Statement) -> Query<'static, Driver, PgArguments> {
    // The text comes from our own code; every value travels apart from it.
    let query = sqlx::query(AssertSqlSafe(statement.sql.to_string()));
    statement.values.iter().cloned().fold(query, |query, value| match value {
        Value::Int(int) => query.bind(int),
        Value::Text(text) => query.bind(text),
        Value::Id(id) => query.bind(id),
        Value::Time(time) => query.bind(time.map(Moment)),
        Value::Json(json) => query.bind(json),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

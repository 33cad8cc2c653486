//! Connections to PostgreSQL, each statement within a limit of our own: a failover can leave a client hanging without
//! an error.

use std::{io::ErrorKind, time::Duration};

use sqlx::{
    Connection, Error, PgPool,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow, Postgres as Driver},
    query::Query,
};
use tokio::time::timeout;

/// How long a statement may take; the server gives up a little earlier than we do.
const LIMIT: Duration = Duration::from_secs(10);
const LIMIT_OF_SERVER: &str = "8s";
/// How long a connection may have been idle before it is tried out.
const IDLE: Duration = Duration::from_secs(5);
/// The state in which `ledger_commit` stops over a demand; its message is the word.
pub(crate) const DEMAND: &str = "LG001";

/// A pool that takes no connection back inside a transaction, and tries out those that were idle for long.
pub(crate) fn pool(options: &PgConnectOptions, connections: u32) -> PgPool {
    // A rollback without a transaction warns, and every connection that comes back is rolled back.
    let settings = [("statement_timeout", LIMIT_OF_SERVER), ("client_min_messages", "error")];
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
                rolled_back.unwrap_or_else(|_| Err(silent())).map(|_| true)
            })
        })
        .connect_lazy_with(options.clone().options(settings))
}

/// One statement, once. A connection that had trouble is not used again.
pub(crate) async fn ask(pool: &PgPool, query: Query<'_, Driver, PgArguments>) -> Result<Vec<PgRow>, Error> {
    let mut connection = pool.acquire().await?;
    let answer = timeout(LIMIT, query.fetch_all(&mut *connection)).await.unwrap_or_else(|_| Err(silent()));
    if answer.as_ref().is_err_and(|error| !is_sound(error)) {
        drop(connection.detach());
    }
    answer
}

/// The server has not answered in time.
fn silent() -> Error {
    Error::Io(ErrorKind::TimedOut.into())
}

/// The state that the database reports.
pub(crate) fn code(error: &Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// The statement failed as statements do, and its connection is as good as before.
fn is_sound(error: &Error) -> bool {
    let classes = [DEMAND, "22", "23", "40", "42", "P0"];
    code(error).is_some_and(|code| classes.iter().any(|class| code.starts_with(class)))
}

/// Others were in the way: a deadlock or a failed serialisation. Nothing was written.
pub(crate) fn is_victim(error: &Error) -> bool {
    code(error).is_some_and(|code| code == "40P01" || code == "40001")
}

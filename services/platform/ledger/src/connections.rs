//! Connections to PostgreSQL, each statement within a limit of our own: a failover can leave a client hanging without
//! an error.
//!
//! A pooler like pgbouncer lends a connection of the server's for one transaction at a time, so that a prepared
//! statement may be on another one when it is to be carried out. An address with `statement-cache-capacity=0` says so:
//! each statement then goes unnamed, in a transaction around it, which takes four ways there and back instead of one.

use std::{fmt, io::ErrorKind, sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Error, PgConnection, PgPool,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow, Postgres as Driver},
    query::Query,
    raw_sql,
};
use tokio::time::timeout;

use crate::pool::Waits;

/// How long a statement may take; the server gives up a little earlier than we do.
const LIMIT: Duration = Duration::from_secs(10);
const LIMIT_OF_SERVER: &str = "8s";
/// How long to wait for a connection: when the server is away, callers are to know it soon.
const WAIT: Duration = Duration::from_secs(3);
/// How the server finds out that a client is gone that never said so, and lets go of its locks.
const KEEP_ALIVE: [(&str, &str); 3] =
    [("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "3")];
/// How long a connection may have been idle before it is tried out.
const IDLE: Duration = Duration::from_secs(5);
/// The state in which `ledger_commit` stops over a demand; its message is the word.
pub(crate) const DEMAND: &str = "LG001";

/// Connections to one database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connections {
    /// The connections themselves.
    pub(crate) pool: PgPool,
    /// A pooler lends the server's, a transaction at a time.
    pub(crate) lent: bool,
    /// Who keeps account of how long statements wait for one.
    pub(crate) waits: Waits,
    options: Arc<PgConnectOptions>,
}

impl fmt::Debug for Connections {
    /// Says nothing of the options, which have a password in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("pool", &self.pool).finish_non_exhaustive()
    }
}

impl Connections {
    /// At most so many.
    pub(crate) fn new(options: &PgConnectOptions, most: u32) -> Self {
        let lent = are_lent(options);
        let options = if lent { options.clone() } else { settled(options) };
        let pool = pool(most).connect_lazy_with(options.clone());
        Self { pool, lent, waits: Waits::default(), options: Arc::new(options) }
    }

    /// A connection apart, for whoever keeps one for long: it takes nobody's place, even when it is lost.
    pub(crate) fn apart(&self) -> PgPool {
        pool(1).connect_lazy_with(PgConnectOptions::clone(&self.options))
    }

    /// One statement, once. A connection that had trouble is not used again.
    pub(crate) async fn ask(&self, query: Query<'_, Driver, PgArguments>) -> Result<Vec<PgRow>, Error> {
        let mut connection = self.waits.acquire(&self.pool).await?;
        let answer = async {
            if self.lent {
                in_transaction(&mut connection, query).await
            } else {
                query.fetch_all(&mut *connection).await
            }
        };
        let answer = in_time(answer).await;
        if answer.as_ref().is_err_and(|error| !is_sound(error)) {
            drop(connection.detach());
        }
        answer
    }
}

/// The address asks for a client without prepared statements of its own.
pub(crate) fn are_lent(options: &PgConnectOptions) -> bool {
    options.to_url_lossy().query_pairs().any(|(key, value)| key == "statement-cache-capacity" && value == "0")
}

/// A pool that tries out connections that were idle for long, and takes none back inside a transaction.
fn pool(most: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(WAIT)
        .test_before_acquire(false)
        .before_acquire(|connection, now| {
            Box::pin(async move {
                Ok(now.idle_for < IDLE || matches!(timeout(IDLE, connection.ping()).await, Ok(Ok(()))))
            })
        })
        .after_release(|connection, _| {
            // A rollback alone would mostly have nothing to roll back, and fill the server's log with saying so.
            Box::pin(
                async move { in_time(raw_sql("BEGIN; ROLLBACK").execute(connection)).await.map(|_| true) },
            )
        })
}

/// Where a connection here is one of the server's, it keeps the settings it begins with.
fn settled(options: &PgConnectOptions) -> PgConnectOptions {
    let settings = [
        ("statement_timeout", LIMIT_OF_SERVER),
        ("idle_in_transaction_session_timeout", LIMIT_OF_SERVER),
        ("default_transaction_isolation", "read committed"),
    ];
    options.clone().options(settings.into_iter().chain(KEEP_ALIVE))
}

/// What brings the schema up to date waits its turn, but not for ever, and for nobody who is gone.
pub(crate) fn for_migrations(options: &PgConnectOptions) -> PgConnectOptions {
    options
        .clone()
        .options([("lock_timeout", "30s"), ("idle_session_timeout", "60s")].into_iter().chain(KEEP_ALIVE))
}

/// The outcome of `work`, unless the server says nothing for too long.
pub(crate) async fn in_time<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(LIMIT, work).await.unwrap_or_else(|_| Err(silent()))
}

/// A statement that leaves nothing behind on the server's connection, and is done only once the transaction is.
async fn in_transaction(
    connection: &mut PgConnection,
    query: Query<'_, Driver, PgArguments>,
) -> Result<Vec<PgRow>, Error> {
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '{LIMIT_OF_SERVER}'; \
         SET LOCAL idle_in_transaction_session_timeout = '{LIMIT_OF_SERVER}'"
    );
    raw_sql(AssertSqlSafe(begin)).execute(&mut *connection).await?;
    let answer = query.persistent(false).fetch_all(&mut *connection).await;
    if answer.is_ok() {
        raw_sql("COMMIT").execute(connection).await?;
    } else {
        // Should it fail as well, the connection is not taken back.
        let _ = raw_sql("ROLLBACK").execute(connection).await;
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

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
};
use tokio::time::timeout;

use crate::stock::Stock;

/// How long a statement may take; the server gives up a little earlier than we do.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);
const LIMIT_OF_SERVER: &str = "8s";
/// How long to wait for a connection: when the server is away, callers are to know it soon.
const WAIT: Duration = Duration::from_secs(3);
/// How the server finds out that a client is gone that never said so, and lets go of its locks.
const KEEP_ALIVE: [(&str, &str); 3] =
    [("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "3")];
/// The state in which a commit stops over a demand; its message is the word.
pub(crate) const DEMAND: &str = "LG001";
/// The state in which it stops over a constraint that something is there once.
pub(crate) const UNIQUE: &str = "23505";

/// Connections to one database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connections {
    /// The connections themselves.
    pub(crate) stock: Stock<PgConnection>,
    /// A pooler lends the server's, a transaction at a time.
    pub(crate) lent: bool,
    options: Arc<PgConnectOptions>,
}

impl fmt::Debug for Connections {
    /// Says nothing of the options, which have a password in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("stock", &self.stock).finish_non_exhaustive()
    }
}

impl Connections {
    /// At most so many.
    pub(crate) fn new(options: &PgConnectOptions, most: u32) -> Self {
        let lent = are_lent(options);
        let options = if lent { options.clone() } else { settled(options) };
        let stock = Stock::new(options.clone(), most, WAIT);
        Self { stock, lent, options: Arc::new(options) }
    }

    /// A connection apart, for whoever keeps one for long: it takes nobody's place, even when it is lost.
    pub(crate) fn apart(&self) -> PgPool {
        let options = PgPoolOptions::new().max_connections(1).acquire_timeout(WAIT);
        options.connect_lazy_with(PgConnectOptions::clone(&self.options))
    }

    /// One statement, once. A connection that had trouble is not used again.
    pub(crate) async fn ask(&self, query: Query<'_, Driver, PgArguments>) -> Result<Vec<PgRow>, Error> {
        let mut connection = self.stock.lend().await?;
        let exchange = async {
            if self.lent {
                in_transaction(&mut connection, query).await
            } else {
                Ok(query.fetch_all(&mut *connection).await)
            }
        };
        let answer = in_time(exchange).await?;
        if answer.as_ref().err().is_none_or(is_sound) {
            connection.put_back();
        }
        answer
    }
}

/// The address asks for a client without prepared statements of its own.
pub(crate) fn are_lent(options: &PgConnectOptions) -> bool {
    options.to_url_lossy().query_pairs().any(|(key, value)| key == "statement-cache-capacity" && value == "0")
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

/// A statement that leaves nothing behind on the server's connection, and is done only once the transaction is. Fails where that
/// is not known to be over.
async fn in_transaction(
    connection: &mut PgConnection,
    query: Query<'_, Driver, PgArguments>,
) -> Result<Result<Vec<PgRow>, Error>, Error> {
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '{LIMIT_OF_SERVER}'; \
         SET LOCAL idle_in_transaction_session_timeout = '{LIMIT_OF_SERVER}'"
    );
    let mut work = connection.begin_with(AssertSqlSafe(begin)).await?;
    let answer = query.persistent(false).fetch_all(&mut *work).await;
    if answer.is_ok() {
        work.commit().await?;
    } else {
        work.rollback().await?;
    }
    Ok(answer)
}

/// The server has not answered in time.
fn silent() -> Error {
    Error::Io(ErrorKind::TimedOut.into())
}

/// The state that the database reports.
fn code(error: &Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// The statement failed as statements do, and its connection is as good as before.
fn is_sound(error: &Error) -> bool {
    let classes = [DEMAND, "22", "23", "40", "42", "P0"];
    code(error).is_some_and(|code| classes.iter().any(|class| code.starts_with(class)))
}

/// Others were in the way: a deadlock, a failed serialisation or a lock that was waited for too long. Nothing was written.
pub(crate) fn is_in_the_way(state: &str) -> bool {
    ["40P01", "40001", "55P03"].contains(&state)
}

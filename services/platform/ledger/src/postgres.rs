//! PostgreSQL: commits are one statement, carried out by a function that the schema brings along.
//!
//! A statement is carried on when its caller goes away, so no connection is left in the midst of one.

use std::{sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, Connection, Error, PgConnection, Row as _,
    postgres::{PgArguments, PgConnectOptions, Postgres as Driver},
    query::Query,
    raw_sql,
    types::Json,
};
use tokio::{
    join,
    sync::{OnceCell, watch},
    time::timeout,
};

use crate::{
    Commit, Migrations, Pool, Row, Statement, Trouble, Value,
    connections::{Connections, are_lent, for_migrations, in_time},
    finish::finish,
    head::Head,
    joined::{Server, Writer},
    moment::Moment,
    pool::Waits,
    queue::{Outcome, Queue},
    row::Of,
    schema::{
        APPLIED, Applied,
        shape::{self, Shape},
    },
};

/// That which looks how far the journal reaches.
const ASIDE: u32 = 1;
/// How many write: while one waits for its turn or the disk, another group comes together.
const WRITERS: usize = 2;
/// How long closing may wait for the commits under way, and for the connections.
const CLOSING: Duration = Duration::from_secs(3);

/// One PostgreSQL database.
#[derive(Debug, Clone)]
pub(crate) struct Postgres {
    pool: Connections,
    queue: Queue,
    /// The connection that looks how far the journal reaches.
    aside: Connections,
    head: Head,
    begun: Arc<OnceCell<()>>,
}

impl Postgres {
    /// The database at `url`, over at most so many connections; nothing is asked of it before it is needed.
    pub(crate) fn at(url: &str, connections: u32) -> Result<Self, Trouble> {
        let options: PgConnectOptions = url.parse()?;
        let (pool, aside) = (Connections::new(&options, connections), Connections::new(&options, ASIDE));
        let head = Head::new();
        let server = Server::new(pool.clone(), head.teller());
        let queue = Queue::new((0..WRITERS).map(|_| Writer::new(server.clone())));
        Ok(Self { pool, queue, aside, head, begun: Arc::default() })
    }

    /// Begins to follow the journal; the schema has to be as expected.
    pub(crate) async fn begin(&self) -> Result<(), Trouble> {
        self.begun.get_or_try_init(|| self.head.follow(self.aside.clone())).await?;
        Ok(())
    }

    pub(crate) async fn read(&self, query: Statement) -> Result<Vec<Row>, Trouble> {
        let pool = self.pool.clone();
        let rows = finish(async move { pool.ask(bind(query)).await }).await?;
        Ok(rows.into_iter().map(|row| Row(Of::Postgres(row))).collect())
    }

    pub(crate) async fn commit(&self, commit: Commit) -> Outcome {
        self.queue.commit(commit).await
    }

    pub(crate) fn pool(&self) -> Pool {
        self.pool.stock.pool()
    }

    pub(crate) fn waits(&self) -> &Waits {
        self.pool.stock.waits()
    }

    pub(crate) fn revisions(&self) -> watch::Receiver<i64> {
        self.head.revisions()
    }

    /// Waits for the commits under way, and for nothing that a server does not answer.
    pub(crate) async fn close(&self) {
        let _ = timeout(CLOSING, self.queue.close()).await;
        let _ = timeout(CLOSING, async { join!(self.aside.stock.close(), self.pool.stock.close()) }).await;
    }
}

/// Brings the database at `url` to the schema that is expected, under a lock that all replicas share.
pub(crate) async fn migrate(url: &str, migrations: &Migrations) -> Result<(), Trouble> {
    let options: PgConnectOptions = url.parse()?;
    if are_lent(&options) {
        return Err(Trouble::new(
            "migrations need the server itself, not a pooler: an address without statement-cache-capacity=0",
        ));
    }
    let mut connection = in_time(PgConnection::connect_with(&for_migrations(&options))).await?;
    migrations.migrator(|migration| migration.postgres).run(&mut connection).await?;
    Ok(connection.close().await?)
}

/// The migrations that the database at `url` had.
pub(crate) async fn applied(url: &str) -> Result<Vec<Applied>, Trouble> {
    let options: PgConnectOptions = url.parse()?;
    in_time(async { history(&mut PgConnection::connect_with(&options).await?).await }).await?
}

/// The shape that the migrations make of nothing, and that of the database at `url`. Nothing of it stays.
pub(crate) async fn shapes(url: &str, migrations: &Migrations) -> Result<(Shape, Shape), Trouble> {
    let options: PgConnectOptions = url.parse()?;
    let shapes = in_time(async {
        let mut connection = PgConnection::connect_with(&options).await?;
        let mut work = connection.begin().await?;
        let found = shape(&mut work, FOUND).await?;
        let home: String = sqlx::query_scalar(EXPECTED).fetch_one(&mut *work).await?;
        let open = format!("CREATE SCHEMA {home}; SET LOCAL search_path = {home}");
        raw_sql(AssertSqlSafe(open)).execute(&mut *work).await?;
        for step in migrations.steps(|migration| migration.postgres) {
            raw_sql(step.sql).execute(&mut *work).await?;
        }
        let expected = shape(&mut work, MADE).await?;
        work.rollback().await?;
        Ok((expected, found))
    });
    Ok(shapes.await?)
}

/// The schema of the tables, and whose they are.
const FOUND: &str = "SELECT relnamespace::regnamespace::text, relowner::regrole::text FROM pg_class \
                     WHERE oid = to_regclass('_sqlx_migrations')";
/// The same of those that were just made.
const MADE: &str = "SELECT current_schema()::text, quote_ident(current_user)";
/// A schema that nobody else makes.
const EXPECTED: &str = "SELECT 'getmodern_expected_' || pg_backend_pid()";

async fn shape(connection: &mut PgConnection, whose: &'static str) -> Result<Shape, Error> {
    let (home, owner): (String, String) = sqlx::query_as(whose).fetch_one(&mut *connection).await?;
    let rows: Vec<(String, String)> =
        sqlx::query_as(shape::POSTGRES).bind(home).bind(owner).fetch_all(connection).await?;
    Ok(rows.into_iter().collect())
}

/// What the database remembers; trouble of ours when it remembers it elsewhere than new tables would go.
async fn history(connection: &mut PgConnection) -> Result<Result<Vec<Applied>, Trouble>, Error> {
    let home = "SELECT relnamespace::regnamespace::text, current_schema()::text \
                FROM pg_class WHERE oid = to_regclass('_sqlx_migrations')";
    let Some(row) = raw_sql(home).fetch_optional(&mut *connection).await? else { return Ok(Ok(Vec::new())) };
    let (found, first): (String, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
    if first.as_ref() != Some(&found) {
        let first = first.unwrap_or_else(|| "no schema".to_owned());
        let text =
            format!("the tables are in {found}, and new ones would go to {first}: set the search_path");
        return Ok(Err(Trouble::new(text)));
    }
    let rows = raw_sql(APPLIED).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| Applied::read(&Row(Of::Postgres(row)))).collect())
}

fn bind(statement: Statement) -> Query<'static, Driver, PgArguments> {
    // The text comes from our own code; every value travels apart from it.
    let query = sqlx::query(AssertSqlSafe(statement.sql.into_owned()));
    statement.values.into_iter().fold(query, |query, value| match value {
        Value::Int(int) => query.bind(int),
        Value::Text(text) => query.bind(text),
        Value::Id(id) => query.bind(id),
        Value::Time(time) => query.bind(time.map(Moment)),
        Value::Json(document) => query.bind(Json(document.raw().to_owned())),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

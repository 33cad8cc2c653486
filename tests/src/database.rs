//! One service's PostgreSQL database, on the tests' own cluster. Gone when dropped.

use std::{
    mem,
    path::{Path, PathBuf},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    thread,
};

use host::{Action, Storage, Verb};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool, SqliteConnection, postgres::PgPoolOptions, raw_sql,
    sqlite::SqliteConnectOptions,
};
use tokio::runtime::{Builder, Runtime};

use crate::postgres_database;

/// A database from which the others are made and dropped.
static HOUSE: LazyLock<String> =
    LazyLock::new(|| postgres_database().expect("PostgreSQL, without which there is nothing to test on"));

/// Connections to it that stay: a new one for each statement would cost the server a process that learns everything anew.
static SERVER: LazyLock<(Runtime, PgPool)> = LazyLock::new(|| {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let pool = {
        let _here = runtime.enter();
        PgPoolOptions::new().max_connections(AT_ONCE).connect_lazy(&HOUSE).expect("an address")
    };
    (runtime, pool)
});

/// Databases that are made or dropped at once.
const AT_ONCE: u32 = 4;

/// One empty database of each service, with its schema; the others are copies.
static TEMPLATES: LazyLock<()> = LazyLock::new(|| {
    in_a_thread(async || {
        let services = getmodern::services();
        let names = services.iter().map(host::Service::name);
        let databases: Vec<_> = names.map(|name| Database::like(name.to_owned(), "template0")).collect();
        let urls = databases.iter().map(|database| format!("{}={}", database.0, database.url()));
        let database_urls = urls.map(|url| url.parse().expect("a setting")).collect();
        let storage = Storage { data: PathBuf::new(), database_urls, database_connections: 1 };
        let up = Verb::Migrate { action: Action::Up, storage }.run(&services).await;
        up.expect("the schemas are brought up to date");
        // They go with the cluster.
        databases.into_iter().for_each(mem::forget);
    });
});

/// One database, unlike any other.
pub(crate) struct Database(String);

impl Database {
    /// A new one for `service`, with its schema and nothing else.
    pub(crate) fn new(service: &str) -> Self {
        LazyLock::force(&TEMPLATES);
        Self::like(unused(), service)
    }

    /// A new one without anything.
    pub(crate) fn empty() -> Self {
        Self::like(unused(), "template0")
    }

    /// One with the same content; nobody may be using this one.
    pub(crate) fn copy(&self) -> Self {
        Self::like(unused(), &self.0)
    }

    fn like(name: String, template: &str) -> Self {
        on_the_server(format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"));
        Self(name)
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        let (house, folder) = HOUSE.split_once('?').expect("a folder");
        let (server, _) = house.rsplit_once('/').expect("an address");
        format!("{server}/{}?{folder}", self.0)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        on_the_server(format!("DROP DATABASE {} WITH (FORCE)", self.0));
    }
}

fn unused() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("product{}", NEXT.fetch_add(1, Relaxed))
}

/// Makes or drops a database; the caller waits.
fn on_the_server(statement: String) {
    let (runtime, pool) = &*SERVER;
    let carry_out = || runtime.block_on(raw_sql(AssertSqlSafe(statement)).execute(pool));
    let done = thread::scope(|scope| scope.spawn(carry_out).join().expect("it ends"));
    done.expect("it is carried out");
}

/// Carries out statements; the caller waits.
pub(crate) fn execute<S: Into<String>>(url: &str, statements: impl IntoIterator<Item = S>) {
    attempt(url, statements).expect("it is carried out");
}

/// Carries out statements, if the server does.
pub(crate) fn attempt<S: Into<String>>(
    url: &str,
    statements: impl IntoIterator<Item = S>,
) -> Result<(), sqlx::Error> {
    let statements: Vec<String> = statements.into_iter().map(Into::into).collect();
    let url = url.to_owned();
    let work = async move || {
        let mut connection = PgConnection::connect(&url).await?;
        for statement in statements {
            raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        }
        connection.close().await
    };
    in_a_thread(work)
}

/// The texts that a question is answered with.
pub(crate) fn ask(url: &str, question: &str) -> Vec<String> {
    let (url, question) = (url.to_owned(), AssertSqlSafe(question.to_owned()));
    let work = async move || {
        let mut connection = PgConnection::connect(&url).await?;
        sqlx::query_scalar(question).fetch_all(&mut connection).await
    };
    let answer: Result<_, sqlx::Error> = in_a_thread(work);
    answer.expect("an answer")
}

/// The texts that a question is answered with after each of these statements, all of which are taken back, or what the server says
/// to the statement.
pub(crate) fn ask_after_each(
    url: &str,
    statements: Vec<String>,
    question: &str,
) -> Vec<Result<Vec<String>, String>> {
    let (url, question) = (url.to_owned(), question.to_owned());
    in_a_thread(async move || {
        let mut connection = PgConnection::connect(&url).await.expect("a connection");
        let mut answers = Vec::new();
        for statement in statements {
            answers.push(ask_after(&mut connection, statement, &question).await);
        }
        answers
    })
}

async fn ask_after(
    connection: &mut PgConnection,
    statement: String,
    question: &str,
) -> Result<Vec<String>, String> {
    let mut work = connection.begin().await.expect("a transaction");
    let done = raw_sql(AssertSqlSafe(statement)).execute(&mut *work).await;
    done.map_err(|error| error.to_string())?;
    let answer = sqlx::query_scalar(AssertSqlSafe(question.to_owned())).fetch_all(&mut *work).await;
    work.rollback().await.expect("it is taken back");
    Ok(answer.expect("an answer"))
}

/// The texts that a question to a SQLite file is answered with.
pub(crate) fn ask_file(file: &Path, question: &str) -> Vec<String> {
    let (options, question) =
        (SqliteConnectOptions::new().filename(file), AssertSqlSafe(question.to_owned()));
    let work = async move || {
        let mut connection = SqliteConnection::connect_with(&options).await?;
        sqlx::query_scalar(question).fetch_all(&mut connection).await
    };
    let answer: Result<_, sqlx::Error> = in_a_thread(work);
    answer.expect("an answer")
}

/// Carries out statements in a SQLite file, which is created as needed, if it takes them.
pub(crate) fn attempt_in_file(file: &Path, statements: &str) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let statements = statements.to_owned();
    let work = async move || {
        let mut connection = SqliteConnection::connect_with(&options).await?;
        raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await?;
        connection.close().await
    };
    in_a_thread(work)
}

/// Carries out `work` from wherever, a runtime or not.
fn in_a_thread<T: Send>(work: impl AsyncFnOnce() -> T + Send) -> T {
    let carry_out =
        || Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work());
    thread::scope(|scope| scope.spawn(carry_out).join().expect("it ends"))
}

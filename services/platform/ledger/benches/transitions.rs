//! What a transition and a read cost the ledger alone, on each engine, with everything durable:
//! `cargo bench --package ledger --bench transitions -- [ENGINE] [SECONDS]`.
//!
//! A transition is what a service does for a command: look for the counter, its duties and the request, decide, commit. On
//! PostgreSQL it also tells what the server was asked for meanwhile, where `pg_stat_statements` can be loaded.

#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../tests/conformance/acting.rs"]
mod acting;
#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../tests/conformance/cluster.rs"]
mod cluster;
#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../tests/conformance/counter.rs"]
mod counter;
#[path = "../tests/conformance/installed.rs"]
mod installed;

/// The folder of databases: on a disk, unlike those of tests.
mod memory {
    use std::path::PathBuf;

    pub(crate) fn folder() -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench");
        std::fs::create_dir_all(&folder).expect("a folder");
        // The servers remove what is theirs.
        crate::cluster::give_away(&folder);
        folder
    }
}

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use kernel::Id;
use ledger::{Ledger, Place, load};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::{
    sync::Mutex,
    task::JoinSet,
    time::{sleep, timeout},
};

use acting::{act, id, open};
use cluster::Cluster;
use counter::{Counters, MIGRATIONS, Wish};

const CALLERS: u128 = 64;

const SETTINGS: &str = "
    listen_addresses = ''
    jit = off
    shared_buffers = 512MB
    max_wal_size = 4GB
    shared_preload_libraries = pg_stat_statements
    pg_stat_statements.track = all
    pg_stat_statements.track_planning = on
";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|one| !one.starts_with("--")).collect();
    let wanted = |engine: &str| arguments.iter().all(|one| one == engine || one.parse::<u64>().is_ok());
    let seconds = arguments.iter().find_map(|one| one.parse().ok()).unwrap_or(5);
    if wanted("sqlite") {
        let folder = tempfile::tempdir_in(memory::folder()).expect("a folder");
        let ledger = opened(&Place::File(folder.path().join("ledger.sqlite"))).await;
        measure("sqlite", &ledger, seconds, None).await;
    }
    if wanted("postgres")
        && let Some(cluster) = Cluster::prepared(|data| cluster::write(data, "postgresql.conf", SETTINGS))
    {
        let at = |name| format!("postgres://postgres@localhost/{name}?host={}", cluster.directory.display());
        let mut own = PgConnection::connect(&at("postgres")).await.expect("connected");
        sqlx::query("CREATE DATABASE bench").execute(&mut own).await.expect("made");
        let mut own = PgConnection::connect(&at("bench")).await.expect("connected");
        sqlx::query("CREATE EXTENSION pg_stat_statements").execute(&mut own).await.expect("made");
        let ledger = opened(&Place::Database { url: at("bench"), connections: 16 }).await;
        measure("postgres", &ledger, seconds, Some(own)).await;
    }
}

async fn opened(place: &Place) -> Ledger {
    place.migrate(&MIGRATIONS).await.expect("migrated");
    let ledger = Ledger::open(place, &MIGRATIONS).await.expect("opened");
    ledger.begin().await.expect("begun");
    for number in 0..CALLERS {
        act(&ledger, id(number), &open(number, "shelves/a"), &format!("open {number}")).await;
        act(&ledger, id(number), &Wish::Add(vec![1]), &format!("first {number}")).await;
    }
    ledger
}

async fn measure(engine: &str, ledger: &Ledger, seconds: u64, mut server: Option<PgConnection>) {
    let span = Duration::from_secs(seconds);
    // Servers plan for tables of a size, and have to know it.
    run(ledger, CALLERS, Duration::from_secs(1), transition).await;
    if let Some(server) = &mut server {
        sqlx::query("ANALYZE").execute(server).await.expect("analysed");
    }
    let alone = run(ledger, 1, span, transition).await;
    if let Some(server) = &mut server {
        sqlx::query("SELECT pg_stat_statements_reset()").execute(server).await.expect("reset");
    }
    let together = run(ledger, CALLERS, span, transition).await;
    let statements = match &mut server {
        Some(server) => told(server, together.count).await,
        None => String::new(),
    };
    let hot = run(ledger, CALLERS, span, on_one).await;
    let read_alone = run(ledger, 1, span / 2, read).await;
    let reads = run(ledger, CALLERS, span / 2, read).await;
    let all = [
        ("transitions, one caller", alone),
        ("transitions, 64 callers", together),
        ("transitions, 64 callers on one", hot),
        ("reads, one caller", read_alone),
        ("reads, 64 callers", reads),
    ];
    let mut text = String::new();
    for (what, measured) in all {
        let _ = writeln!(text, "{engine:9} {what:32} {measured}");
    }
    let _ = io::stdout().write_all((text + &statements).as_bytes());
    ledger.close().await;
}

/// What a number of callers did in a while.
struct Measured {
    count: u64,
    span: Duration,
    p50: Duration,
    p99: Duration,
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rate = u128::from(self.count) * 1000 / self.span.as_millis();
        write!(f, "{rate:>7}/s  p50 {:>9.3?}  p99 {:>9.3?}", self.p50, self.p99)
    }
}

/// One call of a caller, with a number that no other has.
type Call = fn(Ledger, u128, u64, Arc<Mutex<()>>) -> Work;
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

async fn run(ledger: &Ledger, callers: u128, span: Duration, call: Call) -> Measured {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let (over, turn) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(())));
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for caller in 0..callers {
        let (ledger, over, turn) = (ledger.clone(), Arc::clone(&over), Arc::clone(&turn));
        all.spawn(async move {
            let mut took = Vec::new();
            while !over.load(Relaxed) {
                let begun = Instant::now();
                let number = CALLS.fetch_add(1, Relaxed);
                let call = call(ledger.clone(), caller, number, Arc::clone(&turn));
                timeout(Duration::from_mins(1), call).await.expect("answered");
                took.push(begun.elapsed());
            }
            took
        });
    }
    sleep(span).await;
    over.store(true, Relaxed);
    let mut took = all.join_all().await.concat();
    let span = begun.elapsed();
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    Measured { count: took.len() as u64, span, p50: at(50), p99: at(99) }
}

fn transition(ledger: Ledger, caller: u128, number: u64, _turn: Arc<Mutex<()>>) -> Work {
    Box::pin(add(ledger, id(caller), number))
}

/// All of them take their turns at one counter, as they do in a service.
fn on_one(ledger: Ledger, _caller: u128, number: u64, turn: Arc<Mutex<()>>) -> Work {
    Box::pin(async move {
        let _turn = turn.lock().await;
        add(ledger, id(0), number).await;
    })
}

async fn add(ledger: Ledger, id: Id, number: u64) {
    act(&ledger, id, &Wish::Add(vec![1]), &format!("call {number}")).await;
}

fn read(ledger: Ledger, caller: u128, _number: u64, _turn: Arc<Mutex<()>>) -> Work {
    Box::pin(async move {
        load::<Counters>(&ledger, id(caller)).await.expect("readable").expect("it is there");
    })
}

/// What the server was asked for, for each transition.
async fn told(server: &mut PgConnection, transitions: u64) -> String {
    let sql = format!(
        "SELECT lpad(round(calls / {transitions}.0, 2)::text, 6) || ' calls ' \
         || lpad(round((total_exec_time / {transitions})::numeric, 3)::text, 7) || ' ms executing ' \
         || lpad(round((total_plan_time / {transitions})::numeric, 3)::text, 7) || ' ms planning  ' \
         || left(regexp_replace(query, '\\s+', ' ', 'g'), 90) \
         FROM pg_stat_statements JOIN pg_database AS d ON d.oid = dbid AND d.datname = 'bench' \
         WHERE calls > 5 ORDER BY total_exec_time + total_plan_time DESC LIMIT 16"
    );
    let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(server).await.expect("readable");
    rows.join("\n") + "\n"
}

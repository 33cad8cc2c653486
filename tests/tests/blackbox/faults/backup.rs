//! A backup as `deploy/README.md` tells to take it, while others write: one moment of the journal, and nobody is misled.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

use getmodern::client::Client;
use proto::{
    common::v1::Event,
    intake::v1::{Case, OpenCaseRequest},
};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use tests::{Engine, Product, State};

use super::{
    gateway::{GATEWAY, begun, done, eventually, exit, prepare},
    journal,
    restored::{INTAKE, hand_over, is_told_apart, resume, stands_still},
};
use crate::digests::salted;

const WRITERS: usize = 4;

/// Opens cases without a pause until `stop`, and counts those that are there.
async fn write(client: &Client, writer: usize, count: &AtomicUsize, stop: &AtomicBool) {
    for number in 0.. {
        if stop.load(Relaxed) {
            return;
        }
        let tenant = load(writer, number);
        let (request_id, customer) = (tenant.clone(), tenant.clone());
        let open = OpenCaseRequest { request_id, customer, tenant, ..OpenCaseRequest::default() };
        let _: Case = done(client, GATEWAY, open).await;
        count.fetch_add(1, Relaxed);
    }
}

/// Backs intake up to `file` while others write; how many cases were opened meanwhile.
async fn back_up_under_load(product: &Product, file: &Path) -> usize {
    let (client, count, stop) = (product.client(), AtomicUsize::new(0), AtomicBool::new(false));
    let load = futures::future::join_all((0..WRITERS).map(|writer| write(&client, writer, &count, &stop)));
    let backup = async {
        let more_than = async |start: usize| {
            eventually("writes flow", async || (count.load(Relaxed) > start + WRITERS).then_some(())).await;
        };
        more_than(0).await;
        let before = count.load(Relaxed);
        back_up(product.state(), "intake", file).await;
        let meanwhile = count.load(Relaxed) - before;
        more_than(count.load(Relaxed)).await;
        stop.store(true, Relaxed);
        meanwhile
    };
    futures::future::join(load, backup).await.1
}

/// Copies what a service keeps to `file`, while it serves.
pub(super) async fn back_up(state: &State, service: &str, file: &Path) {
    match Engine::here() {
        Engine::Sqlite => {
            let url = format!("sqlite:{}", state.folder().join(format!("{service}.db")).display());
            let mut connection = SqliteConnection::connect(&url).await.expect("the file");
            let vacuum = AssertSqlSafe(format!("VACUUM INTO '{}'", file.display()));
            connection.execute(vacuum).await.expect("a copy");
            connection.close().await.expect("it lets go of the file");
        }
        Engine::Postgres => {
            let mut dump = Command::new("pg_dump");
            dump.args(["--format=custom", "--file"]).arg(file).arg(url(state, service));
            tokio::task::spawn_blocking(move || succeed(dump)).await.expect("it ran");
        }
    }
}

/// Puts a service back to what is in `file`, with nobody using it.
pub(super) fn restore(state: &State, service: &str, file: &Path) {
    match Engine::here() {
        Engine::Sqlite => {
            for ending in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(state.folder().join(format!("{service}.db{ending}")));
            }
            fs::copy(file, state.folder().join(format!("{service}.db"))).expect("it is put back");
        }
        Engine::Postgres => {
            let mut restore = Command::new("pg_restore");
            restore.args(["--clean", "--if-exists", "--exit-on-error", "--dbname"]);
            restore.arg(url(state, service)).arg(file);
            succeed(restore);
        }
    }
}

fn succeed(mut command: Command) {
    let output = command.output().expect("it is installed");
    assert!(output.status.success(), "{output:?}");
}

/// How far the journal went when the writers stopped.
fn last_written(state: &State, journal: &[Event]) -> usize {
    let (digest, mut ours) = (salted(state, "intake"), BTreeSet::new());
    for writer in 0..WRITERS {
        ours.extend((0..journal.len()).map(|number| digest(GATEWAY.person, &load(writer, number))));
    }
    let by_writer = |event: &Event| ours.contains(&event.request_id);
    journal.iter().rposition(by_writer).expect("they wrote") + 1
}

/// The tenant and request id that a writer gives.
fn load(writer: usize, number: usize) -> String {
    format!("load-{writer}-{number}.example")
}

/// Where a service's database is.
fn url(state: &State, service: &str) -> String {
    database(state, service).expect("a database")
}

/// Where a service's database is, if it has one.
pub(super) fn database(state: &State, service: &str) -> Option<String> {
    let (variables, of) = (state.variables(), format!("{service}="));
    let mut urls = variables.iter().flat_map(|(_, urls)| urls.split(','));
    urls.find_map(|url| url.strip_prefix(&*of)).map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_taken_under_load_is_one_moment_and_what_came_after_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("intake.backup");
    let product = Product::start().await;
    let client = product.client();
    hand_over(&client, "contoso.example").await;
    let before = journal::read(&client, INTAKE).await;
    let meanwhile = back_up_under_load(&product, &backup).await;
    hand_over(&client, "fabrikam.example").await;
    let all = journal::read(&client, INTAKE).await;
    let last = last_written(product.state(), &all);

    let state = product.leave().await;
    restore(&state, "intake", &backup);
    let product = Product::on(state, getmodern::services()).await;
    let client = product.client();
    let kept = journal::read(&client, INTAKE).await;
    println!("{} events before, {meanwhile} meanwhile, {} kept of {}", before.len(), kept.len(), all.len());
    // Some of what the writers wrote is in it, and some of it came too late.
    let (early, late) = (before.len() + WRITERS, last - WRITERS);
    assert!((early..late).contains(&kept.len()), "{} not between {early} and {late}", kept.len());
    journal::check(&journal::read_all(&client).await);
    // What was committed and had no place yet may have taken another one since: at most what was under way.
    let same = kept.iter().zip(&all).take_while(|(kept, event)| kept == event).count();
    assert!(same + WRITERS >= kept.len() && same >= before.len(), "{same} of {} are the same", kept.len());

    is_told_apart(&product, &all[same - 1..same], &all[kept.len()..]).await;
    stands_still(&client).await;
    let engagement = exit(&client, &prepare(&client, "northwind.example").await).await;
    resume(&product, all[same - 1].revision).await;
    begun(&client, &engagement).await;
    product.stop().await;
}

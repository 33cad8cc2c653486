//! `migrate`, by the binary: what it changes and tells, who waits for whom, and who serves meanwhile.

use std::{
    fs::File,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use getmodern::client::{Client, reasons};
use proto::intake::v1::{ListCasesRequest, ListCasesResponse};
use tests::{Engine, Process, State, binary, command, free_address};
use tokio::task::spawn_blocking;
use tonic::Code;

use crate::{faults::gateway::eventually, world::LEADERSHIP};

const RELEASE: &str = "0.1.0";
const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// `migrate` and one word more.
fn migrate(state: &State, action: &str) -> Output {
    command(state, &["migrate", action]).output().expect("the binary runs")
}

/// What a process said, whether it went well, and to whom it said it.
fn told(output: &Output) -> (bool, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

/// Brings `state` up to date, as an operator does.
pub(crate) async fn migrated(state: &State) {
    let mut up = command(state, &["migrate", "up"]);
    let output = spawn_blocking(move || up.output()).await.expect("it ran").expect("the binary runs");
    assert!(output.status.success(), "{output:?}");
}

/// A migration of a newer product, as far as a database tells.
fn newer(state: &State, description: &str) {
    let checksum = match Engine::here() {
        Engine::Sqlite => "x'00'",
        Engine::Postgres => r"'\x00'",
    };
    let statement = format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9000, '{description}', true, {checksum}, 0)"
    );
    state.execute("intake", &statement);
}

#[test]
fn an_older_schema_is_checked_told_and_brought_up_to_date_once() {
    let state = State::released(RELEASE);
    let (fit, _, advice) = told(&migrate(&state, "check"));
    assert!(!fit && advice.contains("migrate up"), "{advice}");
    let (_, table, _) = told(&migrate(&state, "status"));
    assert!(table.contains("missing") && table.contains("applied"), "{table}");
    let (done, what, _) = told(&migrate(&state, "up"));
    assert!(done && what.contains("lacked"), "{what}");
    let (fit, silence, _) = told(&migrate(&state, "check"));
    assert!(fit && silence.is_empty(), "{silence}");
    let (_, table, _) = told(&migrate(&state, "status"));
    assert!(!table.contains("missing"), "{table}");
    let (done, what, _) = told(&migrate(&state, "up"));
    assert!(done && !what.contains("lacked"), "{what}");
}

#[test]
fn of_several_who_migrate_at_once_one_does_and_all_are_done() {
    for _ in 0..3 {
        let state = State::released(RELEASE);
        let up = |_| {
            let mut up = command(&state, &["migrate", "up"]);
            up.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs")
        };
        let all: Vec<_> = (0..4).map(up).collect();
        for one in all {
            let (done, _, error) = told(&one.wait_with_output().expect("it ends"));
            assert!(done, "{error}");
        }
        assert!(migrate(&state, "check").status.success());
    }
}

#[test]
fn a_migration_that_fails_half_way_leaves_nothing_and_says_so() {
    let state = State::released(RELEASE);
    // In the way of the second statement of the first migration that is missing.
    state.execute("intake", "CREATE TABLE intervention (source text)");
    let (done, _, error) = told(&migrate(&state, "up"));
    assert!(!done && error.contains("intervention"), "{error}");
    let (_, table, _) = told(&migrate(&state, "status"));
    assert!(table.contains("missing"), "{table}");
    // Had the first statement stayed, it would be in the way of itself now.
    state.execute("intake", "DROP TABLE intervention");
    let (done, _, error) = told(&migrate(&state, "up"));
    assert!(done, "{error}");
}

async fn cases(client: &Client) -> Result<ListCasesResponse, tonic::Status> {
    client.call(LEADERSHIP, ListCasesRequest::default()).await
}

/// What the binary says of another at `address`.
async fn is_healthy(address: SocketAddr) -> bool {
    let mut health = Command::new(binary());
    health.args(["health", "--listen", &address.to_string()]).stderr(Stdio::null()).stdout(Stdio::null());
    spawn_blocking(move || health.status()).await.expect("it ran").expect("the binary runs").success()
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("its log")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_on_an_older_schema_brings_its_files_up_to_date_and_waits_for_who_does_so_in_databases() {
    let state = State::released(RELEASE);
    if Engine::here() == Engine::Sqlite {
        let process = Process::start(&state, ANYWHERE, &[]).expect("it serves");
        let client = Client::at(process.address, Duration::ZERO).expect("an address");
        assert!(!cases(&client).await.expect("cases").cases.is_empty());
        return;
    }
    let (address, log) = (free_address(), state.folder().join("log"));
    let mut server = command(&state, &[]);
    server.arg("--listen").arg(address.to_string()).stdout(Stdio::null());
    let mut server = server.stderr(File::create(&log).expect("a log")).spawn().expect("the binary runs");
    let client = Client::at(address, Duration::ZERO).expect("an address");
    eventually("it says what to run", async || read(&log).contains("migrate up").then_some(())).await;
    let refused = cases(&client).await.expect_err("not yet");
    assert_eq!((refused.code(), reasons(&refused)), (Code::Unavailable, vec!["STARTING".to_owned()]));
    assert!(!is_healthy(address).await);
    migrated(&state).await;
    let found = eventually("it serves by itself", async || cases(&client).await.ok()).await;
    assert!(!found.cases.is_empty(), "with what was kept");
    eventually("all of it is well", async || is_healthy(address).await.then_some(())).await;
    server.kill().expect("killed");
    server.wait().expect("gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_server_serves_from_what_a_newer_one_expanded_and_not_from_what_it_contracted() {
    let state = State::new();
    drop(Process::start(&state, ANYWHERE, &[]).expect("it serves"));
    newer(&state, "expand: what a newer product needs");
    assert!(migrate(&state, "check").status.success());
    drop(Process::start(&state, ANYWHERE, &[]).expect("it serves"));

    state.execute("intake", "UPDATE _sqlx_migrations SET description = 'contract' WHERE version = 9000");
    let (fit, _, error) = told(&migrate(&state, "check"));
    assert!(!fit && error.contains("newer product"), "{error}");
    let log = state.folder().join("log");
    let mut server = command(&state, &["--listen", "127.0.0.1:0"]);
    let mut server = server.stderr(File::create(&log).expect("a log")).spawn().expect("the binary runs");
    eventually("it says why it does not serve", async || read(&log).contains("newer product").then_some(()))
        .await;
    server.kill().expect("killed");
    server.wait().expect("gone");
}

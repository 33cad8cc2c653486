//! What operators are told: whether the process lives and is ready, and its numbers.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use getmodern::{
    client::Client,
    demo::{self, Stage, cast::LEADERSHIP},
};
use proto::common::v1::{ListDutiesRequest, ListDutiesResponse, ListEventsRequest, ListEventsResponse, Role};
use tests::{Process, State, binary, command, free_address};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use crate::world::ENGAGEMENT;

pub(super) const PATIENCE: Duration = tests::PATIENCE;

/// What is answered at `path`, status line and all, as soon as anybody answers.
pub(crate) async fn get(address: SocketAddr, path: &str) -> String {
    let begun = Instant::now();
    let mut stream = loop {
        match TcpStream::connect(address).await {
            Ok(stream) => break stream,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
        }
        sleep(Duration::from_millis(10)).await;
    };
    let request = format!("GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it is asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it is answered");
    answer
}

/// The number of the first series whose line begins with `name` and has all of `labels`.
pub(crate) fn number(text: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let mut lines = text.lines().filter(|line| line.starts_with(&format!("{name}{{")));
    let line = lines.find(|line| labels.iter().all(|label| line.contains(label)))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_numbers_are_those_that_the_services_tell_themselves() {
    let (kept, admin) = (State::new(), free_address());
    let variables = [("GETMODERN_ADMIN", &*admin.to_string())];
    let any = "127.0.0.1:0".parse().expect("an address");
    let product = Process::start(&kept, any, &variables).expect("it serves");
    let ready = get(admin, "/readyz").await;
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    assert!(ready.ends_with("intake ready\nengagement ready\ntasks ready\n"), "{ready}");
    let mut stage = Stage::at(product.address, false).expect("an address");
    demo::northwind(&mut stage).await.expect("the playbook");
    demo::contoso(&mut stage).await.expect("the playbook");
    let client = Client::at(product.address, Duration::ZERO).expect("an address");
    let path = |method| format!("/{ENGAGEMENT}/{method}");
    let events: Result<ListEventsResponse, _> =
        client.call_at(LEADERSHIP, &path("ListEvents"), ListEventsRequest::default()).await;
    let question = ListDutiesRequest { page_size: 500, ..ListDutiesRequest::default() };
    let duties: Result<ListDutiesResponse, _> =
        client.call_at(LEADERSHIP, &path("ListDuties"), question).await;
    let (events, duties) = (events.expect("events"), duties.expect("duties").duties);
    let text = settled(admin).await;
    let engagement = "getmodern_service=\"engagement\"";
    assert!(!duties.is_empty(), "somebody has to do something");
    for role in [Role::Gmfta, Role::Fm, Role::GetModernSme] {
        let name = role.as_str_name().trim_start_matches("ROLE_");
        let label = format!("getmodern_duty_role=\"{name}\"");
        let told = number(&text, "getmodern_duties", &[engagement, &label]).expect(&text);
        let open = duties.iter().filter(|duty| duty.role() == role).count();
        assert_eq!(told.to_string(), open.to_string(), "{name}");
    }
    let head = number(&text, "getmodern_journal_head", &[engagement]).expect(&text);
    assert_eq!(head.to_string(), events.head_revision.to_string());
    let opened = ["IntakeService/OpenCase\"", "rpc_response_status_code=\"OK\""];
    assert_eq!(number(&text, "rpc_server_call_duration_seconds_count", &opened), Some(2.0), "{text}");
    assert_eq!(number(&text, "getmodern_replays_total", &["getmodern_service=\"intake\""]), Some(1.0));
    assert!(number(&text, "getmodern_watchers", &[engagement]) >= Some(2.0), "{text}");
    for canary in ["people/", "contoso", "demo-"] {
        assert!(!text.to_lowercase().contains(canary), "{canary}");
    }
}

/// The numbers, once every follower has looked at everything.
pub(crate) async fn settled(admin: SocketAddr) -> String {
    let begun = Instant::now();
    loop {
        let text = get(admin, "/metrics").await;
        let lags: Vec<_> = text.lines().filter(|line| line.starts_with("getmodern_follower_lag{")).collect();
        if lags.len() == 4 && lags.iter().all(|line| line.ends_with(" 0")) {
            return text;
        }
        assert!(begun.elapsed() < PATIENCE, "{text}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_whose_databases_are_away_lives_and_is_not_ready() {
    let (admin, nowhere) = (free_address(), "postgres://nobody@127.0.0.1:9/nothing");
    let urls = ["intake", "engagement", "tasks"].map(|service| format!("{service}={nowhere}")).join(",");
    let mut command = Command::new(binary());
    command.args(["--listen", "127.0.0.1:0", "--admin", &admin.port().to_string()]);
    command.env("GETMODERN_DATABASE_URL", urls).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn().expect("it runs");
    let (lives, ready) = (get(admin, "/livez").await, get(admin, "/readyz").await);
    process.kill().expect("it is killed");
    process.wait().expect("it ends");
    assert!(lives.starts_with("HTTP/1.1 200") && lives.ends_with("alive\n"), "{lives}");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("intake not ready\n"), "{ready}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_never_saw_its_issuers_keys_is_not_ready_and_tells_for_how_long() {
    let (kept, admin) = (State::new(), free_address());
    let mut command = command(&kept, &["--listen", "127.0.0.1:0", "--admin", &admin.to_string()]);
    command.args(["--issuer", "urn:contoso", "--audience", "getmodern", "--jwks", "http://127.0.0.1:9/keys"]);
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let log = BufReader::new(process.stderr.take().expect("its log"));
    // The services have all else that they need once one says what it lacks.
    let told =
        log.lines().map_while(Result::ok).find(|line| line.contains("is not ready")).expect("it says so");
    let (ready, text) = (get(admin, "/readyz").await, get(admin, "/metrics").await);
    process.kill().expect("it is killed");
    process.wait().expect("it ends");
    assert!(told.contains("the issuer's keys were never seen: http://127.0.0.1:9/keys"), "{told}");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("tasks not ready\n"), "{ready}");
    assert!(text.contains("\ngetmodern_issuer_keys_age_seconds "), "{text}");
}

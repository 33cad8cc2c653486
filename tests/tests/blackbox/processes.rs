//! Each service in a process of its own, with a database, a login and peers of its own.

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
};

use getmodern::{
    client::Client,
    demo::{self, Stage, cast::LEADERSHIP},
};
use proto::common::v1::{ListEventsRequest, ListEventsResponse};
use tests::{Engine, Logins, PATIENCE, Process, State, binary, binary_of, free_address};
use tokio::task::spawn_blocking;

pub(crate) const SERVICES: [&str; 3] = ["intake", "engagement", "tasks"];

/// The three processes, and what they stand on.
struct Apart {
    addresses: [SocketAddr; 3],
    _processes: Vec<Process>,
    _states: Vec<State>,
    _logins: Option<Logins>,
}

/// Tells a process where its database is: in a file, in the environment, and with the password in a file of its own.
fn database(command: &mut Command, logins: &Logins, service: &str) {
    let (url, password) = (logins.url(service, service), Logins::password(service));
    let whole = logins.url_with(service, &password, service);
    match service {
        "intake" => {
            let file = logins.file("intake.url", &format!("{whole}\n"));
            command.arg(format!("--database-url=@{}", file.display()))
        }
        "engagement" => command.env("GETMODERN_DATABASE_URL", whole),
        _ => {
            let file = logins.file("tasks.pass", &format!("*:*:tasks:tasks:{password}\n"));
            command.arg(format!("--database-url={url}")).env("PGPASSFILE", file)
        }
    };
}

pub(crate) fn peers(addresses: [SocketAddr; 3], service: &str) -> Vec<String> {
    let all = getmodern::services();
    let of_it = all.iter().find(|one| one.name() == service).expect("a service");
    let place = |name| SERVICES.iter().position(|one| *one == name).expect("a service");
    of_it.needs().map(|name| format!("--peer={name}=http://{}", addresses[place(name)])).collect()
}

fn start() -> Apart {
    let addresses = SERVICES.map(|_| free_address());
    let logins = (Engine::here() == Engine::Postgres).then(|| Logins::new(&SERVICES));
    let (mut processes, mut states) = (Vec::new(), Vec::new());
    for (service, address) in SERVICES.into_iter().zip(addresses) {
        let state = State::new();
        let told = |verb: &[&str]| {
            let mut command = Command::new(binary_of(service));
            command.args(verb).arg("--data").arg(state.folder()).stdin(Stdio::null());
            if let Some(logins) = &logins {
                database(&mut command, logins, service);
            }
            command
        };
        assert!(told(&["migrate", "up"]).stdout(Stdio::null()).status().expect("it runs").success());
        let mut serve = told(&["--listen", &address.to_string()]);
        serve.args(peers(addresses, service)).stderr(Stdio::null());
        processes.push(Process::run(serve).expect("it serves"));
        states.push(state);
    }
    Apart { addresses, _processes: processes, _states: states, _logins: logins }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_customers_go_through_the_playbook_across_three_processes() {
    let apart = spawn_blocking(start).await.expect("they start");
    let mut stage = Stage::among(apart.addresses, false).expect("addresses");
    demo::play(&mut stage).await.expect("all goes as the playbook says");
}

/// The newest revision of intake's journal.
async fn head(address: SocketAddr) -> i64 {
    let client = Client::at(address, PATIENCE).expect("an address");
    let path = "/getmodern.intake.v1.IntakeService/ListEvents";
    let events = client.call_at(LEADERSHIP, path, ListEventsRequest::default()).await;
    events.map(|events: ListEventsResponse| events.head_revision).expect("events")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_changes_nothing_where_not_all_three_services_run() {
    let apart = spawn_blocking(start).await.expect("they start");
    let intake = apart.addresses[0];
    let before = head(intake).await;
    let mut demo = Command::new(binary());
    demo.args(["demo", "--at", &intake.to_string()]).stdin(Stdio::null());
    let told = spawn_blocking(move || demo.output()).await.expect("it runs").expect("it runs");
    let words = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(1), "{words}");
    for missing in
        [&intake.to_string(), "nothing was changed", "engagement does not run", "tasks does not run"]
    {
        assert!(words.contains(missing), "{missing} in {words}");
    }
    assert!(told.stdout.is_empty() && !words.contains("intake does not"), "{told:?}");
    assert_eq!(head(intake).await, before);
}

//! Each service in a process of its own: they show each other tokens that somebody else keeps fresh.

use std::{
    fs,
    process::{Command, Stdio},
};

use getmodern::{
    client::{Actor, Client},
    demo::{self, Stage},
};
use tests::{Process, State, binary_of, free_address};
use tokio::task::spawn_blocking;

use super::trial::Trial;
use crate::processes::{SERVICES, peers};

/// Tells a service whom to trust, and how to show who it is.
fn identify(serve: &mut Command, trial: &Trial, service: &str) {
    let file = trial.file(&format!("{service}.token"));
    fs::write(&file, format!("{}\n", trial.token(&["--service", service]))).expect("written");
    serve.args(trial.trust()).arg(format!("--token-file={file}"));
    serve.args(SERVICES.map(|service| format!("--service-subject=services/{service}={service}")));
}

fn start(trial: &Trial, addresses: [std::net::SocketAddr; 3]) -> Vec<(Process, State)> {
    let run = |(service, address): (&str, std::net::SocketAddr)| {
        let state = State::in_files();
        let mut serve = Command::new(binary_of(service));
        serve.arg("--data").arg(state.folder()).args(["--listen", &address.to_string()]);
        serve.args(peers(addresses, service)).stdin(Stdio::null()).stderr(Stdio::null());
        identify(&mut serve, trial, service);
        (Process::run(serve).expect("it serves"), state)
    };
    SERVICES.into_iter().zip(addresses).map(run).collect()
}

/// A token for somebody in their role.
fn token(trial: &Trial, who: Actor) -> String {
    trial.token(&["--person", who.person, "--role", who.role])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_customers_go_through_the_playbook_across_three_processes_with_tokens() {
    let (trial, addresses) = (Trial::new(), SERVICES.map(|_| free_address()));
    let (trial, processes) = spawn_blocking(move || {
        let processes = start(&trial, addresses);
        (trial, processes)
    })
    .await
    .expect("they start");
    let known = std::sync::Mutex::new(std::collections::HashMap::new());
    let client = Client::among(addresses, tests::PATIENCE).expect("addresses").bearing(move |who| {
        let mut known = known.lock().expect("whole");
        known.entry((who.person, who.role)).or_insert_with(|| token(&trial, who)).clone()
    });
    demo::play(&mut Stage::of(client, false)).await.expect("all goes as the playbook says");
    drop(processes);
}

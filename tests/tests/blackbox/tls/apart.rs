//! Each service in a process of its own, and nobody on the way: TLS between them, and each known by its certificate.

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
};

use getmodern::{
    client::Client,
    demo::{self, Stage},
};
use tests::{Process, State, binary_of, free_address};
use tokio::task::spawn_blocking;

use super::{authority::Authority, way::Way};
use crate::{
    hostile::LIST,
    identity::trial::Trial,
    processes::{SERVICES, peers},
    walkthrough::has_grpcurl,
};

/// Tells a process what it shows and whom it trusts.
fn secure(command: &mut Command, authority: &Authority, service: &str) {
    let server = authority.vouch(&format!("{service}-server"), &["localhost"]);
    let client = authority.system(service);
    for (name, file) in [
        ("tls-certificate", &server.certificate),
        ("tls-key", &server.key),
        ("client-ca", &authority.ca()),
        ("peer-ca", &authority.ca()),
        ("peer-certificate", &client.certificate),
        ("peer-key", &client.key),
    ] {
        command.arg(format!("--{name}={}", file.display()));
    }
    command.arg("--trust-domain=contoso.example");
}

fn start(authority: &Authority, trial: &Trial, addresses: [SocketAddr; 3]) -> Vec<(Process, State)> {
    let run = |(service, address): (&str, SocketAddr)| {
        let state = State::in_files();
        let mut serve = Command::new(binary_of(service));
        serve.arg("--data").arg(state.folder()).args(["--listen", &address.to_string()]);
        let peers = peers(addresses, service).into_iter();
        serve.args(peers.map(|peer| peer.replace("http://127.0.0.1", "https://localhost")));
        secure(&mut serve, authority, service);
        serve.args(trial.trust()).arg("--grant=crm=READ").stdin(Stdio::null()).stderr(Stdio::null());
        (Process::run(serve).expect("it serves"), state)
    };
    SERVICES.into_iter().zip(addresses).map(run).collect()
}

/// Whether the process of `service` says that it is well, asked with these settings.
fn is_well(service: &str, address: SocketAddr, settings: &[String]) -> bool {
    let mut health = Command::new(binary_of(service));
    health.args(["health", "--listen", &address.to_string()]).args(settings).stderr(Stdio::null());
    health.status().expect("it runs").success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_customers_go_through_the_playbook_across_three_processes_that_show_certificates() {
    let (authority, trial, addresses) =
        (Authority::new("contoso"), Trial::new(), SERVICES.map(|_| free_address()));
    let (authority, trial, processes) = spawn_blocking(move || {
        let processes = start(&authority, &trial, addresses);
        (authority, trial, processes)
    })
    .await
    .expect("they start");
    let tasks = addresses[2];
    let ca = authority.ca();
    let way = Way::new(&ca, None);
    let own = authority.vouch("tasks-other", &["localhost"]);
    let file = |name: &str| format!("--tls-certificate={}", ca.with_file_name(name).display());
    let key = |name: &str| format!("--tls-key={}", ca.with_file_name(name).display());
    assert!(is_well("tasks", tasks, &[file("tasks-server.pem"), key("tasks-server.key")]));
    assert!(!is_well("tasks", tasks, &[file("tasks-other.pem"), key("tasks-other.key")]), "{own:?}");
    assert!(!is_well("tasks", tasks, &[]), "in the clear");
    if has_grpcurl() {
        let crm = authority.system("crm");
        let mut grpcurl = Command::new("grpcurl");
        grpcurl.arg("-cacert").arg(&ca).arg("-cert").arg(&crm.certificate).arg("-key").arg(&crm.key);
        let asked = grpcurl.arg(format!("localhost:{}", tasks.port())).arg(&LIST[1..]).output();
        assert!(asked.as_ref().is_ok_and(|asked| asked.status.success()), "{asked:?}");
    }
    let known = std::sync::Mutex::new(std::collections::HashMap::new());
    let channels = addresses.map(|address| way.channel(address));
    let client = Client::over(channels, tests::PATIENCE).bearing(move |who| {
        let mut known = known.lock().expect("whole");
        let mint = || trial.token(&["--person", who.person, "--role", who.role]);
        known.entry((who.person, who.role)).or_insert_with(mint).clone()
    });
    demo::play(&mut Stage::of(client, false)).await.expect("all goes as the playbook says");
    drop(processes);
}

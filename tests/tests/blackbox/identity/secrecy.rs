//! A token is told to nobody: no log at any level, and no refusal, repeats any part of it.

use std::{
    fs::{self, File},
    process::Stdio,
};

use tests::{Process, State, command};
use tonic::transport::Endpoint;

use super::trial::Trial;
use crate::{hostile::LIST, wire::Wire};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_and_no_refusal_repeats_a_token() {
    let (trial, state) = (Trial::new(), State::new());
    let log = trial.file("log");
    let mut serve = command(&state, &["--listen", "127.0.0.1:0"]);
    serve.args(trial.trust()).env("RUST_LOG", "trace").stdin(Stdio::null());
    serve.stderr(File::create(&log).expect("a log"));
    let process =
        tokio::task::spawn_blocking(|| Process::run(serve)).await.expect("it ran").expect("it serves");
    let address = format!("http://{}", process.address);
    let wire = Wire::on(Endpoint::from_shared(address).expect("an address").connect_lazy());
    let ada = ["--person", "canary-person", "--role", "GMFTA"];
    let good = trial.token(&ada);
    let tokens = [
        good.clone(),
        trial.token(&[&ada[..], &["--audience", "crm"]].concat()),
        trial.token(&[&ada[..], &["--issuer", "urn:crm"]].concat()),
        Trial::new().token(&ada),
        good.replace('.', "!"),
        good[..good.len() - 9].to_owned(),
    ];
    let mut told = String::new();
    for token in &tokens {
        let answer = wire.send(LIST, &[("authorization", &format!("Bearer {token}"))], Vec::new()).await;
        told.push_str(&answer.err().map(|status| format!("{status:?}")).unwrap_or_default());
    }
    drop(process);
    let said = fs::read_to_string(&log).expect("its log");
    assert!(said.contains("h2::") && told.contains("TOKEN_AUDIENCE"), "it says everything: {}", said.len());
    for part in tokens.iter().flat_map(|token| token.split(['.', '!'])) {
        assert!(!said.contains(part) && !told.contains(part), "{part}");
    }
    assert!(!said.contains("canary-person"));
}

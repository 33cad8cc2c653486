//! A process that is measured, and what it keeps.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use getmodern::{
    client::{Actor, Client},
    demo::{self, Stage},
};
use proto::intake::v1::{Case, ListCasesRequest, ListCasesResponse};
use tests::{Process, State, actor};

use super::load::GATEWAY;

/// As many clients call at once, each on a connection of its own.
pub(crate) const CLIENTS: usize = 8;

/// How long the demo waits for a process that is not ready.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) clients: Vec<Client>,
    /// Who reads.
    pub(crate) reader: Actor,
    /// What is read.
    pub(crate) case: String,
    /// The calls that were made in turns.
    pub(crate) calls: AtomicUsize,
    process: Process,
    _kept: State,
}

impl Subject {
    /// Starts it with these variables, and plays the demo's customers on it.
    #[allow(dead_code, reason = "not every benchmark has callers who are believed")]
    pub(crate) async fn start(name: &'static str, variables: &[(&str, &str)]) -> Self {
        Self::with(name, variables, GATEWAY, |client| client).await
    }

    /// The same for callers who show who they are as `guise` has it, of whom `reader` reads.
    pub(crate) async fn with(
        name: &'static str,
        variables: &[(&str, &str)],
        reader: Actor,
        guise: impl Fn(Client) -> Client,
    ) -> Self {
        let kept = State::new();
        // One person makes all these calls.
        let variables = [variables, &[("GETMODERN_RATE_PER_PERSON", "1000000")]].concat();
        let process = Process::start(&kept, "127.0.0.1:0".parse().expect("an address"), &variables);
        let process = process.expect("it serves");
        let client = |patience| guise(Client::at(process.address, patience).expect("an address"));
        let mut stage = Stage::of(client(PATIENCE), false);
        demo::play(&mut stage).await.expect("all goes as the playbook says");
        let lead = actor("people/lead", "LEADERSHIP");
        let cases: ListCasesResponse =
            client(PATIENCE).call(lead, ListCasesRequest::default()).await.expect("cases");
        let handed_over = cases.cases.into_iter().find(|case: &Case| case.handoff.is_some());
        let case = handed_over.expect("the demo hands one over").name;
        let clients = (0..CLIENTS).map(|_| client(Duration::ZERO)).collect();
        Self { name, clients, reader, case, calls: AtomicUsize::new(0), process, _kept: kept }
    }

    /// How long it has worked on a processor so far, in seconds.
    pub(crate) fn worked(&self) -> f64 {
        self.process.worked()
    }

    /// Lets it send what it has left, and tells how many calls were made in turns.
    pub(crate) fn stop(mut self) -> usize {
        assert!(self.process.stop(Duration::from_secs(30)), "{} stops", self.name);
        self.calls.load(Relaxed)
    }
}

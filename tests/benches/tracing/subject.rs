//! A process that is measured, and what it keeps.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use getmodern::{
    client::Client,
    demo::{self, Stage},
};
use proto::intake::v1::{ListCasesRequest, ListCasesResponse};
use tests::{Process, State, actor};

/// As many clients call at once, each on a connection of its own.
pub(crate) const CLIENTS: usize = 8;

pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) clients: Vec<Client>,
    /// What is read.
    pub(crate) case: String,
    /// The calls that were made in turns.
    pub(crate) calls: AtomicUsize,
    process: Process,
    _kept: State,
}

/// What one did in all.
pub(crate) struct Stopped {
    pub(crate) calls: usize,
}

impl Subject {
    /// Starts it with these variables, and plays the demo's customers on it.
    pub(crate) async fn start(name: &'static str, variables: &[(&str, &str)]) -> Self {
        let kept = State::new();
        // One person makes all these calls.
        let variables = [variables, &[("GETMODERN_RATE_PER_PERSON", "1000000")]].concat();
        let process = Process::start(&kept, "127.0.0.1:0".parse().expect("an address"), &variables);
        let process = process.expect("it serves");
        let mut stage = Stage::at(process.address, false).expect("an address");
        demo::play(&mut stage).await.expect("all goes as the playbook says");
        let client = || Client::at(process.address, Duration::ZERO).expect("an address");
        let lead = actor("people/lead", "LEADERSHIP");
        let cases: ListCasesResponse = client().call(lead, ListCasesRequest::default()).await.expect("cases");
        let (clients, case) = ((0..CLIENTS).map(|_| client()).collect(), cases.cases[0].name.clone());
        Self { name, clients, case, calls: AtomicUsize::new(0), process, _kept: kept }
    }

    /// How long it has worked on a processor so far, in seconds.
    pub(crate) fn worked(&self) -> f64 {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("it runs");
        let fields = text.rsplit_once(") ").expect("after its name").1.split(' ');
        let ticks: f64 = fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("ticks")).sum();
        // A hundredth of a second, on every Linux there is.
        ticks / 100.0
    }

    /// Lets it send what it has left.
    pub(crate) fn stop(mut self) -> Stopped {
        assert!(self.process.stop(Duration::from_secs(30)), "{} stops", self.name);
        Stopped { calls: self.calls.load(Relaxed) }
    }
}

//! Where attacks are made: on a listener of a process, in the clear or over TLS, whose callers have friends.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    thread::{scope, sleep},
    time::Duration,
};

use tests::{Process, State, Tunnel, attacks::Attack, free_address};
use tokio::runtime::Runtime;

use crate::friends::Friends;

/// How often it is looked at how much a process holds.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A listener, and those who call and attack it.
pub(crate) struct Ground {
    pub(crate) name: &'static str,
    pub(crate) attacks: &'static [Attack],
    /// Where attackers come to.
    pub(crate) target: SocketAddr,
    pub(crate) friends: Friends,
    process: Process,
    _kept: (State, Option<Tunnel>),
}

impl Ground {
    /// Callers' listener, in the clear.
    pub(crate) fn plain(ours: &Runtime) -> Self {
        let state = State::in_files();
        let process = started(&state, &[]);
        let friends = ours.block_on(Friends::of(process.address));
        let (name, target) = ("callers", process.address);
        Self { name, attacks: &Attack::ALL, target, friends, process, _kept: (state, None) }
    }

    /// The same over TLS, which attackers' and friends' own tunnels speak.
    pub(crate) fn tls(ours: &Runtime, theirs: &Runtime) -> Self {
        let (state, tunnel) = (State::in_files(), Tunnel::new());
        let files = tunnel.files();
        let files = files.each_ref().map(|(name, file)| (*name, file.to_str().expect("text")));
        let process = started(&state, &files);
        let near = ours.block_on(tunnel.to(process.address));
        let friends = ours.block_on(Friends::of(near));
        let target = theirs.block_on(tunnel.to(process.address));
        let kept = (state, Some(tunnel));
        Self { name: "callers, TLS", attacks: &Attack::HOLDING, target, friends, process, _kept: kept }
    }

    /// Callers' listener for JSON over HTTP; friends call the other.
    pub(crate) fn http(ours: &Runtime) -> Self {
        let (state, target) = (State::in_files(), free_address());
        let process = started(&state, &[("GETMODERN_HTTP", &target.to_string())]);
        let friends = ours.block_on(Friends::of(process.address));
        let kept = (state, None);
        Self { name: "callers, HTTP", attacks: &Attack::ON_HTTP, target, friends, process, _kept: kept }
    }

    /// Operators' listener; friends call the other.
    pub(crate) fn operators(ours: &Runtime) -> Self {
        let (state, target) = (State::in_files(), free_address());
        let process = started(&state, &[("GETMODERN_ADMIN", &target.to_string())]);
        let friends = ours.block_on(Friends::of(process.address));
        let kept = (state, None);
        Self { name: "operators", attacks: &Attack::ON_OPERATORS, target, friends, process, _kept: kept }
    }

    /// The most bytes that the process holds while `work` is done, beside its outcome.
    pub(crate) fn most<T>(&self, work: impl FnOnce() -> T) -> (usize, T) {
        let (most, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let outcome = scope(|threads| {
            threads.spawn(|| {
                while !is_over.load(Relaxed) {
                    most.fetch_max(self.process.resident(), Relaxed);
                    sleep(LOOK_EVERY);
                }
            });
            let outcome = work();
            is_over.store(true, Relaxed);
            outcome
        });
        (most.into_inner(), outcome)
    }
}

fn started(state: &State, variables: &[(&str, &str)]) -> Process {
    Process::start(state, ([127, 0, 0, 1], 0).into(), variables).expect("it serves")
}

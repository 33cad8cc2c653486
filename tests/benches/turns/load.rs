//! A turn: as many calls as there is time for.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::{Duration, Instant},
};

use getmodern::client::{Actor, Client};
use proto::intake::v1::{Case, GetCaseRequest, OpenCaseRequest};
use tests::actor;

use super::subject::Subject;

/// Who opens cases, and reads them unless somebody else does.
pub(super) const GATEWAY: Actor = actor("people/gateway", "REENGAGEMENT_MANAGER");
/// How long a turn is.
const TURN: Duration = Duration::from_millis(700);
/// Each client asks for so much at once.
const ABREAST: usize = 4;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// `GetCase`: the cheapest call there is, so that tracing weighs most.
    Reading,
    #[allow(dead_code, reason = "not every benchmark writes")]
    /// `OpenCase`: a row, its journal and its key in one commit.
    Writing,
}

/// What was done in a turn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    /// Calls a second.
    pub(crate) rate: f64,
    /// The process's own time on a processor for a call, in microseconds.
    pub(crate) work: f64,
}

/// Calls for as long as a turn is.
pub(crate) async fn turn(subject: &Subject, kind: Kind) -> Turn {
    let (begun, worked) = (Instant::now(), subject.worked());
    let callers = subject.clients.iter().cycle().take(subject.clients.len() * ABREAST);
    let callers =
        callers.map(|client| call(client.clone(), subject.reader, subject.case.clone(), kind, begun));
    let callers: Vec<_> = callers.map(tokio::spawn).collect();
    let mut calls = 0;
    for caller in callers {
        calls += caller.await.expect("it calls");
    }
    subject.calls.fetch_add(calls, Relaxed);
    let (took, worked) = (begun.elapsed().as_secs_f64(), subject.worked() - worked);
    let calls = f64::from(u32::try_from(calls).expect("a few"));
    Turn { rate: calls / took, work: worked * 1e6 / calls }
}

/// One call after another; how many.
async fn call(client: Client, reader: Actor, case: String, kind: Kind, begun: Instant) -> usize {
    let mut calls = 0;
    while begun.elapsed() < TURN {
        let answer = match kind {
            Kind::Reading => client.call::<_, Case>(reader, GetCaseRequest { name: case.clone() }).await,
            Kind::Writing => client.call(GATEWAY, opening()).await,
        };
        answer.expect("it is answered");
        calls += 1;
    }
    calls
}

fn opening() -> OpenCaseRequest {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let request_id = format!("bench-{}", NEXT.fetch_add(1, Relaxed));
    let tenant = format!("{request_id}.example");
    OpenCaseRequest { request_id, customer: "Contoso".to_owned(), tenant, ..OpenCaseRequest::default() }
}

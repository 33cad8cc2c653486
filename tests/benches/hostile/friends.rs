//! Friends who call now and then, each on a connection of their own.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use getmodern::client::{Actor, Client};
use proto::intake::v1::{Case, GetCaseRequest, OpenCaseRequest};
use tests::actor;
use tokio::time::sleep;

const GATEWAY: Actor = actor("people/gateway", "REENGAGEMENT_MANAGER");
/// Each another person: all of them together ask for more than one may.
const FRIENDS: [Actor; 4] = [
    GATEWAY,
    actor("people/gateway-2", "REENGAGEMENT_MANAGER"),
    actor("people/lead", "LEADERSHIP"),
    actor("people/program", "PROGRAM_TEAM"),
];
/// How long each waits between two calls.
const PAUSE: Duration = Duration::from_millis(4);

pub(crate) struct Friends {
    clients: Vec<(Actor, Client)>,
    case: String,
}

/// The times of a turn's calls, sorted.
#[derive(Debug, Clone)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// So many in a hundred took no longer, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        self.0[(self.0.len() - 1) * percent / 100].as_secs_f64() * 1000.0
    }
}

impl Friends {
    pub(crate) async fn of(address: SocketAddr) -> Self {
        let client = || Client::at(address, Duration::ZERO).expect("an address");
        let open = OpenCaseRequest {
            request_id: "bench".to_owned(),
            customer: "Contoso".to_owned(),
            tenant: "contoso.example".to_owned(),
            ..OpenCaseRequest::default()
        };
        let case: Case = client().call(GATEWAY, open).await.expect("opened");
        Self { clients: FRIENDS.map(|friend| (friend, client())).to_vec(), case: case.name }
    }

    /// Calls for as long as a turn is; every call has to be answered.
    pub(crate) async fn call(&self, turn: Duration) -> Times {
        let friends: Vec<_> = self
            .clients
            .iter()
            .map(|(friend, client)| tokio::spawn(one(*friend, client.clone(), self.case.clone(), turn)))
            .collect();
        let mut times = Vec::new();
        for friend in friends {
            times.extend(friend.await.expect("it calls"));
        }
        times.sort_unstable();
        Times(times)
    }
}

async fn one(friend: Actor, client: Client, case: String, turn: Duration) -> Vec<Duration> {
    let (begun, mut times) = (Instant::now(), Vec::new());
    while begun.elapsed() < turn {
        let asked = Instant::now();
        let answer = client.call::<_, Case>(friend, GetCaseRequest { name: case.clone() }).await;
        answer.expect("a friend is answered");
        times.push(asked.elapsed());
        sleep(PAUSE).await;
    }
    times
}

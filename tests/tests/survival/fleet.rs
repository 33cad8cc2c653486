//! Replicas of the services, each a process of its own, on one set of databases.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command},
    time::{Duration, Instant},
};

use host::{PERSON_HEADER, ROLE_HEADER};
use tonic::{Request, metadata::AsciiMetadataValue, transport::Endpoint};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    server::SERVICES,
    site::{Site, signal},
    way::{Targets, Way},
};

/// How long a process may take to serve or to end; far more than it takes.
const LIVENESS: Duration = tests::PATIENCE;

/// What each service is called on the wire: its package, and its own name.
pub(crate) const NAMES: [(&str, &str); 3] = [
    ("getmodern.intake.v1", "IntakeService"),
    ("getmodern.engagement.v1", "EngagementService"),
    ("getmodern.tasks.v1", "TaskService"),
];

/// Whose journals each service follows.
pub(crate) const FOLLOWED: [&[usize]; 3] = [&[1], &[0, 2], &[1]];

/// The replicas of all services.
pub(crate) struct Fleet {
    site: Site,
    urls: [String; 3],
    /// Where the services find each other.
    fronts: Vec<Way>,
    pub(crate) replicas: Vec<Replica>,
}

/// One process.
pub(crate) struct Replica {
    /// Which of [`SERVICES`] it runs.
    pub(crate) service: usize,
    pub(crate) address: SocketAddr,
    child: Option<Child>,
}

impl Fleet {
    /// Starts `count` replicas of each service on these databases, and waits until all serve.
    pub(crate) async fn start(urls: [String; 3], count: usize) -> Self {
        let replica = |number| Replica { service: number % 3, address: tests::free_address(), child: None };
        let replicas: Vec<_> = (0..3 * count).map(replica).collect();
        let mut fleet = Self { site: Site::new(), urls, fronts: Vec::new(), replicas };
        for service in 0..3 {
            let replicas = Targets::Serving(fleet.addresses(service), full_name(service));
            fleet.fronts.push(Way::to(replicas, Duration::ZERO).await);
            let mut migrate = Command::new(program(service));
            migrate.args(["migrate", "up"]).env("GETMODERN_DATABASE_URL", &fleet.urls[service]);
            fleet.site.carry_out(&mut migrate);
        }
        for number in 0..fleet.replicas.len() {
            fleet.begin(number);
        }
        fleet.ready().await;
        fleet
    }

    /// Starts a replica, again if need be.
    pub(crate) fn begin(&mut self, number: usize) {
        let mut command = self.command(number);
        self.replicas[number].child = Some(self.site.start(&name(number), &mut command));
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self, number: usize) {
        let mut child = self.replicas[number].child.take().expect("it runs");
        child.kill().expect("killed");
        child.wait().expect("gone");
    }

    /// `SIGSTOP` or `SIGCONT`, to all replicas of a service.
    pub(crate) fn signal(&self, service: usize, word: &str) {
        let its = self.replicas.iter().filter(|replica| replica.service == service);
        let pids: Vec<_> = its.filter_map(|replica| replica.child.as_ref().map(Child::id)).collect();
        signal(word, &pids);
    }

    /// `SIGSTOP` to one replica: its connections stay, and nothing comes over them.
    pub(crate) fn freeze(&self, number: usize) {
        self.signal_one(number, "-STOP");
    }

    /// `SIGCONT` to it.
    pub(crate) fn thaw(&self, number: usize) {
        self.signal_one(number, "-CONT");
    }

    fn signal_one(&self, number: usize, word: &str) {
        signal(word, &[self.replicas[number].child.as_ref().expect("it runs").id()]);
    }

    /// `SIGTERM`, and its end, which has to be a good one.
    pub(crate) async fn terminate(&mut self, number: usize) {
        let mut child = self.replicas[number].child.take().expect("it runs");
        signal("-TERM", &[child.id()]);
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child of ours") {
                break status;
            }
            assert!(begun.elapsed() < LIVENESS, "replica {number} does not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        assert!(status.success(), "replica {number} ended with {status}: {}", self.log(number));
    }

    /// The processes that run, all of which have to be those that were started.
    pub(crate) fn assert_running(&mut self) {
        for (number, replica) in self.replicas.iter_mut().enumerate() {
            let ended = replica.child.as_mut().expect("started").try_wait().expect("a child of ours");
            assert!(ended.is_none(), "replica {number} ended: {ended:?}");
        }
    }

    pub(crate) fn log(&self, number: usize) -> String {
        self.site.log(&name(number))
    }

    /// Where the replicas of a service listen.
    pub(crate) fn addresses(&self, service: usize) -> Vec<SocketAddr> {
        let its = self.replicas.iter().filter(|replica| replica.service == service);
        its.map(|replica| replica.address).collect()
    }

    /// The same for each service, by its package.
    pub(crate) fn all(&self) -> Vec<(&'static str, Vec<SocketAddr>)> {
        (0..3).map(|service| (NAMES[service].0, self.addresses(service))).collect()
    }

    /// Waits until every replica that runs serves.
    pub(crate) async fn ready(&self) {
        let runs = |(_, replica): &(usize, &Replica)| replica.child.is_some();
        for (number, replica) in self.replicas.iter().enumerate().filter(runs) {
            let begun = Instant::now();
            while health(replica.address, &full_name(replica.service)).await != Some(ServingStatus::Serving) {
                assert!(begun.elapsed() < LIVENESS, "replica {number} does not serve: {}", self.log(number));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    fn command(&self, number: usize) -> Command {
        let Replica { service, address, .. } = &self.replicas[number];
        let mut command = Command::new(program(*service));
        command.arg("--listen").arg(address.to_string());
        // Nothing is kept there; it says whose process this is.
        command.arg("--data").arg(self.site.folder.join("nothing"));
        command.env("GETMODERN_DATABASE_URL", &self.urls[*service]);
        for peer in FOLLOWED[*service] {
            command.arg("--peer").arg(format!("{}=http://{}", SERVICES[*peer], self.fronts[*peer].address));
        }
        command
    }
}

fn name(number: usize) -> String {
    format!("{}-{}", SERVICES[number % 3], number / 3)
}

/// A service's full name on the wire.
pub(crate) fn full_name(service: usize) -> String {
    let (package, name) = NAMES[service];
    format!("{package}.{name}")
}

/// The health of `service` at `address`; `None` when nobody answers. Only callers who show who they are learn how a service
/// follows.
pub(crate) async fn health(address: SocketAddr, service: &str) -> Option<ServingStatus> {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
    let endpoint = endpoint.timeout(Duration::from_secs(2));
    let mut client = HealthClient::new(endpoint.connect().await.ok()?);
    let mut request = Request::new(HealthCheckRequest { service: service.to_owned() });
    let metadata = request.metadata_mut();
    metadata.insert(PERSON_HEADER, AsciiMetadataValue::from_static("people/operator"));
    metadata.insert(ROLE_HEADER, AsciiMetadataValue::from_static("OPERATOR"));
    let answer = client.check(request).await;
    answer.ok().map(|answer| answer.into_inner().status())
}

/// A service's own binary.
fn program(service: usize) -> PathBuf {
    tests::binary_of(SERVICES[service])
}

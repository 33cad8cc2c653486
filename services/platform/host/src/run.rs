//! Starting and stopping a process: databases, methods, listener, services, in that order and back.

use std::{
    collections::HashMap,
    error::Error,
    fs::DirBuilder,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::unix::fs::DirBuilderExt,
    path::Path,
    sync::Arc,
};

use futures::future::join_all;
use http::Uri;
use ledger::{Ledger, Migrations, Place, Sealer};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use tonic_health::pb::health_server::HealthServer;
use tonic_reflection::pb::{v1, v1alpha};

use crate::{
    Desk, LimitSettings, Methods, Peer, Service, Settings, address,
    admission::Door,
    audit::{
        Witness,
        refusals::{Book, Books, Shelf},
    },
    callers::Callers,
    calls::Calls,
    clock,
    deadline::{Contain, Longest},
    desk::Inner,
    explain::Explain,
    exposure,
    form::Form,
    health::{Health, Statuses},
    identity::Identity,
    listen::{self, Speech},
    prepared::Prepared,
    ready::{Gate, Start},
    reflected,
    reflection::Reflection,
    seal::{self, Keeper},
    service,
    stack::{Handle, Stack},
    telemetry::{self, Resident, Trace},
};

/// Bytes of a question about health or of reflection, which everybody may ask.
pub const OPEN_BYTES: usize = 4 * 1024;

/// What went wrong while starting.
pub type StartError = Box<dyn Error + Send + Sync>;

/// A process that serves.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    listener: JoinHandle<()>,
    /// Each service on its own, from becoming ready to following.
    services: JoinSet<()>,
    statuses: Statuses,
    keepers: Vec<Keeper>,
    residents: Vec<Resident>,
}

impl Running {
    /// The services as operators see them.
    pub(crate) fn residents(&self) -> &[Resident] {
        &self.residents
    }

    /// Waits until every service is ready.
    pub fn ready(&self) -> impl Future<Output = Result<(), StartError>> + use<> {
        let all: Vec<_> = self.residents.iter().map(|one| one.ready.clone()).collect();
        async move {
            for mut ready in all {
                ready.wait_for(|ready| *ready).await?;
            }
            Ok(())
        }
    }

    /// Waits until a service breaks off what it does beside calls, such as following: only a new start helps then.
    pub async fn broken(&mut self) -> StartError {
        while let Some(ended) = self.services.join_next().await {
            if let Err(error) = ended {
                return format!("a service broke off: {error}").into();
            }
        }
        std::future::pending().await
    }

    /// Stops taking calls, lets those under way finish, and closes the databases.
    pub async fn stop(mut self) {
        self.leave().await;
        self.finish().await;
        self.close().await;
    }

    /// Says that it serves no more, and takes no new calls. Waits for nobody: a database may hang.
    pub(crate) async fn leave(&mut self) {
        // First of all: they would say that they serve.
        self.services.shutdown().await;
        self.statuses.end();
        let _ = self.stop.send(true);
    }

    /// Lets the calls under way finish, and seals what they wrote.
    pub(crate) async fn finish(&mut self) {
        let _ = (&mut self.listener).await;
        join_all(self.keepers.iter().map(seal::finish)).await;
    }

    /// Closes the databases.
    pub(crate) async fn close(self) {
        for service in &self.residents {
            service.desk.ledger().close().await;
        }
    }
}

/// Starts `services` in one process on one address. Each answers as soon as it is ready, which a service with a
/// database of its own may have to wait for; see [`Running::ready`].
pub async fn start(services: Vec<Service>, settings: &Settings) -> Result<Running, StartError> {
    let prepared = Prepared::of(&services, settings).await?;
    begin(services, settings, prepared).await
}

/// The same for settings that were found fit.
pub(crate) async fn begin(
    services: Vec<Service>,
    settings: &Settings,
    mut prepared: Prepared,
) -> Result<Running, StartError> {
    prepared.identity.keep();
    let Prepared { identity, tls, policy, places } = prepared;
    let identity = Arc::new(identity);
    let socket = TcpListener::bind(settings.listen).await;
    let socket = socket
        .map_err(|error| format!("cannot listen at {}: {error}; --listen says where", settings.listen))?;
    let address = socket.local_addr()?;
    let statuses = Statuses::default();
    let (stop, stopped) = watch::channel(false);
    let mut process = Process {
        own: own(address)?,
        identity: Arc::clone(&identity),
        settings,
        statuses: statuses.clone(),
        methods: Methods::default(),
        gate: Gate::new(),
        books: Books::new(),
        starts: Vec::new(),
        stopped: stopped.clone(),
    };
    for service in services {
        let place = places.get(service.name).ok_or("a service was not prepared")?;
        let name = service.name;
        process.open(service, place.clone()).await?;
        if settings.identity.issuer.is_some() {
            exposure::tell(name, place);
        }
    }
    let residents = process.starts.iter().map(resident).collect();
    let keepers = process.starts.iter().map(|start| start.keeper.clone()).collect();
    let door = Door { identity, policy: Arc::new(policy) };
    let methods = with_open(process.methods, statuses.clone())?;
    let stack = behind(door, methods, process.gate, process.books, &settings.limits);
    let limits = settings.limits.clone();
    let listener = tokio::spawn(listen::serve(Speech::Calls(stack), socket, tls, limits, stopped));
    let services = process.starts.into_iter().map(Start::run).collect();
    Ok(Running { address, stop, listener, services, statuses, keepers, residents })
}

fn resident(start: &Start) -> Resident {
    Resident {
        desk: start.desk.clone(),
        follows: start.follows.clone(),
        ready: start.ready.subscribe(),
        census: start.census,
        told: Arc::default(),
        missing: Arc::default(),
    }
}

/// Where this process reaches itself: on the loopback address when it listens on all of them.
pub(crate) fn own(listen: SocketAddr) -> Result<Uri, StartError> {
    let address = reachable(listen);
    Ok(Uri::builder().scheme("http").authority(address.to_string()).path_and_query("/").build()?)
}

/// The address at which a process on this machine reaches one that listens at `listen`.
pub(crate) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// A process being put together.
struct Process<'a> {
    /// Its own address.
    own: Uri,
    identity: Arc<Identity>,
    settings: &'a Settings,
    statuses: Statuses,
    methods: Methods,
    gate: Gate,
    books: Books,
    starts: Vec<Start>,
    stopped: watch::Receiver<bool>,
}

impl Process<'_> {
    /// Opens a service's database and adds its methods.
    async fn open(&mut self, service: Service, place: Place) -> Result<(), StartError> {
        let ledger = open(&place, &service.migrations).await;
        let ledger = ledger.map_err(|cause| format!("{}: {cause}", address::words(service.name, &place)))?;
        telemetry::expect(service.name);
        telemetry::pool(service.name, ledger.clone());
        let health = Health::new(self.statuses.clone(), service.grpc_name);
        let inner = Inner::new(
            service.name,
            ledger,
            self.peers(&service),
            service::targets(&service.targets, self.settings),
            self.settings.more().map(|(field, value)| (field.to_owned(), value.to_owned())).collect(),
            service.tables,
            self.stopped.clone(),
        );
        let desk = Desk { inner: Arc::new(inner) };
        (service.routes)(desk.clone(), &mut self.methods);
        let sealer =
            Sealer { ledger: desk.ledger().clone(), personal: service.personal, chance: clock::chance };
        let witness = Witness::new(service.name, desk.ledger(), &self.settings.audit)?;
        let refusals = Book::new(service.name, desk.ledger(), self.settings.limits.refusals);
        self.books.insert(service.grpc_name, refusals.clone());
        let keeper = Keeper { sealer, witness, refusals };
        let (ready, opened) = watch::channel(false);
        self.gate.insert(service.grpc_name, opened);
        let (migrations, seed, follows) = (service.migrations, service.seed, service.follows);
        let (census, care) = (service.census, service.care);
        let identity = Arc::clone(&self.identity);
        let start =
            Start { desk, place, migrations, identity, seed, census, care, follows, keeper, health, ready };
        self.starts.push(start);
        Ok(())
    }

    /// The services that one follows, wherever they run.
    fn peers(&self, service: &Service) -> HashMap<&'static str, Peer> {
        let peer = |source| match self.settings.peer(source) {
            Some(address) => Peer::new(
                self.settings.elsewhere(service.name, address),
                address,
                &self.settings.tls.elsewhere(address),
            ),
            None => Peer::new(self.identity.here(service.name), &self.own, &self.settings.tls.here()),
        };
        service.follows.iter().map(|follow| (follow.source, peer(follow.source))).collect()
    }
}

/// Makes the folder that keeps the state, for the owner of the process alone; one that is there stays as it is.
pub(crate) fn make(folder: &Path) -> Result<(), String> {
    let told = |error| format!("{} cannot be made a folder: {error}; --data names it", folder.display());
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(told)
}

async fn open(place: &Place, migrations: &Migrations) -> Result<Ledger, String> {
    if let Some(folder) = place.folder() {
        make(folder)?;
    }
    Ledger::open(place, migrations).await.map_err(|trouble| trouble.cause().to_owned())
}

/// The methods with those that anybody may call.
fn with_open(mut methods: Methods, statuses: Statuses) -> Result<Methods, prost_reflect::DescriptorError> {
    let reflection = Reflection::of(&[
        &reflected::files(),
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        v1::FILE_DESCRIPTOR_SET,
        v1alpha::FILE_DESCRIPTOR_SET,
    ])?;
    let server = v1::server_reflection_server::ServerReflectionServer::new(reflection.clone());
    let older = v1alpha::server_reflection_server::ServerReflectionServer::new(reflection);
    methods
        .add_service(HealthServer::new(statuses).max_decoding_message_size(OPEN_BYTES))
        .add_service(server.max_decoding_message_size(OPEN_BYTES))
        .add_service(older.max_decoding_message_size(OPEN_BYTES));
    Ok(methods)
}

/// The methods behind the door: each layer sees a call before those above it in this list.
fn behind(door: Door, methods: Methods, gate: Gate, books: Books, limits: &LimitSettings) -> Stack {
    let policy = Arc::clone(&door.policy);
    let handle = methods
        // Innermost, so that who may not call a service does not learn that it is starting.
        .behind(gate)
        // Around all that answers in the transport's words, and below whatever refuses in ours.
        .behind(Explain)
        // Behind the door, since quotas are a caller's, and before anything of the request is read.
        .behind(Arc::new(Callers::new(limits)))
        .behind(door.clone())
        // Around the door, whose refusals it keeps.
        .behind(Shelf { books, policy: Arc::clone(&policy) })
        // Around the door, which may wait for an issuer's keys.
        .behind(Longest(limits.longest_call))
        // Before the door: a process with too much to do does not look at tokens as well.
        .behind(Calls::new(policy, limits))
        // Around all that may fail.
        .behind(Contain)
        // Around whatever ends a call, so that each has its span and counts.
        .behind(Trace(door))
        // Outermost: what is no call gets no span.
        .behind(Form);
    Stack::new(handle)
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process, time::Duration};

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_service_that_breaks_off_is_not_left_unnoticed() {
        let folder = env::temp_dir().join(format!("getmodern-run-{}", process::id()));
        let quiet = Service::new("quiet", "quiet", Migrations(&[]), |_, _| {});
        let broken = Service::new("broken", "broken", Migrations(&[]), |_, _| {})
            .seeded_by(|_| Box::pin(async { panic!("a fault of its own") }));
        let mut running = start(vec![quiet, broken], &Settings::local(&folder)).await.expect("started");
        let error = timeout(Duration::from_secs(30), running.broken()).await.expect("told");
        assert!(error.to_string().contains("broke off"), "{error}");
        running.stop().await;
        fs::remove_dir_all(folder).expect("removed");
    }

    #[tokio::test]
    async fn an_address_in_use_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let listen = taken.local_addr().expect("an address");
        let refused = start(Vec::new(), &Settings { listen, ..Settings::local("nowhere") }).await;
        assert!(refused.is_err_and(|error| error.to_string().contains(&listen.to_string())));
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_opened_is_named() {
        let service = Service::new("quiet", "quiet", Migrations(&[]), |_, _| {});
        let refused = start(vec![service], &Settings::local("/dev/null/x")).await;
        assert!(refused.is_err_and(|error| error.to_string().contains("/dev/null/x/quiet.db")));
    }
}

//! Starting and stopping a process: databases, methods, listener, followers, in that order and back.

use std::{error::Error, net::SocketAddr, sync::Arc};

use axum::{Router, middleware};
use http::Uri;
use ledger::{Ledger, Migrations};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tonic::service::RoutesBuilder;
use tonic_health::{
    pb::health_server::{Health as HealthRpc, HealthServer},
    server::HealthReporter,
};

use crate::{
    Desk, Peer, Policy, Service, Settings, admission, deadline, desk::Inner, explain, follow, health::Health,
    listen,
};

/// What went wrong while starting.
pub type StartError = Box<dyn Error + Send + Sync>;

/// A process that serves.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    listener: JoinHandle<()>,
    followers: Vec<JoinHandle<()>>,
    health: Vec<Health>,
    ledgers: Vec<Ledger>,
}

impl Running {
    /// Stops taking calls, lets those under way finish, and closes the databases.
    pub async fn stop(self) {
        for health in &self.health {
            health.end().await;
        }
        let _ = self.stop.send(true);
        for follower in &self.followers {
            follower.abort();
        }
        let _ = self.listener.await;
        for ledger in &self.ledgers {
            ledger.close().await;
        }
    }
}

/// Starts `services` in one process on one address. It returns when every one of them is ready.
pub async fn start(services: Vec<Service>, settings: &Settings) -> Result<Running, StartError> {
    let actions: Vec<_> = services.iter().flat_map(|service| &service.targets).map(|t| t.action).collect();
    let names: Vec<_> = services.iter().map(|service| service.name).collect();
    settings.check(&names, &actions)?;
    let socket = TcpListener::bind(settings.listen).await?;
    let address = socket.local_addr()?;
    let (reporter, health) = tonic_health::server::health_reporter();
    let (stop, stopped) = watch::channel(false);
    let mut process = Process {
        uri: Uri::builder().scheme("http").authority(address.to_string()).path_and_query("/").build()?,
        settings,
        reporter,
        routes: RoutesBuilder::default(),
        ready: Vec::new(),
        stopped: stopped.clone(),
        ledgers: Vec::new(),
    };
    for service in services {
        process.open(service).await?;
    }
    let router = door(process.routes, health)?;
    let listener = tokio::spawn(listen::serve(socket, router, stopped));
    let (mut followers, mut healths) = (Vec::new(), Vec::new());
    for (desk, follows, health) in process.ready {
        health.set(true).await;
        followers.extend(follow::spawn(&desk, follows, &health));
        healths.push(health);
    }
    Ok(Running { address, stop, listener, followers, health: healths, ledgers: process.ledgers })
}

/// A process being put together.
struct Process<'a> {
    uri: Uri,
    settings: &'a Settings,
    reporter: HealthReporter,
    routes: RoutesBuilder,
    ready: Vec<(Desk, Vec<follow::Follow>, Health)>,
    stopped: watch::Receiver<bool>,
    ledgers: Vec<Ledger>,
}

impl Process<'_> {
    /// Opens a service's database: PostgreSQL where it has one, else its own file.
    async fn ledger(&self, service: &str, migrations: &Migrations) -> Result<Ledger, StartError> {
        let opened = if let Some(url) = self.settings.database_url(service) {
            Ledger::open_url(url, migrations).await
        } else {
            std::fs::create_dir_all(&self.settings.data)?;
            Ledger::open_file(&self.settings.data.join(format!("{service}.db")), migrations).await
        };
        Ok(opened.map_err(|trouble| format!("the database of {service}: {}", trouble.cause()))?)
    }

    /// Opens a service's database, seeds it, and adds its methods.
    async fn open(&mut self, service: Service) -> Result<(), StartError> {
        let sources = service.follows.iter().map(|follow| follow.source).collect();
        let health = Health::new(self.reporter.clone(), service.grpc_name, sources);
        health.set(false).await;
        let ledger = self.ledger(service.name, &service.migrations).await?;
        self.ledgers.push(ledger.clone());
        let peer = Peer::new(service.name, self.uri.clone());
        let inner = Inner::new(
            service.name,
            ledger,
            peer,
            &service.targets,
            service.publishers,
            self.stopped.clone(),
            self.settings,
        );
        let desk = Desk { inner: Arc::new(inner) };
        if let Some(seed) = service.seed {
            seed(desk.clone()).await.map_err(|fail| format!("{}: {fail:?}", service.name))?;
        }
        (service.routes)(desk.clone(), &mut self.routes);
        self.ready.push((desk, service.follows, health));
        Ok(())
    }
}

/// The methods behind the door: each layer sees a call before those above it in this list.
fn door(
    mut routes: RoutesBuilder,
    health: HealthServer<impl HealthRpc>,
) -> Result<Router, tonic_reflection::server::Error> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            // So that grpcurl shows the details of an error as text.
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
    };
    routes
        .add_service(health)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?);
    let policy = Arc::new(Policy::from_descriptors());
    Ok(routes
        .routes()
        .into_axum_router()
        .layer(middleware::from_fn(explain::explain))
        .layer(middleware::from_fn_with_state(policy, admission::admit))
        .layer(middleware::from_fn(deadline::keep))
        .layer(middleware::from_fn(deadline::contain)))
}

//! What a process is told, read and found fit, before it touches a socket or a database.
//!
//! The start begins with it and `config print` ends with it, so that neither accepts what the other refuses. What depends on the
//! moment, such as a port that is taken or a database that is away, is no fault of a setting.

use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use ledger::Place;

use crate::{
    Policy, Service, Settings, StartError, address,
    audit::Witness,
    files,
    identity::Identity,
    listen::{EITHER, TWO_ALONE},
    telemetry,
    tls::Server,
};

/// A process that can be started.
pub(crate) struct Prepared {
    pub(crate) identity: Identity,
    pub(crate) tls: Option<Arc<Server>>,
    /// The same for callers over HTTP, who may speak HTTP/1.1.
    pub(crate) http_tls: Option<Arc<Server>>,
    pub(crate) policy: Policy,
    /// Where each service keeps its state.
    pub(crate) places: HashMap<&'static str, Place>,
}

impl Prepared {
    /// Reads `settings`, and the files that they name, for a process that runs `services`; refuses what it could not start with.
    pub(crate) async fn of(services: &[Service], settings: &Settings) -> Result<Self, StartError> {
        settings.check(services)?;
        settings.limits.make_room()?;
        telemetry::check()?;
        let names: Vec<_> = services.iter().map(Service::name).collect();
        let identity = Identity::read(&settings.identity, &names).await?;
        let tls = Server::begin(&settings.tls, TWO_ALONE)?;
        let http_tls = Server::begin(&settings.tls, EITHER)?;
        let policy = Policy::from_descriptors().granting(&settings.grants)?;
        check_address(settings.listen, "--listen")?;
        settings.http.check()?;
        settings.http.http.map_or(Ok(()), |http| check_address(http, "--http"))?;
        settings.admin.map_or(Ok(()), |admin| check_address(admin.address(), "--admin"))?;
        let places = names.iter().map(|name| Ok((*name, place(name, settings)?)));
        let places = places.collect::<Result<_, String>>()?;
        Witness::check_settings(&settings.audit)?;
        Ok(Self { identity, tls, http_tls, policy, places })
    }
}

/// Refuses an address that is none of this machine's, whoever listens there now.
fn check_address(at: SocketAddr, option: &str) -> Result<(), String> {
    let bound = TcpListener::bind((at.ip(), 0));
    bound.map(drop).map_err(|error| format!("{option}: cannot listen at {at}: {error}"))
}

fn place(service: &'static str, settings: &Settings) -> Result<Place, String> {
    let place = settings.storage.place(service)?;
    let folder = place.folder().map_or(Ok(()), files::check_folder);
    folder.map_err(|error| format!("{}: {error}; --data names it", address::words(service, &place)))?;
    Ok(place)
}

//! `health`: the question that a container's health check asks.

use std::{future::poll_fn, net::SocketAddr, time::Duration};

use futures::future::join_all;
use tokio::time::timeout;
use tonic::{
    Request,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tower::Service as _;

use crate::{Service, StartError, TlsSetting, run::reachable};

const DEADLINE: Duration = Duration::from_secs(3);

/// Asks the process at `listen` for the health of each of `services`.
pub(crate) async fn ask(
    listen: SocketAddr,
    tls: &TlsSetting,
    services: &[Service],
) -> Result<(), StartError> {
    let address = reachable(listen);
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?.connect_timeout(DEADLINE);
    let mut channel = tls.here().channel(&endpoint);
    let reached = timeout(DEADLINE, poll_fn(|task| channel.poll_ready(task))).await;
    if !matches!(reached, Ok(Ok(()))) {
        return Err(format!("nobody answers at {address}").into());
    }
    let answers =
        join_all(services.iter().map(|service| one(HealthClient::new(channel.clone()), service))).await;
    let faults: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

async fn one(mut health: HealthClient<Channel>, service: &Service) -> Result<(), String> {
    let mut request = Request::new(HealthCheckRequest { service: service.grpc_name.to_owned() });
    request.set_timeout(DEADLINE);
    let answer = health.check(request).await;
    let answer = answer.map_err(|status| format!("{}: {}", service.name, status.message()))?;
    match answer.into_inner().status() {
        ServingStatus::Serving => Ok(()),
        _ => Err(format!("{} is not serving", service.name)),
    }
}

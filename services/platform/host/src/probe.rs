//! `health`: the question that a container's health check asks.

use std::{error::Error, future::poll_fn, net::SocketAddr, time::Duration};

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

use crate::{Service, StartError, TlsSetting, causes, run::reachable};

const DEADLINE: Duration = Duration::from_secs(3);
/// Who says whom to ask.
const HOW: &str = "--listen, --tls-certificate and --tls-key say where the process serves, and how, as they say it to itself";

/// Asks the process at `listen` for the health of each of `services`.
pub(crate) async fn ask(
    listen: SocketAddr,
    tls: &TlsSetting,
    services: &[Service],
) -> Result<(), StartError> {
    let address = reachable(listen);
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?.connect_timeout(DEADLINE);
    let dial = tls.here();
    let mut channel = dial.channel(&endpoint);
    let reached = timeout(DEADLINE, poll_fn(|task| channel.poll_ready(task))).await;
    let cause = match reached {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(causes(&error)),
        Err(_) => Some("no answer in 3 s".to_owned()),
    };
    let place = format!("{address} ({})", dial.words());
    if let Some(cause) = cause {
        return Err(format!("nobody answers as expected at {place}: {cause}; {HOW}").into());
    }
    let health = HealthClient::new(channel);
    let answers = join_all(services.iter().map(|service| one(health.clone(), service, &place))).await;
    let mut faults: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    // Where nobody answers, nobody does for any of them.
    faults.dedup();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

async fn one(mut health: HealthClient<Channel>, service: &Service, place: &str) -> Result<(), String> {
    let mut request = Request::new(HealthCheckRequest { service: service.grpc_name.to_owned() });
    request.set_timeout(DEADLINE);
    let answer = health.check(request).await;
    let name = service.name;
    let answer = answer.map_err(|status| match status.source() {
        Some(cause) => format!("nobody answers as expected at {place}: {}; {HOW}", causes(cause)),
        None => format!("{name}: who is at {place} answers: {}; {HOW}", status.message()),
    })?;
    match answer.into_inner().status() {
        ServingStatus::Serving => Ok(()),
        _ => Err(format!("{name} at {place} is not serving: its log says why")),
    }
}

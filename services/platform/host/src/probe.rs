//! `health`: the question that a container's health check asks.

use std::{net::SocketAddr, time::Duration};

use tonic::{Request, transport::Endpoint};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{Service, StartError, run::reachable};

const DEADLINE: Duration = Duration::from_secs(3);

/// Asks the process at `listen` for the health of each of `services`.
pub(crate) async fn ask(listen: SocketAddr, services: &[Service]) -> Result<(), StartError> {
    let address = reachable(listen);
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?.connect_timeout(DEADLINE);
    let channel = endpoint.connect().await.map_err(|_| format!("nobody answers at {address}"))?;
    let mut health = HealthClient::new(channel);
    for service in services {
        let mut request = Request::new(HealthCheckRequest { service: service.grpc_name.to_owned() });
        request.set_timeout(DEADLINE);
        let answer = health
            .check(request)
            .await
            .map_err(|status| format!("{}: {}", service.name, status.message()))?;
        if answer.into_inner().status() != ServingStatus::Serving {
            return Err(format!("{} is not serving", service.name).into());
        }
    }
    Ok(())
}

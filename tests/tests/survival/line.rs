//! A connection to one replica, in use while the replica says that it serves.

use std::{net::SocketAddr, time::Duration};

use tokio::{sync::watch, time::sleep};
use tonic::{
    Status,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

/// How long to wait before a replica that is away is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection to one replica.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) channel: Channel,
    serving: watch::Receiver<bool>,
}

impl Line {
    /// In use whatever the replica says.
    pub(crate) fn always(address: SocketAddr) -> Self {
        Self { channel: channel(address), serving: watch::channel(true).1 }
    }

    /// In use while the replica says that its process serves, which is watched from now on.
    pub(crate) fn watched(address: SocketAddr) -> Self {
        let (channel, (told, serving)) = (channel(address), watch::channel(false));
        tokio::spawn(watch_over(channel.clone(), told));
        Self { channel, serving }
    }

    pub(crate) fn serves(&self) -> bool {
        *self.serving.borrow()
    }
}

fn channel(address: SocketAddr) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
    endpoint.connect_timeout(Duration::from_secs(2)).connect_lazy()
}

async fn watch_over(channel: Channel, told: watch::Sender<bool>) {
    while !told.is_closed() {
        let _: Result<(), Status> = listen(channel.clone(), &told).await;
        told.send_replace(false);
        sleep(PAUSE).await;
    }
}

async fn listen(channel: Channel, told: &watch::Sender<bool>) -> Result<(), Status> {
    let whole = HealthCheckRequest { service: String::new() };
    let mut stream = HealthClient::new(channel).watch(whole).await?.into_inner();
    while let Some(word) = stream.message().await? {
        told.send_replace(word.status() == ServingStatus::Serving);
    }
    Ok(())
}

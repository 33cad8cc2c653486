//! A way to one of several addresses, which may be a long one.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
    time::sleep,
};
use tonic_health::pb::health_check_response::ServingStatus;

use crate::fleet::health;

/// Where it leads.
#[derive(Debug, Clone)]
pub(crate) enum Targets {
    /// Whatever takes a connection.
    Listening(Vec<SocketAddr>),
    /// Replicas of the service of this full name that say they serve, as a Kubernetes Service has them.
    Serving(Vec<SocketAddr>, String),
}

impl Targets {
    /// A connection to one of them, each in its turn.
    async fn connect(&self, turn: usize) -> Option<TcpStream> {
        let (Self::Listening(all) | Self::Serving(all, _)) = self;
        for target in all.iter().cycle().skip(turn % all.len()).take(all.len()) {
            if self.serves(*target).await
                && let Ok(server) = TcpStream::connect(target).await
            {
                return Some(server);
            }
        }
        None
    }

    async fn serves(&self, target: SocketAddr) -> bool {
        match self {
            Self::Listening(_) => true,
            Self::Serving(_, service) => health(target, service).await == Some(ServingStatus::Serving),
        }
    }
}

/// It leads there until it is dropped.
pub(crate) struct Way {
    pub(crate) address: SocketAddr,
    work: JoinHandle<()>,
}

impl Way {
    /// Leads to each of `targets` in turn; whatever goes along it, in either direction, takes `delay` longer.
    pub(crate) async fn to(targets: Targets, delay: Duration) -> Self {
        let address = tests::free_address();
        let listener = TcpListener::bind(address).await.expect("a free port");
        let targets = Arc::new(targets);
        let work = tokio::spawn(async move {
            for turn in 0.. {
                let Ok((client, _)) = listener.accept().await else { return };
                tokio::spawn(lead(client, Arc::clone(&targets), turn, delay));
            }
        });
        Self { address, work }
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.work.abort();
    }
}

async fn lead(client: TcpStream, targets: Arc<Targets>, turn: usize, delay: Duration) {
    let Some(server) = targets.connect(turn).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from, back), (there, to)) = (client.into_split(), server.into_split());
    tokio::join!(pass(from, to, delay), pass(there, back, delay));
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if !delay.is_zero() {
            sleep(delay).await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

//! A way to whichever of several addresses takes a connection, which may be a long one.

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

/// It leads there until it is dropped.
pub(crate) struct Way {
    pub(crate) address: SocketAddr,
    work: JoinHandle<()>,
}

impl Way {
    /// Leads to each of `targets` in turn, passing over those that take no connection; whatever goes along it, in either
    /// direction, takes `delay` longer.
    pub(crate) async fn to(targets: Vec<SocketAddr>, delay: Duration) -> Self {
        let address = tests::free_address();
        let listener = TcpListener::bind(address).await.expect("a free port");
        let targets: Arc<[SocketAddr]> = targets.into();
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

async fn lead(client: TcpStream, targets: Arc<[SocketAddr]>, turn: usize, delay: Duration) {
    for target in targets.iter().cycle().skip(turn % targets.len()).take(targets.len()) {
        if let Ok(server) = TcpStream::connect(target).await {
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let ((from, back), (there, to)) = (client.into_split(), server.into_split());
            tokio::join!(pass(from, to, delay), pass(there, back, delay));
            return;
        }
    }
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

//! The front that compose has, on this machine: its own configuration, with other places in it.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tests::{free_address, nginx};

use super::compose::{Compose, root};
use crate::processes::SERVICES;

const PATIENCE: Duration = tests::PATIENCE;

/// It ends when this is dropped.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    process: Child,
    folder: tempfile::TempDir,
}

impl Front {
    /// Starts it; `None`, said aloud, where there is no nginx.
    pub(super) fn start(compose: &Compose, addresses: [SocketAddr; 3]) -> Option<Self> {
        Self::told(|address, folder| configuration(compose, address, addresses, folder))
    }

    /// Starts it before all three services in one process that speaks to everybody in the clear, as it does itself then.
    pub(crate) fn plain(product: SocketAddr) -> Option<Self> {
        Self::told(|address, folder| in_the_clear(address, product, folder))
    }

    fn told(configuration: impl FnOnce(SocketAddr, &Path) -> String) -> Option<Self> {
        let (nginx, address) = (nginx()?, free_address());
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("nginx.conf"), configuration(address, folder.path())).expect("written");
        let mut process = Command::new(nginx);
        process.arg("-c").arg(folder.path().join("nginx.conf")).args(["-e", "stderr", "-g", "daemon off;"]);
        let process = process.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(begun.elapsed() < PATIENCE, "it listens");
            thread::sleep(Duration::from_millis(20));
        }
        Some(Self { address, process, folder })
    }

    /// Has it read its certificate again, and waits until it has.
    pub(super) fn reload(&self) {
        signal(self.process.id(), "HUP");
        thread::sleep(Duration::from_secs(1));
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        signal(self.process.id(), "TERM");
        let _ = self.process.wait();
        // Its folder goes after it.
        let _ = &self.folder;
    }
}

fn signal(process: u32, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
}

/// The configuration, at other places; what is older than 1.27.3 knows neither `resolve` nor, some of it, `http2 on`.
fn configuration(
    compose: &Compose,
    address: SocketAddr,
    addresses: [SocketAddr; 3],
    folder: &Path,
) -> String {
    let mut text = elsewhere(addresses, folder);
    for (mounted, here) in compose.mounted("front") {
        text = text.replace(&mounted, &here.display().to_string());
    }
    finished(&text.replace("listen 50051 ssl;", &format!("listen {address} ssl http2;")))
}

/// The same without TLS.
fn in_the_clear(address: SocketAddr, product: SocketAddr, folder: &Path) -> String {
    let text =
        elsewhere([product; 3], folder).replace("listen 50051 ssl;", &format!("listen {address} http2;"));
    let lines = text.replace("grpcs://", "grpc://");
    let lines =
        lines.lines().filter(|line| !line.trim_start().starts_with("ssl_") && !line.contains("grpc_ssl_"));
    finished(&lines.collect::<Vec<_>>().join("\n"))
}

fn elsewhere(addresses: [SocketAddr; 3], folder: &Path) -> String {
    let mut text = fs::read_to_string(root().join("deploy/compose/nginx.conf")).expect("the configuration");
    text = text.replace("/tmp/", &format!("{}/", folder.display())).replace("http2 on;", "");
    for (service, address) in SERVICES.into_iter().zip(addresses) {
        text = text.replace(&format!("server {service}:50051 resolve"), &format!("server {address}"));
    }
    text
}

fn finished(text: &str) -> String {
    let text = text.replace("worker_processes auto;", "worker_processes 1;");
    let left = ["50051", "/run/secrets", "resolve "].into_iter().find(|left| text.contains(left));
    assert_eq!(left, None, "{text}");
    text
}

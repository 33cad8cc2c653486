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
pub(super) struct Front {
    pub(super) address: SocketAddr,
    process: Child,
    folder: tempfile::TempDir,
}

impl Front {
    /// Starts it; `None`, said aloud, where there is no nginx.
    pub(super) fn start(compose: &Compose, addresses: [SocketAddr; 3]) -> Option<Self> {
        let (nginx, address) = (nginx()?, free_address());
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(
            folder.path().join("nginx.conf"),
            configuration(compose, address, addresses, folder.path()),
        )
        .expect("written");
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
    let mut text = fs::read_to_string(root().join("deploy/compose/nginx.conf")).expect("the configuration");
    text = text.replace("/tmp/", &format!("{}/", folder.display())).replace("http2 on;", "");
    for (service, address) in SERVICES.into_iter().zip(addresses) {
        text = text.replace(&format!("server {service}:50051 resolve"), &format!("server {address}"));
    }
    for (mounted, here) in compose.mounted("front") {
        text = text.replace(&mounted, &here.display().to_string());
    }
    text = text.replace("listen 50051 ssl;", &format!("listen {address} ssl http2;"));
    text = text.replace("worker_processes auto;", "worker_processes 1;");
    let left = ["50051", "/run/secrets", "resolve "].into_iter().find(|left| text.contains(left));
    assert_eq!(left, None, "{text}");
    text
}

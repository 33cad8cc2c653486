//! A server far away: everything said to it and by it takes its time.

use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// How long each way takes.
const WAY: Duration = Duration::from_millis(2);
const SOCKET: &str = ".s.PGSQL.5432";

/// The same database at a distance: its address there, and what keeps it open.
pub(crate) fn far(address: &str) -> (String, TempDir) {
    let (database, directory) = address.split_once("?host=").expect("a socket's directory");
    let server = Path::new(directory).join(SOCKET);
    let here = TempDir::new().expect("a temporary directory");
    let listener = UnixListener::bind(here.path().join(SOCKET)).expect("bound");
    thread::spawn(move || {
        for client in listener.incoming() {
            let server = UnixStream::connect(&server).expect("connected");
            carry(client.expect("accepted"), server);
        }
    });
    (format!("{database}?host={}", here.path().display()), here)
}

fn carry(client: UnixStream, server: UnixStream) {
    let both = (client.try_clone().expect("cloned"), server.try_clone().expect("cloned"));
    thread::spawn(move || pass(client, server));
    thread::spawn(move || pass(both.1, both.0));
}

fn pass(mut from: UnixStream, mut to: UnixStream) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        thread::sleep(WAY);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}

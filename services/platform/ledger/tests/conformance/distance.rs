//! Something between clients and a server: everything said takes its time there, or is overheard.

use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::Arc,
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// How long each way takes.
const WAY: Duration = Duration::from_millis(2);

/// What is done about each thing that a client says; the number is its connection's.
type Ear = Arc<dyn Fn(usize, &[u8]) + Send + Sync>;

/// The same database at a distance: its address there, and what keeps it open.
pub(crate) fn far(address: &str) -> (String, TempDir) {
    between(address, WAY, Arc::new(|_, _| ()))
}

/// The same database overheard: its address there, and what keeps it open.
pub(crate) fn relay(address: &str, ear: impl Fn(usize, &[u8]) + Send + Sync + 'static) -> (String, TempDir) {
    between(address, Duration::ZERO, Arc::new(ear))
}

fn between(address: &str, way: Duration, ear: Ear) -> (String, TempDir) {
    let (database, rest) = address.split_once("?host=").expect("a socket's directory");
    let (directory, more) = rest.split_at(rest.find('&').unwrap_or(rest.len()));
    let port = more.strip_prefix("&port=").and_then(|more| more.split('&').next()).unwrap_or("5432");
    let socket = format!(".s.PGSQL.{port}");
    let server = Path::new(directory).join(&socket);
    let here = TempDir::new().expect("a temporary directory");
    let listener = UnixListener::bind(here.path().join(&socket)).expect("bound");
    thread::spawn(move || {
        for (number, client) in listener.incoming().enumerate() {
            let server = UnixStream::connect(&server).expect("connected");
            let ear = Arc::clone(&ear);
            carry(client.expect("accepted"), server, way, move |bytes| ear(number, bytes));
        }
    });
    (format!("{database}?host={}{more}", here.path().display()), here)
}

fn carry(client: UnixStream, server: UnixStream, way: Duration, ear: impl Fn(&[u8]) + Send + 'static) {
    let both = (client.try_clone().expect("cloned"), server.try_clone().expect("cloned"));
    thread::spawn(move || pass(client, server, way, ear));
    thread::spawn(move || pass(both.1, both.0, way, |_| ()));
}

fn pass(mut from: UnixStream, mut to: UnixStream, way: Duration, ear: impl Fn(&[u8])) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        thread::sleep(way);
        ear(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}

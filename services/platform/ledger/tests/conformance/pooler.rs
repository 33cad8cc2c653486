//! pgbouncer in front of the cluster, lending its few connections one transaction at a time.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Stdio},
    sync::LazyLock,
    thread,
    time::Duration,
};

use crate::{
    cluster::{command, database, folder},
    installed::installed,
};

/// Serves until its input ends, as it does however this process ends.
const SERVE: &str = r#"
    "$0" -q "$1/pgbouncer.ini" >>"$1/pgbouncer.log" 2>&1 &
    read -r _
    kill -TERM $!
"#;
const PORT: u16 = 6432;
/// Connections to one database of which the clients have to share: fewer than any of our pools would open.
const LENT: u32 = 4;

static POOLER: LazyLock<Option<Child>> =
    LazyLock::new(|| installed("PGBOUNCER", "pgbouncer", binary).map(|binary| start(&binary)));

/// The address, by way of the pooler, of a new, empty database; `None`, said aloud, where it cannot be had.
pub(crate) fn pooled_database() -> Option<String> {
    let address = database()?;
    POOLER.as_ref()?;
    Some(format!("{address}&port={PORT}&statement-cache-capacity=0"))
}

/// The same database without the pooler.
pub(crate) fn direct(address: &str) -> &str {
    address.split("&port=").next().unwrap_or_default()
}

fn binary() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join("pgbouncer")).find(|program| program.is_file())
}

fn start(binary: &PathBuf) -> Child {
    let folder = folder().expect("the cluster's");
    let place = folder.display();
    let settings = format!(
        "[databases]\n* = host={place} port=5432 user=postgres \
         connect_query='SET application_name = pooled'\n[pgbouncer]\nunix_socket_dir = {place}\n\
         listen_port = {PORT}\nauth_type = any\npool_mode = transaction\ndefault_pool_size = {LENT}\n\
         max_client_conn = 1000\nserver_idle_timeout = 2\nignore_startup_parameters = extra_float_digits\n"
    );
    fs::write(folder.join("pgbouncer.ini"), settings).expect("written");
    let serve =
        command("/bin/sh".as_ref()).args(["-c", SERVE]).args([binary, &folder]).stdin(Stdio::piped()).spawn();
    let socket = folder.join(format!(".s.PGSQL.{PORT}"));
    let is_there = || {
        socket.exists() || {
            thread::sleep(Duration::from_millis(50));
            false
        }
    };
    let log = || fs::read_to_string(folder.join("pgbouncer.log")).unwrap_or_default();
    assert!((0..200).any(|_| is_there()), "not ready: {}", log());
    serve.expect("the pooler starts")
}

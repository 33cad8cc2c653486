//! The reference on PostgreSQL: `pgbench` with one statement that makes the same writes.

use std::{fs, path::PathBuf, process::Command};

use tests::{Durable, median};

use crate::writes::{ROWS, Writes};

/// The numbers of clients that are tried, to find out how many do most.
const CLIENTS: [usize; 4] = [8, 16, 32, 64];

const SCHEMA: &str = "
    CREATE TABLE cases (
        id bigint PRIMARY KEY, version bigint NOT NULL, state jsonb NOT NULL, update_time timestamptz NOT NULL
    );
    CREATE TABLE journal (
        revision bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, resource bigint NOT NULL, kind text NOT NULL,
        data jsonb NOT NULL, person text NOT NULL, time timestamptz NOT NULL, version_after bigint NOT NULL
    );
    CREATE INDEX journal_resource ON journal (resource, revision);
    CREATE TABLE request (
        person text NOT NULL, key text NOT NULL, fingerprint bytea NOT NULL, reply bytea NOT NULL,
        time timestamptz NOT NULL, PRIMARY KEY (person, key)
    );
";

/// Reads a row, updates it, writes its event and its key, all in one transaction of one round trip.
const TRANSITION: &str = r"
WITH changed AS (
    UPDATE cases SET version = version + 1, state = CAST(:state AS jsonb), update_time = now() WHERE id = :id
    RETURNING version
), event AS (
    INSERT INTO journal (resource, kind, data, person, time, version_after)
    SELECT :id, 'ResearchRecorded', CAST(:event AS jsonb), 'people/gateway', now(), version FROM changed
)
INSERT INTO request (person, key, fingerprint, reply, time)
SELECT 'people/gateway', gen_random_uuid()::text, decode(:fingerprint, 'hex'), decode(:reply, 'hex'), now() FROM changed;
";

/// Which rows its clients change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Any of many.
    Own,
    /// All the same one.
    Hot,
}

/// Its writes, on servers that the product shares with it.
pub(crate) struct Pgbench {
    folder: PathBuf,
    writes: Writes,
    /// How many clients do most.
    best: usize,
}

const DATABASE: &str = "reference";

impl Pgbench {
    pub(crate) fn new(servers: &Durable, folder: PathBuf) -> Self {
        let (url, writes) = (servers.database(DATABASE), Writes::new());
        servers.execute(&url, SCHEMA);
        let state = &writes.state;
        let fill =
            "INSERT INTO cases SELECT id, 1, '$state'::jsonb, now() FROM generate_series(1, $rows) AS id";
        servers.execute(&url, &fill.replace("$state", state).replace("$rows", &ROWS.to_string()));
        servers.execute(&url, "VACUUM ANALYZE");
        for (rows, choice) in [(Rows::Own, format!("random(1, {ROWS})")), (Rows::Hot, "1".to_owned())] {
            let script = format!("\\set id {choice}{TRANSITION}");
            fs::write(folder.join(format!("{rows:?}.sql")), script).expect("written");
        }
        let mut this = Self { folder, writes, best: 0 };
        let best = CLIENTS.map(|clients| (clients, this.rate(servers, clients, Rows::Own, 1)));
        this.best = best.into_iter().max_by(|one, other| one.1.total_cmp(&other.1)).expect("some").0;
        this
    }

    /// Transitions a second, with as many clients as do most.
    pub(crate) fn best(&self, servers: &Durable, seconds: u64) -> f64 {
        self.rate(servers, self.best, Rows::Own, seconds)
    }

    /// Transitions a second with so many clients; 0 where there was not time for one.
    pub(crate) fn rate(&self, servers: &Durable, clients: usize, rows: Rows, seconds: u64) -> f64 {
        let said = said(&mut self.command(servers, clients, rows, seconds));
        let told = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
        told.map_or(0.0, |rate| rate.parse().expect("a number"))
    }

    /// The median of how long one client's transitions take, in milliseconds.
    pub(crate) fn alone(&self, servers: &Durable, seconds: u64) -> f64 {
        let mut command = self.command(servers, 1, Rows::Own, seconds);
        said(command.arg("--log").arg(format!("--log-prefix={}/log", self.folder.display())));
        let mut times = Vec::new();
        for file in fs::read_dir(&self.folder).expect("a folder").flatten() {
            if file.file_name().to_string_lossy().starts_with("log.") {
                let text = fs::read_to_string(file.path()).expect("it is there");
                // Its third word is how long it took, in microseconds.
                times.extend(text.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<f64>().ok()));
                fs::remove_file(file.path()).expect("it goes");
            }
        }
        median(times) / 1000.0
    }

    fn command(&self, servers: &Durable, clients: usize, rows: Rows, seconds: u64) -> Command {
        let mut command = servers.client("pgbench");
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
        command.arg(format!("--client={clients}")).arg(format!("--time={seconds}"));
        command.arg(format!("--file={}", self.folder.join(format!("{rows:?}.sql")).display()));
        let (reply, fingerprint) = (hex(&self.writes.reply), hex(&self.writes.fingerprint));
        let variables = [
            ("state", &self.writes.state),
            ("event", &self.writes.event),
            ("reply", &reply),
            ("fingerprint", &fingerprint),
        ];
        for (name, value) in variables {
            command.arg(format!("--define={name}={value}"));
        }
        command.arg(DATABASE);
        command
    }
}

fn said(command: &mut Command) -> String {
    let output = command.output().expect("pgbench, which comes with PostgreSQL");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

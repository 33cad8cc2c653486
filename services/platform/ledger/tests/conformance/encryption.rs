//! TLS to PostgreSQL: only the server itself is spoken to, and a password shows nowhere.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use ledger::{Ledger, Trouble};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use sqlx::{Connection, PgConnection, raw_sql};
use tokio::time::sleep;

use crate::{
    cluster::{Cluster, give_away, write},
    counter::MIGRATIONS,
    house::{place, sql},
};

pub(crate) const PASSWORD: &str = "correct-horse";

/// Somebody who vouches for servers.
pub(crate) struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("signed").pem();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// Puts a certificate for `localhost`, good until that year, and its key into a server's folder.
    fn vouch(&self, year: i32, data: &Path) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(["localhost".to_owned()]).expect("parameters");
        params.not_after = date_time_ymd(year, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).expect("signed").pem();
        for (name, text) in [("server.crt", certificate), ("server.key", key.serialize_pem())] {
            let file = data.join(name);
            fs::write(&file, text).expect("written");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("its own");
            give_away(&file);
        }
    }
}

/// A server that speaks TLS alone, at an address of this machine.
pub(crate) struct Secured {
    cluster: Cluster,
    pub(crate) authority: Authority,
    port: u16,
}

impl Secured {
    /// `None`, said aloud, where PostgreSQL cannot be had.
    pub(crate) async fn start() -> Option<Self> {
        let authority = Authority::new("contoso");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let cluster = Cluster::prepared(|data| {
            authority.vouch(4000, data);
            let settings = format!("listen_addresses = '127.0.0.1'\nport = {port}\nssl = on\n");
            write(data, "postgresql.conf", &settings);
            let access = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
            write(data, "pg_hba.conf", access);
        })?;
        let secured = Self { cluster, authority, port };
        secured.tell(&format!("CREATE ROLE keeper SUPERUSER LOGIN PASSWORD '{PASSWORD}'")).await;
        Some(secured)
    }

    /// Says something by way of the socket.
    pub(crate) async fn tell(&self, text: &str) {
        let folder = self.cluster.directory.display();
        let address = format!("postgres://postgres@localhost/postgres?host={folder}&port={}", self.port);
        let mut own = PgConnection::connect(&address).await.expect("connected");
        raw_sql(sqlx::AssertSqlSafe(text.to_owned())).execute(&mut own).await.expect("told");
    }

    /// A file with the certificate of somebody who vouches.
    pub(crate) fn trusting(&self, authority: &Authority) -> PathBuf {
        let file = tempfile::NamedTempFile::new_in(&self.cluster.directory).expect("a file").into_temp_path();
        fs::write(&file, &authority.certificate).expect("written");
        file.keep().expect("it stays as long as the cluster")
    }

    pub(crate) fn address(&self, host: &str, password: &str, mode: &str, trusted: &Path) -> String {
        let (port, trusted) = (self.port, trusted.display());
        format!("postgres://keeper:{password}@{host}:{port}/postgres?sslmode={mode}&sslrootcert={trusted}")
    }
}

/// Asks the database at an address whether it is encrypted.
async fn ask(address: &str) -> Result<String, Trouble> {
    let ledger = Ledger::open(&place(address), &MIGRATIONS).await?;
    let question = "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let answer = ledger.read(sql(question, vec![])).await;
    ledger.close().await;
    answer?[0].get(0)
}

async fn refused(address: &str, cause: &str) {
    let trouble = ask(address).await.expect_err("refused");
    assert!(trouble.cause().contains(cause), "{}", trouble.cause());
    assert_eq!(trouble.to_string(), "the storage is not available");
    assert!(!format!("{trouble:?}").contains(PASSWORD));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_server_that_is_vouched_for_is_spoken_to() {
    let Some(secured) = Secured::start().await else { return };
    let (trusted, other) =
        (secured.trusting(&secured.authority), secured.trusting(&Authority::new("fabrikam")));
    let address = |host, mode, trusted: &Path| secured.address(host, PASSWORD, mode, trusted);
    assert_eq!(ask(&address("localhost", "verify-full", &trusted)).await.expect("trusted"), "true");
    refused(&address("localhost", "verify-full", &other), "UnknownIssuer").await;
    refused(&address("127.0.0.1", "verify-full", &trusted), "not valid for name").await;
    refused(&address("localhost", "disable", &trusted), "no encryption").await;
    // Who does not insist on knowing the server speaks to anybody: so it is the certificate that is refused above.
    assert_eq!(ask(&address("localhost", "require", &other)).await.expect("anybody"), "true");
    assert_eq!(ask(&address("127.0.0.1", "verify-ca", &trusted)).await.expect("vouched for"), "true");

    secured.authority.vouch(2020, &secured.cluster.directory.join("data"));
    secured.tell("SELECT pg_reload_conf()").await;
    let mut tries = 0;
    while ask(&address("localhost", "verify-full", &trusted)).await.is_ok() {
        tries += 1;
        assert!(tries < 100, "the server shows its old certificate");
        sleep(Duration::from_millis(50)).await;
    }
    refused(&address("localhost", "verify-full", &trusted), "expired").await;
    assert_eq!(ask(&address("localhost", "require", &trusted)).await.expect("anybody"), "true");
}

//! A PostgreSQL cluster with a database and a login for each service, and passwords that it asks for.

use std::{fs, path::PathBuf};

use crate::cluster::{Cluster, write};

/// Whoever is not the superuser has to know a password.
const ACCESS: &str = "local all postgres trust\nlocal all all scram-sha-256\n";

/// Databases called like the services, each with a login of the same name that owns it.
pub struct Logins {
    cluster: Cluster,
}

impl Logins {
    /// Starts the servers, and makes a login for each of `services`.
    ///
    /// # Panics
    /// Without PostgreSQL.
    #[must_use]
    pub fn new(services: &[&str]) -> Self {
        let prepare = |data: &std::path::Path| {
            write(data, "pg_hba.conf", ACCESS);
            write(data, "postgresql.conf", "listen_addresses = ''\nfsync = off\n");
        };
        let this = Self { cluster: Cluster::prepared(prepare).expect("PostgreSQL") };
        for service in services {
            let password = Self::password(service);
            for statement in [
                format!("CREATE ROLE {service} LOGIN PASSWORD '{password}'"),
                format!("CREATE DATABASE {service} OWNER {service}"),
                format!("REVOKE CONNECT ON DATABASE {service} FROM PUBLIC"),
            ] {
                crate::database::execute(&this.url("postgres", "postgres"), [statement]);
            }
        }
        this
    }

    /// The password of a service's login.
    #[must_use]
    pub fn password(service: &str) -> String {
        format!("secret-of-{service}")
    }

    /// The address of a database for a login that has to say its password in another way.
    #[must_use]
    pub fn url(&self, login: &str, database: &str) -> String {
        format!("postgres://{login}@localhost/{database}?host={}", self.cluster.directory.display())
    }

    /// The address of a database for a login with this password.
    #[must_use]
    pub fn url_with(&self, login: &str, password: &str, database: &str) -> String {
        self.url(&format!("{login}:{password}"), database)
    }

    /// A file beside the databases that only its owner reads.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let file = self.cluster.directory.join(name);
        fs::write(&file, text).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("for its owner only");
        file
    }
}

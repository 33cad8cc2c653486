//! What a product under test keeps: a folder of files, or a database for each service. Gone when dropped.

use std::{fs, path::Path};

use host::Settings;
use tempfile::TempDir;

use crate::{
    Engine,
    database::{Database, ask, ask_after_each, ask_file, attempt, attempt_in_file},
    memory, released, times,
};

/// Connections of a service to its database: each is a process of the server's that plans everything anew, and most products here
/// have one caller. What many connections do to each other is the ledger's to show, and survival's.
const CONNECTIONS: u32 = 4;

const SERVICES: [&str; 3] = ["intake", "engagement", "tasks"];

/// The state of one product, on whichever engine this program tests.
pub struct State {
    folder: TempDir,
    databases: Vec<(&'static str, Database)>,
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    /// Empty state.
    ///
    /// # Panics
    /// When there is no place for it: no test can go on then.
    #[must_use]
    pub fn new() -> Self {
        times::begin();
        let databases = match Engine::here() {
            Engine::Sqlite => Vec::new(),
            Engine::Postgres => SERVICES.map(|service| (service, Database::new(service))).into(),
        };
        Self { folder: tempfile::tempdir_in(memory::folder()).expect("a temporary folder"), databases }
    }

    /// What a released product kept, as it kept it.
    ///
    /// # Panics
    /// When that release is not known, or there is no place for it.
    #[must_use]
    pub fn released(version: &str) -> Self {
        times::begin();
        let folder = tempfile::tempdir_in(memory::folder()).expect("a temporary folder");
        let mut state = Self { folder, databases: Vec::new() };
        for service in SERVICES {
            if Engine::here() == Engine::Postgres {
                state.databases.push((service, Database::empty()));
            }
            let dump = released(version, &format!("{service}.sql"));
            state.execute(service, &String::from_utf8(dump).expect("statements"));
        }
        state
    }

    /// Carries out statements in what a service keeps, past the service.
    ///
    /// # Panics
    /// When they cannot be carried out.
    pub fn execute(&self, service: &str, statements: &str) {
        self.attempt(service, statements).expect("it is carried out");
    }

    /// Carries out statements in what a service keeps, past the service, or tells why the database does not.
    ///
    /// # Errors
    /// What the database says.
    pub fn attempt(&self, service: &str, statements: &str) -> Result<(), String> {
        let done = match self.databases.iter().find(|(of, _)| *of == service) {
            Some((_, database)) => attempt(&database.url(), [statements]),
            None => attempt_in_file(&self.folder().join(format!("{service}.db")), statements),
        };
        done.map_err(|error| error.to_string())
    }

    /// The texts that a question to what a service keeps is answered with, past the service.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn ask(&self, service: &str, question: &str) -> Vec<String> {
        match self.databases.iter().find(|(of, _)| *of == service) {
            Some((_, database)) => ask(&database.url(), question),
            None => ask_file(&self.folder().join(format!("{service}.db")), question),
        }
    }

    /// The texts that a question to a service's PostgreSQL database is answered with after each of these statements, all of which are
    /// taken back, or what the server says to the statement.
    ///
    /// # Panics
    /// When it is kept in files, or there is no answer.
    #[must_use]
    pub fn ask_after_each(
        &self,
        service: &str,
        statements: Vec<String>,
        question: &str,
    ) -> Vec<Result<Vec<String>, String>> {
        let of = self.databases.iter().find(|(of, _)| *of == service);
        let (_, database) = of.expect("a database of the service");
        ask_after_each(&database.url(), statements, question)
    }

    /// The same product's state in files, whatever this program tests; empty.
    ///
    /// # Panics
    /// When there is no place for it.
    #[must_use]
    pub fn in_files() -> Self {
        times::begin();
        Self {
            folder: tempfile::tempdir_in(memory::folder()).expect("a temporary folder"),
            databases: Vec::new(),
        }
    }

    /// Where the files are, if it is kept in files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Settings for these services on this state, at a port of the system's choice.
    ///
    /// # Panics
    /// Never with addresses of our own.
    #[must_use]
    pub fn settings(&self, services: &[&str]) -> Settings {
        let mut settings = Settings::local(self.folder());
        let own = self.databases.iter().filter(|(service, _)| services.contains(service));
        let urls = own.map(|(service, database)| format!("{service}={}", database.url()));
        settings.storage.database_connections = CONNECTIONS;
        settings.storage.database_urls = urls.map(|url| url.parse().expect("a setting")).collect();
        settings
    }

    /// The variables by which a process learns what its command line does not say.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let urls = self.databases.iter().map(|(service, database)| format!("{service}={}", database.url()));
        let urls = urls.collect::<Vec<_>>().join(",");
        if urls.is_empty() {
            return Vec::new();
        }
        vec![("GETMODERN_DATABASE_URL", urls), ("GETMODERN_DATABASE_CONNECTIONS", CONNECTIONS.to_string())]
    }

    /// Puts a service back to where it stands in `earlier`; nobody may be using either.
    ///
    /// # Panics
    /// When it cannot be done.
    pub fn set_back(&mut self, service: &'static str, earlier: &Self) {
        self.forget(service);
        for file in files(earlier.folder(), service) {
            let name = file.file_name().expect("a file's name");
            fs::copy(&file, self.folder().join(name)).expect("it is copied");
        }
        let copies = earlier.databases.iter().filter(|(of, _)| *of == service);
        let copies: Vec<_> = copies.map(|(_, database)| (service, database.copy())).collect();
        self.databases.retain(|(of, _)| *of != service || copies.is_empty());
        self.databases.extend(copies);
    }

    /// Throws away what a service has kept; nobody may be using it.
    ///
    /// # Panics
    /// When it cannot be done.
    pub fn forget(&mut self, service: &str) {
        for file in files(self.folder(), service) {
            fs::remove_file(file).expect("it goes");
        }
        for (_, database) in self.databases.iter_mut().filter(|(of, _)| *of == service) {
            *database = Database::new(service);
        }
    }

    /// What a service has kept so far, apart; nobody may be using it.
    ///
    /// # Panics
    /// When it cannot be done.
    #[must_use]
    pub fn copy(&self, service: &'static str) -> Self {
        let mut copy = Self {
            folder: tempfile::tempdir_in(memory::folder()).expect("a temporary folder"),
            databases: Vec::new(),
        };
        copy.set_back(service, self);
        copy
    }
}

fn files(folder: &Path, service: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let stem = format!("{service}.db");
    let ours = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&stem))
    };
    entries.filter(ours).collect()
}

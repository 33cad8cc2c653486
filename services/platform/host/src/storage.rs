//! Where a process keeps its state: a SQLite file or a PostgreSQL database for each service.

use std::{ffi::OsString, fmt, path::PathBuf, str::FromStr};

use clap::{Args, value_parser};
use ledger::Place;

use crate::{Item, address, files};

/// Where a process keeps its state.
#[derive(Debug, Clone, Args)]
pub struct Storage {
    /// The folder that keeps the state: one SQLite file per service.
    #[arg(long, env = "GETMODERN_DATA", default_value = "data", value_name = "FOLDER")]
    pub data: PathBuf,

    /// A PostgreSQL database instead of the file: `postgres://…`, or `@FILE` for a file that holds the address;
    /// `SERVICE=` before it says whose, where the process runs several; may be repeated. A password belongs into the
    /// environment, the file, or PGPASSFILE: it is refused here. A comma in it is written `%2C`.
    #[arg(
        long = "database-url",
        env = "GETMODERN_DATABASE_URL",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "[SERVICE=]URL"
    )]
    pub database_urls: Vec<DatabaseSetting>,

    /// Connections of each service to its PostgreSQL database that carry statements, 1 to 64; two more tell it the order of
    /// events. They are opened as they are needed.
    #[arg(
        long, env = "GETMODERN_DATABASE_CONNECTIONS", default_value_t = CONNECTIONS, value_name = "COUNT",
        value_parser = value_parser!(u32).range(1..=64)
    )]
    pub database_connections: u32,
}

/// Connections to a database that carry statements, unless it is said how many.
const CONNECTIONS: u32 = 16;

/// The database of one service, or nothing.
pub type DatabaseSetting = Item<Database>;

/// The database of one service.
#[derive(Clone, PartialEq, Eq)]
pub struct Database {
    /// Whose; none where the process runs one service.
    service: Option<String>,
    address: Address,
}

#[derive(Clone, PartialEq, Eq)]
enum Address {
    Url(String),
    /// A file that holds the URL.
    File(PathBuf),
}

impl fmt::Debug for Database {
    /// Says whose it is, and nothing of the address, which has a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=…", self.service.as_deref().unwrap_or_default())
    }
}

impl FromStr for Database {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let is_name = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        let (service, address) = match text.split_once('=') {
            Some((word, rest)) if is_name(word) => (Some(word.to_owned()), rest),
            _ => (None, text),
        };
        let address = match address.strip_prefix('@') {
            Some(file) => Address::File(file.into()),
            None if address::rest(address).is_some() => Address::Url(address.to_owned()),
            None => return Err("must be [SERVICE=]postgres://… or [SERVICE=]@FILE"),
        };
        Ok(Self { service, address })
    }
}

impl Database {
    fn is_of(&self, service: &str) -> bool {
        self.service.as_deref().is_none_or(|name| name == service)
    }

    fn place(&self, connections: u32) -> Result<Place, String> {
        let url = match &self.address {
            Address::Url(url) => url.clone(),
            Address::File(file) => {
                let of = |error: String| format!("--database-url @{}: {error}", file.display());
                let text = files::text(file).map_err(|error| format!("--database-url @{error}"))?;
                let url = text.trim().to_owned();
                address::check(&url).map_err(of)?;
                return Ok(Place::Database { url, connections });
            }
        };
        address::check(&url).map_err(|error| format!("--database-url: {error}"))?;
        Ok(Place::Database { url, connections })
    }
}

impl Storage {
    /// A file for each service in this folder.
    pub(crate) fn in_folder(data: PathBuf) -> Self {
        Self { data, database_urls: Vec::new(), database_connections: CONNECTIONS }
    }

    /// Where `service` keeps its state.
    pub(crate) fn place(&self, service: &str) -> Result<Place, String> {
        match self.databases().find(|setting| setting.is_of(service)) {
            Some(setting) => {
                let place = setting.place(self.database_connections);
                place.map_err(|error| format!("the database of {service}: {error}"))
            }
            None => Ok(Place::File(self.data.join(format!("{service}.db")))),
        }
    }

    fn databases(&self) -> impl Iterator<Item = &Database> {
        Item::read(&self.database_urls)
    }

    /// Refuses a database that is nobody's, anybody's, or somebody's twice.
    pub(crate) fn check(&self, services: &[&str]) -> Result<(), String> {
        self.check_folder()?;
        Item::check(&self.database_urls, "--database-url")?;
        for setting in self.databases() {
            match setting.service.as_deref() {
                None if services.len() > 1 => {
                    return Err(format!(
                        "--database-url: say whose database it is: {}=…",
                        services.join("=…, ")
                    ));
                }
                Some(name) if !services.contains(&name) => {
                    return Err(format!(
                        "--database-url: there is no service {name} here; there is {}",
                        services.join(", ")
                    ));
                }
                _ => {}
            }
        }
        let databases = |service: &&&str| self.databases().filter(|setting| setting.is_of(service)).count();
        let twice = services.iter().find(|service| databases(service) > 1);
        twice
            .map_or(Ok(()), |service| Err(format!("--database-url: {service} has one database, not several")))
    }

    /// Refuses an address in the place of the folder: it would become a folder of that name.
    fn check_folder(&self) -> Result<(), String> {
        let data = self.data.to_string_lossy();
        let scheme = data.split_once(':').map_or("", |(scheme, _)| scheme);
        if scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(format!(
                "--data is a folder, and {scheme}:… is an address: a database is told by --database-url"
            ));
        }
        Ok(())
    }

    /// Where state is kept, in words for whoever starts the process.
    pub(crate) fn words(&self, services: &[&str]) -> String {
        let in_database = |service: &&&str| self.databases().any(|setting| setting.is_of(service));
        let in_files = services.iter().any(|service| !in_database(&service));
        let databases: Vec<_> = services.iter().filter(in_database).copied().collect();
        match (databases.as_slice(), in_files) {
            ([], _) => format!("state is kept in {}", self.data.display()),
            (_, false) => "state is kept in PostgreSQL".to_owned(),
            (some, true) => {
                format!("state is kept in {}, that of {} in PostgreSQL", self.data.display(), some.join(", "))
            }
        }
    }
}

/// Refuses a password among a process's arguments, where every list of processes shows it.
pub(crate) fn check_arguments(arguments: impl IntoIterator<Item = OsString>) -> Result<(), String> {
    if arguments.into_iter().any(|argument| has_password(&argument.to_string_lossy().to_lowercase())) {
        let advice = "use GETMODERN_DATABASE_URL, a file (`--database-url @FILE`) or PGPASSFILE";
        return Err(format!(
            "a password on the command line is shown to everybody on this machine: {advice}"
        ));
    }
    Ok(())
}

fn has_password(argument: &str) -> bool {
    let Some((_, url)) = argument.split_once("postgres://").or(argument.split_once("postgresql://")) else {
        return false;
    };
    let authority = url.split(['/', '?']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || url.contains("?password=") || url.contains("&password=")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn setting(text: &str) -> Database {
        text.parse().expect(text)
    }

    fn at(url: &str) -> Place {
        Place::Database { url: url.to_owned(), connections: 1 }
    }

    #[test]
    fn a_database_is_told_with_its_service_or_alone() {
        let url = "postgres://db/intake?sslmode=verify-full";
        assert_eq!(setting(&format!("intake={url}")).place(1), Ok(at(url)));
        assert!(setting(url).is_of("intake") && setting(url).is_of("tasks"));
        assert!(!setting(&format!("intake={url}")).is_of("tasks"));
        assert!(setting("@/run/secrets/a=b").service.is_none());
        for text in ["", "intake", "intake=", "mysql://db", "intake=mysql://db", "=postgres://db"] {
            assert!(text.parse::<Database>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_database_is_somebodys_and_nobodys_twice() {
        let check = |urls: &[&str], services: &[&str]| {
            let database_urls = urls.iter().map(|url| url.parse().expect("an item")).collect();
            Storage { data: PathBuf::new(), database_urls, database_connections: 1 }.check(services)
        };
        let (alone, own) = ("postgres://a", "intake=postgres://a");
        assert_eq!(check(&[alone], &["intake"]), Ok(()));
        assert_eq!(check(&[own], &["intake", "tasks"]), Ok(()));
        assert!(check(&[alone], &["intake", "tasks"]).is_err());
        assert!(check(&[own], &["tasks"]).is_err());
        assert!(check(&[own, own], &["intake"]).is_err());
        assert_eq!(check(&["", " intake=postgres://a", " "], &["intake"]), Ok(()));
        for unread in ["posgres://ada:HUNTER2@db/x", "Intake=postgres://a:HUNTER2@b", "HUNTER2@db/x"] {
            assert!(check(&[unread], &["intake"]).is_err_and(|error| !error.contains("HUNTER2")), "{unread}");
        }
    }

    #[test]
    fn an_address_is_no_folder() {
        let check = |data: &str| Storage::in_folder(data.into()).check(&["intake"]);
        for bad in ["file:/x", "sqlite:intake.db", "postgres://ada:HUNTER2@db/x"] {
            assert!(check(bad).is_err_and(|error| !error.contains("HUNTER2")), "{bad}");
        }
        for good in ["data", "/var/lib/getmodern", "./file:", "a b:c", ""] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_password_among_the_arguments_is_refused() {
        for (argument, has) in [
            ("postgres://ada@db/intake", false),
            ("postgres://ada:secret@db/intake", true),
            ("--database-url=intake=postgresql://ada:secret@db", true),
            ("postgres://db/intake?user=ada&password=secret", true),
            ("postgres://db:5432/intake", false),
            ("POSTGRES://db/intake?Password=secret", true),
            ("http://ada:secret@db", false),
        ] {
            assert_eq!(check_arguments([argument.into()]).is_err(), has, "{argument}");
        }
    }

    #[test]
    fn an_address_is_read_from_its_file_and_never_shown() {
        let folder = std::env::temp_dir().join(format!("getmodern-storage-{}", std::process::id()));
        fs::write(&folder, "postgres://ada:secret@db/intake\n").expect("written");
        let setting = setting(&format!("@{}", folder.display()));
        assert_eq!(setting.place(1), Ok(at("postgres://ada:secret@db/intake")));
        for (way, written) in files::tests::written("postgres://ada:secret@db/intake\r\n") {
            fs::write(&folder, written).expect("written");
            assert_eq!(setting.place(1), Ok(at("postgres://ada:secret@db/intake")), "{way}");
        }
        for text in ["secret", "postgres://ada:secret@db/intake\npostgres://db/tasks"] {
            fs::write(&folder, text).expect("written");
            assert!(setting.place(1).is_err_and(|error| !error.contains("secret")), "{text}");
        }
        fs::remove_file(&folder).expect("removed");
        assert!(setting.place(1).is_err());
        assert!(!format!("{setting:?} {:?}", at("postgres://a:secret@b")).contains("secret"));
    }
}

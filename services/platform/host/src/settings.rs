//! What a process is told when it starts.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr};

use clap::Args;
use jiff::SignedDuration;

/// What a process is told when it starts.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Where to listen. Callers are believed on their word, so it has to be a loopback address.
    #[arg(long, env = "GETMODERN_LISTEN", default_value = "127.0.0.1:50051", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// The folder that keeps the state: one SQLite file per service.
    #[arg(long, env = "GETMODERN_DATA", default_value = "data", value_name = "FOLDER")]
    pub data: PathBuf,

    /// A PostgreSQL database instead of the file, by service: `intake=postgres://…`; may be repeated. Give it in the
    /// environment, where no list of processes shows its password.
    #[arg(
        long = "database-url",
        env = "GETMODERN_DATABASE_URLS",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "SERVICE=URL"
    )]
    pub database_urls: Vec<DatabaseSetting>,

    /// How long a duty may wait before it is flagged overdue, such as `ANSWER_ARCHITECT=8h`; may be repeated.
    #[arg(long = "target", env = "GETMODERN_TARGETS", value_delimiter = ',', value_name = "ACTION=TIME")]
    pub targets: Vec<TargetSetting>,
}

/// The database of one service.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseSetting {
    service: String,
    url: String,
}

impl fmt::Debug for DatabaseSetting {
    /// Says whose it is, and nothing of the address, which has a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=…", self.service)
    }
}

impl FromStr for DatabaseSetting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let (service, url) = text.split_once('=').ok_or("must be SERVICE=URL")?;
        let postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let setting = Self { service: service.to_owned(), url: url.to_owned() };
        postgres.then_some(setting).ok_or("must be SERVICE=postgres://…")
    }
}

/// A time target for one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSetting {
    action: String,
    time: SignedDuration,
}

impl FromStr for TargetSetting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (action, time) =
            text.split_once('=').ok_or("must be ACTION=TIME, such as ANSWER_ARCHITECT=8h")?;
        let time = humantime::parse_duration(time).map_err(|error| error.to_string())?;
        let time = SignedDuration::try_from(time).map_err(|error| error.to_string())?;
        Ok(Self { action: action.to_owned(), time })
    }
}

impl Settings {
    /// Settings for a folder and a port of the system's choice.
    #[must_use]
    pub fn local(data: impl Into<PathBuf>) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen, data: data.into(), database_urls: Vec::new(), targets: Vec::new() }
    }

    /// The PostgreSQL database of a service; none when it keeps a file.
    pub(crate) fn database_url(&self, service: &str) -> Option<&str> {
        let of_it = |setting: &&DatabaseSetting| setting.service == service;
        self.database_urls.iter().find(of_it).map(|setting| setting.url.as_str())
    }

    /// Where state is kept, in a sentence for whoever starts the process.
    #[must_use]
    pub fn kept(&self) -> String {
        let folder = format!("state is kept in {}", self.data.display());
        let own: Vec<_> = self.database_urls.iter().map(|setting| setting.service.as_str()).collect();
        if own.is_empty() { folder } else { format!("{folder}, that of {} in PostgreSQL", own.join(", ")) }
    }

    /// The time targets that were set, by action.
    pub(crate) fn targets(&self) -> impl Iterator<Item = (String, SignedDuration)> + '_ {
        self.targets.iter().map(|target| (target.action.clone(), target.time))
    }

    /// Refuses what would let anybody on the network act as anybody.
    pub(crate) fn check(&self, services: &[&str], known: &[&str]) -> Result<(), String> {
        if !self.listen.ip().is_loopback() {
            return Err(format!(
                "callers are believed on their word, so {} will not do: listen on a loopback address",
                self.listen
            ));
        }
        let stranger =
            self.database_urls.iter().find(|setting| !services.contains(&setting.service.as_str()));
        if let Some(setting) = stranger {
            return Err(format!(
                "there is no service {} here; there are {}",
                setting.service,
                services.join(", ")
            ));
        }
        let unknown = self.targets.iter().find(|target| !known.contains(&target.action.as_str()));
        unknown.map_or(Ok(()), |target| {
            Err(format!("there is no target for {}; the actions are {}", target.action, known.join(", ")))
        })
    }
}

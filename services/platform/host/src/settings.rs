//! What a process is told when it starts.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use clap::Args;
use jiff::SignedDuration;

/// What a process is told when it starts.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Where to listen. Callers are believed on their word, so it has to be a loopback address.
    #[arg(long, env = "GETMODERN_LISTEN", default_value = "127.0.0.1:50051", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// The folder that keeps the state: one `SQLite` file per service.
    #[arg(long, env = "GETMODERN_DATA", default_value = "data", value_name = "FOLDER")]
    pub data: PathBuf,

    /// How long a duty may wait before it is flagged overdue, such as `ANSWER_ARCHITECT=8h`; may be repeated.
    #[arg(long = "target", env = "GETMODERN_TARGETS", value_delimiter = ',', value_name = "ACTION=TIME")]
    pub targets: Vec<TargetSetting>,
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
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)), data: data.into(), targets: Vec::new() }
    }

    /// The time targets that were set, by action.
    pub(crate) fn targets(&self) -> impl Iterator<Item = (String, SignedDuration)> + '_ {
        self.targets.iter().map(|target| (target.action.clone(), target.time))
    }

    /// Refuses what would let anybody on the network act as anybody.
    pub(crate) fn check(&self, known: &[&str]) -> Result<(), String> {
        if !self.listen.ip().is_loopback() {
            return Err(format!(
                "callers are believed on their word, so {} will not do: listen on a loopback address",
                self.listen
            ));
        }
        let unknown = self.targets.iter().find(|target| !known.contains(&target.action.as_str()));
        unknown.map_or(Ok(()), |target| {
            Err(format!("there is no target for {}; the actions are {}", target.action, known.join(", ")))
        })
    }
}

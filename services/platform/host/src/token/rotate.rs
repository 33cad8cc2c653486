//! `tokens rotate`: another key for the tokens that a service gives out.

use clap::{Args, Subcommand};
use jiff::SignedDuration;
use kernel::{Person, Time};
use ledger::{Ledger, rotate_token_key, token_keys};

use super::ring::secret;
use crate::{
    Service, StartError, Storage, clock,
    intervene::{open, person, words},
    say,
};

/// How many hours tokens of a key that was replaced stay good: a week.
const GRACE_HOURS: i64 = 7 * 24;

/// What to do about the keys of page and resume tokens.
#[derive(Debug, Subcommand)]
pub enum TokenVerb {
    /// Has page and resume tokens made with a new key. Those of the keys before stay good for seven days, and answer as invalid
    /// after that, with the reason that says how to go on.
    Rotate(Rotation),
}

/// How a key is replaced.
#[derive(Debug, Args)]
pub struct Rotation {
    /// Of which service, where the binary runs several; otherwise of each.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Who decides it, for the record: `ada`, or `people/ada`.
    #[arg(long, value_name = "NAME", value_parser = person)]
    person: Person,
    /// Ends what was made with the keys before within seconds, as when somebody else has got one.
    #[arg(long)]
    at_once: bool,
    /// Where the state is kept.
    #[command(flatten)]
    storage: Storage,
}

impl TokenVerb {
    /// Does it for `services`.
    pub(crate) async fn run(self, services: &[Service]) -> Result<(), StartError> {
        let Self::Rotate(rotation) = self;
        rotation.run(services).await
    }
}

impl Rotation {
    /// What is said of it from outside the command line.
    #[must_use]
    pub fn new(person: Person, at_once: bool, storage: Storage) -> Self {
        Self { service: None, person, at_once, storage }
    }

    /// The same for one service alone.
    #[must_use]
    pub fn of(self, service: &str) -> Self {
        Self { service: Some(service.to_owned()), ..self }
    }

    async fn run(self, services: &[Service]) -> Result<(), StartError> {
        self.storage.check(&services.iter().map(Service::name).collect::<Vec<_>>())?;
        for service in self.meant(services)? {
            let ledger = open(service, &self.storage).await?;
            let done = self.rotate(&ledger).await;
            ledger.close().await;
            say(&format!("{}: {}", service.name, done?));
        }
        Ok(())
    }

    fn meant<'a>(&self, services: &'a [Service]) -> Result<Vec<&'a Service>, String> {
        let is_meant = |service: &&Service| self.service.as_ref().is_none_or(|name| name == service.name);
        let meant: Vec<_> = services.iter().filter(is_meant).collect();
        let names: Vec<_> = services.iter().map(Service::name).collect();
        let unknown = self.service.as_ref().filter(|_| meant.is_empty());
        unknown.map_or(Ok(meant), |name| Err(format!("--service {name}: this runs {}", names.join(", "))))
    }

    async fn rotate(&self, ledger: &Ledger) -> Result<String, String> {
        let now = clock::now();
        let until = self.until(now);
        let done = rotate_token_key(ledger, &secret(), self.person.as_str(), now, until).await;
        done.map_err(words)?;
        let keys = token_keys(ledger).await.map_err(words)?;
        let newest = keys.first().map_or(0, |key| key.id);
        let before =
            if self.at_once { "are good no more".to_owned() } else { format!("are good until {until}") };
        Ok(format!("tokens are made with key {newest} from now on; those of the keys before {before}"))
    }

    fn until(&self, now: Time) -> Time {
        let grace = SignedDuration::from_hours(if self.at_once { 0 } else { GRACE_HOURS });
        now.checked_add(grace).unwrap_or(Time::MAX)
    }
}

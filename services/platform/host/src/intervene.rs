//! `resume` and `discard`: what an operator does where a journal cannot be followed by itself. Either leaves a row in
//! the table `intervention`, which says who did what, why, and with how many events.

mod resumption;

use std::{error::Error, str::FromStr};

use clap::Args;
use kernel::{PERSON_FORM, Person};
use ledger::{Failure, Ledger, Pass, Place, Sealer, Word};
use tonic::Status;

use crate::{
    Follow, Peer, Service, Settings, StartError, Storage, address, clock, follow::journal::Journal,
    ready::advice, run, say,
};

/// Which journal, of which service, on whose word, and why.
#[derive(Debug, Clone, Args)]
pub struct Case {
    /// The service that follows, where the binary runs several.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The service whose journal it follows.
    #[arg(long, value_name = "NAME")]
    source: String,
    /// Who decides it, for the record: `ada`, or `people/ada`.
    #[arg(long, value_name = "NAME", value_parser = person)]
    person: Person,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(crate) fn person(text: &str) -> Result<Person, String> {
    Person::named(text).ok_or_else(|| format!("must be people/{{id}}, or a subject; {PERSON_FORM}"))
}

/// Where to go on in a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// After the last event that was there before the journal was set back: everything since is new.
    Kept,
    /// After this revision.
    Revision(i64),
    /// After the newest.
    Head,
}

impl FromStr for After {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match (text, text.parse()) {
            (_, Ok(revision @ 0..)) => Ok(Self::Revision(revision)),
            ("kept", _) => Ok(Self::Kept),
            ("head", _) => Ok(Self::Head),
            _ => Err("must be kept, a revision, or head"),
        }
    }
}

impl Case {
    /// What is said of the case from outside the command line.
    #[must_use]
    pub fn new(service: &str, source: &str, person: Person, reason: &str) -> Self {
        let [service, source, reason] = [service, source, reason].map(str::to_owned);
        Self { service: Some(service), source, person, reason }
    }

    /// Has the journal followed on after another place. What lies between and was not taken over is skipped only where that was
    /// said: `skips`.
    pub(crate) async fn resume(
        &self,
        after: After,
        skips: bool,
        settings: &Settings,
        services: &[Service],
    ) -> Result<(), StartError> {
        settings.storage.check(&services.iter().map(Service::name).collect::<Vec<_>>())?;
        settings.check_peers(services)?;
        let (service, follow) = self.find(services)?;
        let peer = peer(service, follow, settings)?;
        let ledger = open(service, &settings.storage).await?;
        let journal = Journal { peer: &peer, follow };
        let away = |status: Status| away(&status, &peer, follow, settings);
        let done = resumption::carry_out(&ledger, journal, after, skips, self.word(), &away).await;
        seal(service, &ledger).await;
        ledger.close().await;
        say(&format!("{} {}", service.name, done?));
        Ok(())
    }

    /// Gives up on a parked event.
    pub(crate) async fn discard(
        &self,
        revision: i64,
        storage: &Storage,
        services: &[Service],
    ) -> Result<(), StartError> {
        storage.check(&services.iter().map(Service::name).collect::<Vec<_>>())?;
        let (service, follow) = self.find(services)?;
        let ledger = open(service, storage).await?;
        let done = ledger::discard(&ledger, follow.source, revision, self.word()).await;
        seal(service, &ledger).await;
        ledger.close().await;
        let event = done.map_err(words)?;
        let event =
            event.ok_or_else(|| format!("{} has parked no {}/{revision}", service.name, follow.source))?;
        say(&format!("{}/{revision} for {} is discarded: {}", follow.source, event.subject, event.cause));
        Ok(())
    }

    fn word(&self) -> Word<'_> {
        Word { person: self.person.as_str(), reason: &self.reason, time: clock::now(), salt: clock::salt() }
    }

    /// The service that follows, and what it follows.
    fn find<'a>(&self, services: &'a [Service]) -> Result<(&'a Service, &'a Follow), String> {
        let is_meant = |service: &&Service| self.service.as_ref().is_none_or(|name| name == service.name);
        let followers: Vec<_> =
            services.iter().filter(is_meant).filter_map(|one| Some((one, self.of(one)?))).collect();
        match followers.as_slice() {
            [only] => Ok(*only),
            [] => Err(format!("--source {}: nothing here follows it; {}", self.source, known(services))),
            _ => Err(format!("several services follow {}: say which with --service", self.source)),
        }
    }

    fn of<'a>(&self, service: &'a Service) -> Option<&'a Follow> {
        service.follows.iter().find(|follow| follow.source == self.source)
    }
}

/// Who follows what.
fn known(services: &[Service]) -> String {
    let follows = |service: &Service| {
        let sources: Vec<_> = service.follows.iter().map(|follow| follow.source).collect();
        (!sources.is_empty()).then(|| format!("{} follows {}", service.name, sources.join(" and ")))
    };
    services.iter().filter_map(follows).collect::<Vec<_>>().join(", ")
}

/// Why the source does not answer as it should, for whoever may have said wrongly where it is.
fn away(status: &Status, peer: &Peer, follow: &Follow, settings: &Settings) -> String {
    let cause = match status.source() {
        Some(_) => status.message().to_owned(),
        None => format!("who is at {} answers: {}", peer.place(), status.message()),
    };
    format!("{}: {cause}; {}", follow.source, whence(follow, settings))
}

/// Who says where the source is asked.
fn whence(follow: &Follow, settings: &Settings) -> String {
    let source = follow.source;
    if settings.peer(source).is_some() {
        return format!("--peer {source}=… says where {source} serves");
    }
    format!(
        "--listen, --tls-certificate and --tls-key say where the process of {source} serves, and how; --peer where it is another"
    )
}

/// What a service keeps, which has to be there and as expected: it is not for this to change its schema.
pub(crate) async fn open(service: &Service, storage: &Storage) -> Result<Ledger, StartError> {
    let place = storage.place(service.name)?;
    let of = address::words(service.name, &place);
    if let Place::File(file) = &place
        && !file.exists()
    {
        return Err(format!("{of} is not there: --data says which folder has it").into());
    }
    let schema = place.schema(&service.migrations).await;
    let schema = schema.map_err(|trouble| format!("{of}: {}", trouble.cause()))?;
    if let Some(advice) = advice(&schema) {
        return Err(format!("{of}: {advice}").into());
    }
    Ok(Ledger::open(&place, &service.migrations).await.map_err(words)?)
}

/// Seals what was written, as far as it has its place in the journal: a server may not hear of it for long. Should it fail, a server
/// does it.
async fn seal(service: &Service, ledger: &Ledger) {
    let (ledger, personal) = (ledger.clone(), service.personal.clone());
    let sealer = Sealer { ledger, personal, chance: clock::chance };
    while matches!(sealer.pass().await, Ok(Pass::More)) {}
}

/// The way to a source: at its address, or in the process that serves on this machine.
fn peer(service: &Service, follow: &Follow, settings: &Settings) -> Result<Peer, StartError> {
    let elsewhere = settings.peer(follow.source);
    let address = elsewhere.cloned().map_or_else(|| run::own(settings.listen), Ok)?;
    let dial = elsewhere.map_or_else(|| settings.tls.here(), |address| settings.tls.elsewhere(address));
    Ok(Peer::new(settings.elsewhere(service.name, &address), &address, &dial))
}

pub(crate) fn words(failure: impl Into<Failure>) -> String {
    match failure.into() {
        Failure::Trouble(trouble) => trouble.cause().to_owned(),
        Failure::Stopped(_) => "somebody else was faster: look again".to_owned(),
        Failure::Full => "too much waits to be written: try again".to_owned(),
    }
}

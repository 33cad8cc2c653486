//! `resume` and `discard`: what an operator does where a journal cannot be followed by itself. Either leaves a row in
//! the table `intervention`.

use std::{error::Error, str::FromStr};

use clap::Args;
use ledger::{Cursor, Failure, Ledger, Place};
use proto::common::v1::watch_events_request::Start;

use crate::{Follow, Peer, Service, Settings, StartError, Storage, address, clock, ready::advice, run, say};

/// Which journal, of which service, and why.
#[derive(Debug, Clone, Args)]
pub struct Case {
    /// The service that follows, where the binary runs several.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The service whose journal it follows.
    #[arg(long, value_name = "NAME")]
    source: String,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Where to go on in a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// After this revision.
    Revision(i64),
    /// After the newest.
    Head,
}

impl FromStr for After {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text.parse() {
            Ok(revision @ 0..) => Ok(Self::Revision(revision)),
            _ if text == "head" => Ok(Self::Head),
            _ => Err("must be a revision, or head"),
        }
    }
}

impl Case {
    /// What is said of the case from outside the command line.
    #[must_use]
    pub fn new(service: &str, source: &str, reason: &str) -> Self {
        let [service, source, reason] = [service, source, reason].map(str::to_owned);
        Self { service: Some(service), source, reason }
    }

    /// Has the journal followed on after another place, whatever lies between.
    pub(crate) async fn resume(
        &self,
        after: After,
        settings: &Settings,
        services: &[Service],
    ) -> Result<(), StartError> {
        settings.storage.check(&services.iter().map(Service::name).collect::<Vec<_>>())?;
        settings.check_peers(services)?;
        let (service, follow) = self.find(services)?;
        let to = place(&peer(service, follow, settings)?, follow, after).await;
        let to = to.map_err(|cause| format!("{}: {cause}; {}", follow.source, whence(follow, settings)))?;
        let ledger = open(service, &settings.storage).await?;
        let done = ledger::resume(&ledger, follow.source, &to, &self.reason, clock::now()).await;
        ledger.close().await;
        let from = done.map_err(words)?.revision;
        say(&format!("{} follows {} after {}; it stood at {from}", service.name, follow.source, to.revision));
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
        let done = ledger::discard(&ledger, follow.source, revision, &self.reason, clock::now()).await;
        ledger.close().await;
        let event = done.map_err(words)?;
        let event =
            event.ok_or_else(|| format!("{} has parked no {}/{revision}", service.name, follow.source))?;
        say(&format!("{}/{revision} for {} is discarded: {}", follow.source, event.subject, event.cause));
        Ok(())
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

/// The place in the source's journal, in its own words.
async fn place(peer: &Peer, follow: &Follow, after: After) -> Result<Cursor, String> {
    let start = match after {
        After::Revision(revision) => Start::AfterRevision(revision),
        After::Head => Start::Latest(true),
    };
    let away = |status: tonic::Status| match status.source() {
        Some(_) => status.message().to_owned(),
        None => format!("who is at {} answers: {}", peer.place(), status.message()),
    };
    let mut stream = peer.watch(follow.grpc_name, start).await.map_err(away)?;
    let first = stream.message().await.map_err(away)?.ok_or("the watch ended at once")?;
    Ok(Cursor { revision: first.revision, token: first.resume_token })
}

/// Who says where the source is asked, for whoever has said it wrongly.
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

/// The way to a source: at its address, or in the process that serves on this machine.
fn peer(service: &Service, follow: &Follow, settings: &Settings) -> Result<Peer, StartError> {
    let elsewhere = settings.peer(follow.source);
    let address = elsewhere.cloned().map_or_else(|| run::own(settings.listen), Ok)?;
    let dial = elsewhere.map_or_else(|| settings.tls.here(), |address| settings.tls.elsewhere(address));
    Ok(Peer::new(settings.elsewhere(service.name, &address), &address, &dial))
}

fn words(failure: impl Into<Failure>) -> String {
    match failure.into() {
        Failure::Trouble(trouble) => trouble.cause().to_owned(),
        Failure::Stopped(_) => "somebody else was faster: look again".to_owned(),
    }
}

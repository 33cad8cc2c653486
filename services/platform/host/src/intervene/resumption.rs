//! `resume`: where to go on, what would be skipped by that, and what becomes of the events that are parked.

use std::collections::BTreeMap;

use ledger::{Cursor, Ledger, Parked, Resumption, Word, parked};
use prost::Message;
use proto::common::v1::{Event, watch_events_request::Start};
use serde_json::json;
use tonic::Status;

use super::{After, words};
use crate::{
    StartError,
    follow::{
        journal::{Journal, happened, is_reset, is_unknown},
        start,
    },
};

/// Events by their kind.
type Kinds = BTreeMap<String, i64>;

/// Has `journal` followed on; what was done, in words.
pub(super) async fn carry_out(
    ledger: &Ledger,
    journal: Journal<'_>,
    after: After,
    skips: bool,
    word: Word<'_>,
    away: &impl Fn(Status) -> String,
) -> Result<String, StartError> {
    let source = journal.follow.source;
    let from = ledger::cursor(ledger, source).await.map_err(words)?;
    let taken = taken(journal, &from).await.map_err(away)?;
    let to = place(journal, start_after(source, after, taken)?).await.map_err(away)?;
    let skipped = match taken {
        Some(taken) => journal.count(taken, to.revision).await.map_err(away)?,
        None => Kinds::new(),
    };
    if !skipped.is_empty() && !skips {
        return Err(too_far(source, &skipped).into());
    }
    let parked = parked(ledger, source, None).await.map_err(words)?;
    let (lost, there) = apart(journal, parked).await.map_err(away)?;
    let again: Vec<_> = there.into_iter().filter(|event| event.revision > to.revision).collect();
    let set_aside = by_kind(&lost);
    let counts = json!({ "skipped": skipped, "lost": set_aside });
    let resumption = Resumption { source, from: &from, to: &to, lost: &lost, again: &again, counts };
    ledger::resume(ledger, resumption, word).await.map_err(words)?;
    let done = format!("follows {source} after {}; it stood at {}", to.revision, from.revision);
    Ok([done, told("skipped", &skipped), told("set aside, being of what was lost", &set_aside)].concat())
}

/// Up to where the journal, as it is, was taken over; not known where it was set back behind a place that an older release noted.
async fn taken(journal: Journal<'_>, cursor: &Cursor) -> Result<Option<i64>, Status> {
    let is_there = match journal.peer.watch(journal.follow.grpc_name, start(cursor)).await {
        Ok(_) => true,
        Err(status) if is_reset(&status) => false,
        Err(status) if is_unknown(&status) => journal.recognized(cursor).await?.is_some(),
        Err(status) => return Err(status),
    };
    match cursor.time {
        _ if is_there => Ok(Some(cursor.revision)),
        Some(time) => journal.last_by(time).await.map(Some),
        None => Ok(None),
    }
}

fn start_after(source: &str, after: After, taken: Option<i64>) -> Result<Start, String> {
    match (after, taken) {
        (After::Revision(revision), _) | (After::Kept, Some(revision)) => Ok(Start::AfterRevision(revision)),
        (After::Head, _) => Ok(Start::Latest(true)),
        (After::Kept, None) => Err(format!(
            "an older release followed {source} up to where it was lost, and did not note when that happened: name the revision"
        )),
    }
}

/// The place in the journal, in its own words.
async fn place(journal: Journal<'_>, start: Start) -> Result<Cursor, Status> {
    let mut stream = journal.peer.watch(journal.follow.grpc_name, start).await?;
    let first = stream.message().await?.ok_or_else(|| Status::unavailable("it ended"))?;
    let time = match first.revision {
        0 => None,
        revision => journal.event_at(revision).await?.as_ref().and_then(happened),
    };
    Ok(Cursor { revision: first.revision, token: first.resume_token, time })
}

/// Tells parked events that the journal does not have from those that it has.
async fn apart(journal: Journal<'_>, parked: Vec<Parked>) -> Result<(Vec<Parked>, Vec<Parked>), Status> {
    let (mut lost, mut there) = (Vec::new(), Vec::new());
    for entry in parked {
        let is_there = match Event::decode(entry.event.as_slice()) {
            Ok(event) => event.revision == entry.revision && journal.has(&event).await?,
            Err(_) => false,
        };
        if is_there { there.push(entry) } else { lost.push(entry) }
    }
    Ok((lost, there))
}

fn by_kind(events: &[Parked]) -> Kinds {
    let mut kinds = Kinds::new();
    for entry in events {
        let kind = Event::decode(entry.event.as_slice())
            .map_or_else(|_| "unreadable".to_owned(), |event| event.kind);
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}

fn too_far(source: &str, skipped: &Kinds) -> String {
    let count: i64 = skipped.values().sum();
    format!(
        "{count} events of {source} were not taken over, and never would be: {}; `--after kept` skips none, `--yes` skips these",
        listed(skipped)
    )
}

fn told(what: &str, kinds: &Kinds) -> String {
    if kinds.is_empty() { String::new() } else { format!("; {what}: {}", listed(kinds)) }
}

/// `GatewayExited 2, CaseOpened 1`.
fn listed(kinds: &Kinds) -> String {
    kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect::<Vec<_>>().join(", ")
}

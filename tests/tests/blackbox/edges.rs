//! The edges of real life: people, facts and plans change, and work pauses and ends. Each shows as a table what every role sees
//! before and after, and what waits on whom (readings 15 to 20, I-21 to I-25).

#![expect(clippy::needless_raw_string_hashes, reason = "the tables are written so by UPDATE_EXPECT")]

mod begins;
mod ends;
mod eyes;
mod meetings;
mod mistaken;
mod people;
mod receives;
mod verdicts;

use proto::{
    common::v1::{AuditEntry, ListAuditEntriesRequest, ListAuditEntriesResponse},
    engagement::v1::{Engagement, superseded::Was},
};

use self::eyes::AUDITOR;
use crate::{cast::Play, faults::gateway::eventually};

const INTAKE: &str = "getmodern.intake.v1.IntakeService";

/// The audit's lines about somebody and a resource, each the end of a method and the reason of its refusal, once the awaited one is
/// among them: refusals are written down a moment later.
async fn audited(play: &Play, service: &str, (person, resource): (&str, &str), awaited: &str) -> Vec<String> {
    let (person, resource, page_size) = (person.to_owned(), resource.to_owned(), 500);
    let ask = ListAuditEntriesRequest { person, resource, page_size, ..ListAuditEntriesRequest::default() };
    let path = format!("/{service}/ListAuditEntries");
    let line = |entry: &AuditEntry| {
        let method = entry.method.rsplit('/').next().unwrap_or_default();
        format!("{method} {}", entry.reason).trim().to_owned()
    };
    eventually(awaited, async || {
        let found: ListAuditEntriesResponse = play.ask_at(AUDITOR, &path, ask.clone()).await;
        let lines: Vec<_> = found.entries.iter().rev().map(line).collect();
        lines.iter().any(|line| line == awaited).then_some(lines)
    })
    .await
}

/// The parts that stood before, each with the cause for which it was replaced.
fn gone(engagement: &Engagement) -> Vec<(&'static str, &str)> {
    let word = |was: &Was| match was {
        Was::Introduction(_) => "introduction",
        Was::Workshop(_) => "workshop",
        Was::Pilot(_) => "pilot",
        Was::PilotResult(_) => "result",
        Was::Channel(_) => "channel",
        Was::Handover(_) => "handover",
        _ => "seat",
    };
    let of = |kept: &'_ proto::engagement::v1::Superseded| kept.was.as_ref().map_or("nothing", word);
    engagement.superseded.iter().map(|kept| (of(kept), kept.cause.as_str())).collect()
}

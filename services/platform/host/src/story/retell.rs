//! `trace`: tells a resource's story once more, to the collector if there is one, and to the terminal.

use std::io::{IsTerminal, stdout};

use kernel::Time;
use ledger::{Eyes, JournalQuery, Ledger, entries};

use super::{
    chapter::chapters,
    fold::Story,
    gantt,
    tale::{Tale, Targets},
    teller::send,
};
use crate::{
    Fail, Service, Settings, StartError, cli::binary, clock, intervene::open, say, service, telemetry,
};

/// Entries read at a time.
const PAGE: i64 = 100;

/// What became of the resource called `name` up to a revision; none when there is no such resource.
pub(super) async fn tale(
    ledger: &Ledger,
    story: Story,
    name: &str,
    until: i64,
) -> Result<Option<Tale>, Fail> {
    let (mut fold, mut after) = ((story.begin)(name), 0);
    while after < until {
        let page = entries(
            ledger,
            JournalQuery {
                after,
                resource: Some(name),
                eyes: &Eyes::All,
                sieve: ledger::Sieve::ALL,
                limit: PAGE,
            },
        )
        .await?;
        let Some(last) = page.last() else { break };
        after = last.revision;
        for entry in page.iter().filter(|entry| entry.resource == name && entry.revision <= until) {
            fold.take(entry)?;
        }
    }
    Ok(fold.end())
}

/// Tells the story of the resource called `name`, and of what belongs to it in these services.
pub(crate) async fn retell(name: &str, settings: &Settings, services: &[Service]) -> Result<(), StartError> {
    let names: Vec<_> = services.iter().map(Service::name).collect();
    settings.storage.check(&names)?;
    let exporter = telemetry::spans(&binary(&names))?;
    let now = clock::now();
    let mut found = Vec::new();
    for service in services.iter().filter(|service| !service.tables.stories.is_empty()) {
        let ledger = open(service, &settings.storage).await?;
        let tales = tales(&ledger, &service.tables.stories, name).await;
        ledger.close().await;
        let targets = service::targets(&service.targets, settings);
        found.extend(tales?.into_iter().map(|tale| (tale, targets.clone())));
    }
    found.sort_by_key(|(tale, _)| (tale.name != name, tale.created().time));
    if found.first().is_none_or(|(tale, _)| tale.name != name) {
        return Err(format!("there is no {name} here that has a story").into());
    }
    // Drawn first: whoever is in trouble may have no collector either.
    say(gantt::draw(&found, now, stdout().is_terminal()).trim_end());
    if let Some(exporter) = exporter {
        let given_up = send(&exporter, spans(&found, now)).await.map_err(|fail| away(&fail))?;
        if given_up > 0 {
            return Err(format!("the collector refused {given_up} spans").into());
        }
    }
    Ok(())
}

/// Why nothing was told, and who says whom to tell.
fn away(fail: &Fail) -> String {
    const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
    let said = ENDPOINTS.iter().find_map(|name| Some(format!("{name}={}", std::env::var(name).ok()?)));
    format!("{fail}; {} says where it is", said.unwrap_or_else(|| ENDPOINTS.join(" or ")))
}

fn spans(found: &[(Tale, Targets)], now: Time) -> Vec<opentelemetry_sdk::trace::SpanData> {
    let all = found.iter().flat_map(|(tale, targets)| chapters(tale, targets, now));
    all.map(|chapter| chapter.span).collect()
}

/// The tales of `name` and of what belongs to it, as far as they are told.
async fn tales(ledger: &Ledger, stories: &[Story], name: &str) -> Result<Vec<Tale>, StartError> {
    let fault = |fail: Fail| fail.to_string();
    let mut found = Vec::new();
    for name in family(ledger, name).await.map_err(fault)? {
        let collection = name.split_once('/').map_or("", |(collection, _)| collection);
        let Some(story) = stories.iter().find(|story| story.collection == collection) else { continue };
        found.extend(tale(ledger, *story, &name, i64::MAX).await.map_err(fault)?);
    }
    Ok(found)
}

/// The names of the resource and of what belongs to it, as far as this journal knows them.
async fn family(ledger: &Ledger, name: &str) -> Result<Vec<String>, Fail> {
    let (mut names, mut after) = (Vec::new(), 0);
    loop {
        let page = entries(
            ledger,
            JournalQuery {
                after,
                resource: Some(name),
                eyes: &Eyes::All,
                sieve: ledger::Sieve::ALL,
                limit: PAGE,
            },
        )
        .await?;
        let Some(last) = page.last() else { return Ok(names) };
        after = last.revision;
        for entry in page {
            if !names.contains(&entry.resource) {
                names.push(entry.resource);
            }
        }
    }
}

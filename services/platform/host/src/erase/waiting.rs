//! Events of other services that wait here or were given up: they hold texts about people before any resource here does.

use std::time::Duration;

use kernel::{Context, ERASED, name};
use ledger::{
    Commit, Intervention, Ledger, Parked, Word, all_parked, erase_event, interventions, open_parked_duty,
    replace_parked,
};
use prost::Name;
use proto::common::v1::Event;

use super::{MOVED, Wish, has};
use crate::{Fail, redact};

/// Fields of events by which things are told apart, and codes; all else may name somebody.
const PLAIN: [&str; 7] = ["criterion", "kind", "request_id", "resume_token", "rule", "target_date", "tenant"];

/// The events about one resource that are parked here, or were given up.
pub(super) struct Waiting {
    parked: Vec<Parked>,
    given_up: Vec<Intervention>,
}

impl Waiting {
    /// Finds them. An engagement's are also those that name only its case, whose identity it has.
    pub(super) async fn about(resource: &str, ledger: &Ledger) -> Result<Self, Fail> {
        let id = resource.split_once('/').map_or("", |(_, id)| id);
        let (mut parked, mut given_up) = (all_parked(ledger).await?, interventions(ledger).await?);
        parked.retain(|event| event.subject == resource || has(&event.event, id));
        given_up.retain(|one| has(&one.event, id));
        Ok(Self { parked, given_up })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parked.is_empty() && self.given_up.is_empty()
    }

    /// Adds what is erased of them to `commit`, and a row for each that says so; how many.
    pub(super) fn erase(
        self,
        wish: &Wish<'_>,
        context: &Context,
        commit: &mut Commit,
    ) -> Result<usize, Fail> {
        let mut changed = Vec::new();
        for event in self.parked {
            let place = (event.source.clone(), event.revision);
            if erase_parked(event, wish, commit)? {
                changed.push(place);
            }
        }
        for one in self.given_up {
            let place = (one.source.clone(), one.revision);
            if erase_given_up(one, wish, commit)? {
                changed.push(place);
            }
        }
        // No two of one source are of the same moment.
        for ((source, revision), later) in changed.iter().zip(0..) {
            let time = context.now.checked_add(Duration::from_micros(later)).unwrap_or(context.now);
            let word = Word { person: context.caller.person.as_str(), reason: &wish.reason, time };
            commit.push(erase_event(source, *revision, word));
        }
        Ok(changed.len())
    }
}

/// What an event is without the texts that go, and what is said of it; none where it has none of them.
fn without(event: &[u8], words: &str, wish: &Wish<'_>) -> Result<Option<(Vec<u8>, String)>, Fail> {
    let bytes = redact::without(&Event::full_name(), event, &|field, text| goes(wish, field, text))?;
    let found = wish.finds(words);
    if bytes.is_none() && !found {
        return Ok(None);
    }
    let words = if found { ERASED } else { words };
    Ok(Some((bytes.unwrap_or_else(|| event.to_vec()), words.to_owned())))
}

fn erase_parked(parked: Parked, wish: &Wish<'_>, commit: &mut Commit) -> Result<bool, Fail> {
    let Some((event, cause)) = without(&parked.event, &parked.cause, wish)? else { return Ok(false) };
    let is_told = cause != parked.cause;
    let parked = Parked { event, cause, ..parked };
    commit.push(replace_parked(&parked, MOVED));
    // The operator's duty tells the cause, too.
    commit.extend(is_told.then(|| open_parked_duty(&parked)));
    Ok(true)
}

fn erase_given_up(one: Intervention, wish: &Wish<'_>, commit: &mut Commit) -> Result<bool, Fail> {
    let Some((event, reason)) = without(&one.event, &one.reason, wish)? else { return Ok(false) };
    commit.push(Intervention { event, reason, ..one }.replace(MOVED));
    Ok(true)
}

/// Whether a text of an event goes: not where things are told apart by it.
fn goes(wish: &Wish<'_>, field: &str, text: &str) -> bool {
    let is_name = text.split_once('/').is_some_and(|(of, _)| name::parse(of, text).is_some());
    !is_name && !PLAIN.contains(&field) && wish.finds(text)
}

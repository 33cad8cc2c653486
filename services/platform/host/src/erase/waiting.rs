//! Events of other services that wait here or were given up: they hold texts about people before any resource here does.

use kernel::{Context, ERASED, name};
use ledger::{
    Commit, Intervention, Ledger, Parked, Word, all_parked, erase_event, interventions, open_parked_duty,
    replace_parked,
};
use prost::Name;
use proto::common::v1::Event;

use super::{MOVED, Wish, has};
use crate::{Fail, clock, redact};

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
        let mut changed = 0;
        let mut word = || {
            changed += 1;
            let (person, time) = (context.caller.person.as_str(), context.now);
            let word = Word { person, reason: &wish.reason, time, salt: clock::salt() };
            // No two of one source are of the same moment.
            word.later(changed - 1)
        };
        for event in self.parked {
            if let Some(event) = erase_parked(event, wish, commit)? {
                commit.extend(erase_event(&event.source, event.revision, None, word()));
            }
        }
        for one in self.given_up {
            if let Some(left) = without_names(one, wish)? {
                let word = word();
                commit.push(left.replace(word.salt, MOVED));
                commit.extend(erase_event(&left.source, left.revision, Some(&left), word));
            }
        }
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
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

fn erase_parked(parked: Parked, wish: &Wish<'_>, commit: &mut Commit) -> Result<Option<Parked>, Fail> {
    let Some((event, cause)) = without(&parked.event, &parked.cause, wish)? else { return Ok(None) };
    let is_told = cause != parked.cause;
    let parked = Parked { event, cause, ..parked };
    commit.push(replace_parked(&parked, MOVED));
    // The operator's duty tells the cause, too.
    commit.extend(is_told.then(|| open_parked_duty(&parked)));
    Ok(Some(parked))
}

fn without_names(one: Intervention, wish: &Wish<'_>) -> Result<Option<Intervention>, Fail> {
    let without = without(&one.event, &one.reason, wish)?;
    Ok(without.map(|(event, reason)| Intervention { event, reason, ..one }))
}

/// Whether a text of an event goes: not where things are told apart by it.
fn goes(wish: &Wish<'_>, field: &str, text: &str) -> bool {
    let is_name = text.split_once('/').is_some_and(|(of, _)| name::parse(of, text).is_some());
    !is_name && !PLAIN.contains(&field) && wish.finds(text)
}

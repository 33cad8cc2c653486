//! `ErasePersonalData`: texts in which somebody is named go from wherever the service keeps them, and the journal says so.
//!
//! One commit does all of it. What it rests on was read before: it stops, and all is read again, when a resource has changed or has
//! got another reply to keep, when an event is not parked any more, or when somebody else erases the same.

mod waiting;

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kernel::{Caller, Context, Kind, Person, Refusal, Search, name, readable};
use ledger::{
    Commit, Erasable, Erased, Failure, Kept, RequestKey, erasable, remember, remembered, replies, sealed,
    unknown_replies,
};
use opentelemetry::trace::FutureExt;
use proto::common::v1::{ErasePersonalDataRequest, ErasePersonalDataResponse};
use tokio::time::{Instant, sleep};
use tonic::{Request, Response, Status};

use crate::{
    Desk, Fail, Fields, Happened,
    audit::refusals,
    callers::Turn,
    clock,
    deadline::Deadline,
    desk::{ATTEMPTS, caller},
    redact, rehearsal,
    request::{Key, kept, repeated},
    telemetry,
};

use waiting::Waiting;

/// Journal entries that one call looks through.
const ENTRIES: usize = 10_000;
/// Texts that one call erases.
const TEXTS: usize = 1_000;
/// How long to wait until the entries are sealed: nothing else can be erased.
const SEALING: Duration = Duration::from_secs(10);
/// How often to look whether they are.
const LULL: Duration = Duration::from_millis(50);
/// Replies of older products that are read at a time.
const PAGE: i64 = 200;
/// Stops a commit when an event is not where it was.
const MOVED: &str = "moved";

/// What is to be erased, and why.
pub(crate) struct Wish<'a> {
    resource: &'a str,
    search: Search,
    /// How many texts it looks for.
    sought: usize,
    /// Which of them were found, by their places.
    found: Mutex<BTreeSet<usize>>,
    reason: String,
    /// Whether it is only asked what would be erased.
    validate_only: bool,
}

impl Wish<'_> {
    /// Whether `text` has any of them in it; those that it has are noted.
    fn finds(&self, text: &str) -> bool {
        let found = self.search.found(text);
        let is_found = !found.is_empty();
        self.noted().extend(found);
        is_found
    }

    fn noted(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The places of those that were found nowhere, and the same in a sentence.
    fn told(&self) -> (Vec<i32>, String) {
        let found = self.noted();
        let missing = (0..self.sought).filter(|place| !found.contains(place));
        let missing: Vec<i32> = missing.filter_map(|place| place.try_into().ok()).collect();
        let about = self.resource;
        let notice = match missing.len() {
            0 => String::new(),
            all if all == self.sought => {
                format!("nothing was found in {about} or in what belongs to it: nothing was erased")
            }
            some => format!(
                "{some} of {} texts were found nowhere in {about} or in what belongs to it",
                self.sought
            ),
        };
        (missing, notice)
    }
}

impl Desk {
    /// Erases texts in which somebody is named.
    pub async fn erase_personal_data(
        &self,
        request: Request<ErasePersonalDataRequest>,
    ) -> Result<Response<ErasePersonalDataResponse>, Status> {
        let caller = caller(&request)?;
        let deadline = request.extensions().get::<Deadline>().copied();
        let turn = request.extensions().get::<Arc<Turn>>().cloned();
        let (desk, message) = (self.clone(), request.into_inner());
        refusals::note_resource(&message.resource);
        let work = async move {
            match desk.erase(&message, &caller, deadline).await {
                Ok(erased) => Ok(erased),
                Err(fail) => {
                    let collection = desk.collection(&message.resource);
                    Err(desk.status(fail, collection, &caller, &message.request_id).await)
                }
            }
        };
        self.apart(turn, work).await.map(Response::new)
    }

    /// The collection of a resource, if it is one of this service's.
    fn collection(&self, resource: &str) -> &'static str {
        let collection = resource.split_once('/').map_or("", |(collection, _)| collection);
        self.inner.erasers.get_key_value(collection).map_or("journals", |(collection, _)| collection)
    }

    async fn erase(
        &self,
        message: &ErasePersonalDataRequest,
        caller: &Caller,
        deadline: Option<Deadline>,
    ) -> Result<ErasePersonalDataResponse, Fail> {
        let mut fields = Fields::new(clock::now());
        let earnest = ErasePersonalDataRequest { validate_only: false, ..message.clone() };
        let key = Key::read(&message.request_id, &earnest, caller, &mut fields);
        let wish = read(message, &mut fields);
        fields.finish()?;
        let key = key.kept(self.ledger(), caller).await?;
        let context = telemetry::request(&key.key);
        self.settle_erasure(&wish, caller, &key, deadline).with_context(context).await
    }

    /// Attempts it until nobody else is faster.
    async fn settle_erasure(
        &self,
        wish: &Wish<'_>,
        caller: &Caller,
        key: &RequestKey,
        deadline: Option<Deadline>,
    ) -> Result<ErasePersonalDataResponse, Fail> {
        let _turn = self.inner.turnstile.enter(wish.resource).await;
        for _ in 0..ATTEMPTS {
            if deadline.is_some_and(|deadline| deadline.answer <= Instant::now()) {
                return Err(Fail::Late);
            }
            if let Some(remembered) = remembered(self.ledger(), key).await? {
                telemetry::replayed(self.inner.service);
                return repeated(&remembered, key);
            }
            if let Some(reply) = self.attempt_erasure(wish, caller, key).await? {
                return Ok(reply);
            }
        }
        Err(Fail::Contended)
    }

    /// One look and commit; `None` when somebody else was faster.
    async fn attempt_erasure(
        &self,
        wish: &Wish<'_>,
        caller: &Caller,
        key: &RequestKey,
    ) -> Result<Option<ErasePersonalDataResponse>, Fail> {
        let found = self.sealed_entries(wish).await?;
        let waiting = Waiting::about(wish.resource, self.ledger()).await?;
        wish.noted().clear();
        if found.is_empty() && waiting.is_empty() {
            return Err(Refusal::not_found(wish.resource).into());
        }
        let context = Context { caller: caller.clone(), now: clock::now() };
        let names: Vec<String> = found.iter().map(|one| one.resource.clone()).collect();
        let without = |one: Erasable| one.without(&wish.search, &wish.reason).transpose();
        let erased: Vec<Erased> = found.into_iter().filter_map(without).collect::<Result<_, _>>()?;
        let mut reply = ErasePersonalDataResponse {
            erased_texts: number(erased.iter().map(|one| one.texts.len()).sum())?,
            resources: erased.iter().map(|one| one.resource.clone()).collect(),
            ..ErasePersonalDataResponse::default()
        };
        let mut commit = Commit::default();
        for one in &erased {
            reply.changed_replies += self.add(one, &context, &key.key, &mut commit).await?;
        }
        reply.changed_replies += self.add_unknown(&erased, &mut commit).await?;
        self.hide_keys(&names, wish, &mut commit).await?;
        reply.changed_events = number(waiting.erase(wish, &context, &mut commit)?)?;
        erased.iter().flat_map(|one| &one.texts).for_each(|text| {
            wish.finds(text);
        });
        (reply.not_found, reply.notice) = wish.told();
        commit.push(remember(key, kept(wish.resource.to_owned(), &reply), context.now));
        if wish.validate_only {
            return Ok(rehearsal::rehearse(self.ledger(), commit).await?.is_none().then_some(reply));
        }
        match self.ledger().commit(commit).await {
            Ok(()) => {
                self.conclude(&erased).await;
                Ok(Some(reply))
            }
            Err(Failure::Stopped(_)) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Counts what was done, and clears away what the database left behind.
    async fn conclude(&self, erased: &[Erased]) {
        for one in erased {
            Happened::erased(self.collection(&one.resource)).tell(self.inner.service);
        }
        if let Err(trouble) = self.ledger().scrub().await {
            let cause = trouble.cause();
            tracing::warn!(cause, "what was erased is in the database's log until that is written over");
        }
    }

    /// The entries of the resource and of what belongs to it, once all of them are sealed.
    async fn sealed_entries(&self, wish: &Wish<'_>) -> Result<Vec<Erasable>, Fail> {
        let until = Instant::now() + SEALING;
        loop {
            let sealed = sealed(self.ledger()).await?.map_or(0, |seal| seal.revision);
            let found = erasable(self.ledger(), wish.resource, ENTRIES).await?;
            let (found, newest) = found.ok_or_else(|| too_much(&format!("{ENTRIES} journal entries")))?;
            if newest <= sealed {
                return Ok(found);
            }
            if Instant::now() > until {
                let cause = format!("revision {newest} is not sealed, so that nothing can be erased from it");
                return Err(ledger::Trouble::new(cause).into());
            }
            sleep(LULL).await;
        }
    }

    /// Adds what is erased of a resource to `commit`, and of the replies that show it; how many of those.
    async fn add(
        &self,
        erased: &Erased,
        context: &Context,
        request_id: &str,
        commit: &mut Commit,
    ) -> Result<i32, Fail> {
        let unknown = || Fail::Fault(format!("{} is of no table", erased.resource));
        let write = self.inner.erasers.get(self.collection(&erased.resource)).ok_or_else(unknown)?;
        let replies = replies(self.ledger(), &erased.resource).await?;
        write(erased, context, request_id, replies.len(), commit)?;
        let mut changed = 0;
        for reply in &replies {
            changed += add_reply(reply, erased, commit)?;
        }
        Ok(changed)
    }

    /// The same for replies of older products, which have to be looked through.
    async fn add_unknown(&self, erased: &[Erased], commit: &mut Commit) -> Result<i32, Fail> {
        let (mut changed, mut after) = (0, (String::new(), String::new()));
        while !erased.is_empty() {
            let page = unknown_replies(self.ledger(), (&after.0, &after.1), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = (last.person.clone(), last.key.clone());
            for reply in &page {
                let about = erased.iter().find(|one| has(&reply.bytes, &one.resource));
                let Some(erased) = about else { continue };
                let message = redact::reply_about(&erased.resource, &reply.bytes);
                changed += add_reply(&Kept { message, ..reply.clone() }, erased, commit)?;
            }
        }
        Ok(changed)
    }

    /// Has request ids by which older products kept what they answered about any of `resources` kept by their digests, as every
    /// other is, where they name somebody.
    async fn hide_keys(
        &self,
        resources: &[String],
        wish: &Wish<'_>,
        commit: &mut Commit,
    ) -> Result<(), Fail> {
        for resource in resources {
            for reply in replies(self.ledger(), resource).await? {
                self.hide_key(&reply, wish, commit).await?;
            }
        }
        let mut after = (String::new(), String::new());
        loop {
            let page = unknown_replies(self.ledger(), (&after.0, &after.1), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.person.clone(), last.key.clone());
            for reply in page.iter().filter(|reply| resources.iter().any(|name| has(&reply.bytes, name))) {
                self.hide_key(reply, wish, commit).await?;
            }
        }
    }

    async fn hide_key(&self, reply: &Kept, wish: &Wish<'_>, commit: &mut Commit) -> Result<(), Fail> {
        let person = Person::parse(&reply.person).filter(|_| reply.is_kept_by_id() && wish.finds(&reply.key));
        let Some(person) = person else { return Ok(()) };
        let digest = self.ledger().digest(&person, &reply.key).await?;
        commit.extend(reply.hide_key(&digest));
        Ok(())
    }
}

pub(crate) fn read<'a>(message: &'a ErasePersonalDataRequest, fields: &mut Fields) -> Wish<'a> {
    let resource = message.resource.as_str();
    let is_name = resource.split_once('/').is_some_and(|(of, _)| name::parse(of, resource).is_some());
    if !is_name {
        fields.fault("resource", "FIELD_MALFORMED", "must be `{collection}/{id}`");
    }
    let texts = fields.each("texts", &message.texts, 1..=20, |fields, path, text| {
        fields.text(path, &without_unseen(text), 2, 320)
    });
    let reason = fields.text("reason", &message.reason, 1, 500);
    let search = Search::new(&texts);
    if search.finds(&reason) {
        fields.fault("reason", "REASON_NAMES_SOMEBODY", "may have none of the texts in it: it is kept");
    }
    Wish {
        resource,
        search,
        sought: texts.len(),
        found: Mutex::default(),
        reason,
        validate_only: message.validate_only,
    }
}

/// A name may be asked for as it was kept before anything that hides was refused: what nobody sees of it tells nobody.
fn without_unseen(text: &str) -> String {
    let tells = |c: &char| readable::is_seen(*c) || c.is_whitespace() || c.is_control();
    text.chars().filter(tells).collect()
}

/// A reply shows texts as they are kept.
fn add_reply(reply: &Kept, erased: &Erased, commit: &mut Commit) -> Result<i32, Fail> {
    let Some(message) = &reply.message else { return Ok(0) };
    let texts: HashSet<&str> = erased.texts.iter().map(String::as_str).collect();
    let Some(bytes) = redact::without(message, &reply.bytes, &|_, text| texts.contains(text))? else {
        return Ok(0);
    };
    commit.push(reply.replace(bytes, MOVED));
    Ok(1)
}

/// Whether a message has this text in it.
fn has(bytes: &[u8], text: &str) -> bool {
    !text.is_empty() && bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn number(count: usize) -> Result<i32, Fail> {
    if count > TEXTS {
        return Err(too_much(&format!("{TEXTS} texts")).into());
    }
    i32::try_from(count).map_err(|error| Fail::Fault(error.to_string()))
}

fn too_much(than: &str) -> Refusal {
    let text = format!(
        "there are more than {than}, which is more than one call erases: ask for fewer texts, or of what belongs to it one by one"
    );
    Refusal::new(Kind::NotReady, "", "ERASURE_TOO_LARGE", "texts", text)
}

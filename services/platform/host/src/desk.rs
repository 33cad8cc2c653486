//! One command through the house: read the fields, load, decide, commit, reply. Every mutation takes this way.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering::Relaxed},
    },
};

use kernel::{Caller, Context, Decider, Id, Kind, Refusal, name};
use ledger::{
    Change, Command, Commit, Eyes, Failure, Found, Ledger, Record, Remembered, RequestKey, State, Statement,
    Stop, Table, hidden_statement, look, look_to_change, remember,
};
use opentelemetry::trace::FutureExt;
use tokio::{
    sync::{Semaphore, watch},
    time::Instant,
};
use tonic::{Request, Response, Status};

use crate::{
    Act, Fail, Fields, Peer, Resource, Target,
    act::absent,
    audit::refusals,
    callers::Turn,
    clock,
    deadline::Deadline,
    here::Here,
    redact, rehearsal,
    request::{check_size, check_target, kept, read, repeated},
    service::{Eraser, Publisher, Tables},
    sight::Views,
    story::Story,
    telemetry::{self, Happened, resource_type},
    token::Keys,
    turnstile::Turnstile,
};

/// Times a command is decided again because others changed the resource meanwhile.
pub(crate) const ATTEMPTS: usize = 16;
/// Mutations under way at once in one service.
pub const MUTATIONS: usize = 512;

/// Where a service works: its ledger, its peers, its targets. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) service: &'static str,
    pub(crate) ledger: Ledger,
    pub(crate) peers: HashMap<&'static str, Peer>,
    /// How far each followed journal was looked at.
    seen: HashMap<&'static str, AtomicI64>,
    pub(crate) targets: HashMap<String, jiff::SignedDuration>,
    /// The values that fields take beside those that they know, by field.
    pub(crate) more: Vec<(String, String)>,
    pub(crate) publishers: HashMap<&'static str, Publisher>,
    pub(crate) stories: Vec<Story>,
    /// Whether this process tells its stories to a collector.
    telling: AtomicBool,
    pub(crate) erasers: HashMap<&'static str, Eraser>,
    pub(crate) views: Views,
    /// The collections and methods that a list can be narrowed to.
    pub(crate) here: Here,
    pub(crate) turnstile: Turnstile,
    /// What page and resume tokens are made with.
    pub(crate) keys: Keys,
    /// Mutations that may be under way at once, those included whose caller has gone.
    pub(crate) permits: Arc<Semaphore>,
    /// Turns true when the process is told to stop.
    pub(crate) stop: watch::Receiver<bool>,
}

impl Desk {
    /// The service's database, for reads of its own.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.inner.ledger
    }

    /// What a caller sees here.
    pub(crate) fn eyes(&self, caller: &Caller) -> Eyes {
        Eyes::of(caller).within(|collection| self.inner.views.contains_key(collection))
    }

    /// Counts what a commit of a follower's own has done, once it stands.
    pub fn count(&self, happened: &Happened) {
        happened.tell(self.inner.service);
    }

    /// The way to another service that this one follows, as this one.
    pub fn peer(&self, service: &str) -> Result<&Peer, Fail> {
        let unknown = || Fail::Fault(format!("{} does not know where {service} is", self.inner.service));
        self.inner.peers.get(service).ok_or_else(unknown)
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> kernel::Time {
        clock::now()
    }

    /// Carries out a mutation for its caller, and answers the same to the same request ever after (I-20).
    pub async fn act<T: Resource, R: Act<T>>(
        &self,
        request: Request<R>,
    ) -> Result<Response<R::Reply>, Status> {
        let caller = caller(&request)?;
        let deadline = request.extensions().get::<Deadline>().copied();
        let turn = request.extensions().get::<Arc<Turn>>().cloned();
        let (desk, message, reads) = (self.clone(), request.into_inner(), turn.clone());
        if let Target::Named { name, .. } = message.target() {
            refusals::note_resource(name);
        }
        let work = async move {
            let outcome = desk.carry_out::<T, R>(&message, &caller, deadline, reads.as_deref()).await;
            match outcome {
                Ok(reply) => Ok(reply),
                Err(fail) => Err(desk.status(fail, T::COLLECTION, &caller, message.request_id()).await),
            }
        };
        self.apart(turn, work).await.map(Response::new)
    }

    /// Has a mutation done in a task of its own: the caller may go away, the work is done to its end, and it is their turn
    /// until then.
    pub(crate) async fn apart<R: Send + 'static>(
        &self,
        turn: Option<Arc<Turn>>,
        work: impl Future<Output = Result<R, Status>> + Send + 'static,
    ) -> Result<R, Status> {
        let permit = Arc::clone(&self.inner.permits).try_acquire_owned();
        let permit = permit.map_err(|_| self.shed())?;
        let work = async move {
            let _held = (permit, turn);
            work.await
        };
        let done = tokio::spawn(work.with_current_context()).await;
        done.map_err(|error| Fail::Fault(error.to_string()))?
    }

    /// The status that a mutation fails with; what the log says of it belongs to the request.
    pub(crate) async fn status(
        &self,
        fail: Fail,
        collection: &'static str,
        caller: &Caller,
        request_id: &str,
    ) -> Status {
        if let Fail::Refused(refusal) = &fail {
            telemetry::refused(self.inner.service, resource_type(collection), refusal.reason);
            return fail.into();
        }
        // Without its database a process that has just begun does not know what stands for it.
        let digest = self.ledger().digest(&caller.person, request_id).await.unwrap_or_default();
        let _within = telemetry::about(&digest).attach();
        fail.into()
    }

    fn shed(&self) -> Fail {
        telemetry::shed(self.inner.service);
        Fail::Busy
    }

    /// Notes that this process tells its stories.
    pub(crate) fn tell(&self) {
        self.inner.telling.store(true, Relaxed);
    }

    /// Whether it does.
    pub(crate) fn tells(&self) -> bool {
        self.inner.telling.load(Relaxed)
    }

    /// How far a followed journal was looked at; 0 until it is.
    pub(crate) fn seen(&self, source: &str) -> i64 {
        self.inner.seen.get(source).map_or(0, |seen| seen.load(Relaxed))
    }

    /// Notes it.
    pub(crate) fn see(&self, source: &str, revision: i64) {
        if let Some(seen) = self.inner.seen.get(source) {
            seen.store(revision, Relaxed);
        }
    }

    /// Carries out a mutation for the service itself; it must be safe to repeat.
    pub async fn act_as_service<T: Resource, R: Act<T>>(&self, message: &R) -> Result<R::Reply, Fail> {
        self.carry_out::<T, R>(message, &Caller::service(self.inner.service), None, None).await
    }

    async fn carry_out<T: Resource, R: Act<T>>(
        &self,
        message: &R,
        caller: &Caller,
        deadline: Option<Deadline>,
        turn: Option<&Turn>,
    ) -> Result<R::Reply, Fail> {
        let (key, named) = read::<T, R>(message, caller)?;
        // What does not read is refused by now; what does is no larger than it may be, and may ask others, whose turn it is then.
        turn.into_iter().for_each(Turn::was_read);
        let key = key.kept(self.ledger(), caller).await?;
        let context = telemetry::request(&key.key);
        let settle = || self.settle::<T, R>(message, caller, &key, named, deadline);
        self.once_caught_up::<T, _, _>(settle).with_context(context).await
    }

    /// Attempts it until nobody else is faster.
    async fn settle<T: Resource, R: Act<T>>(
        &self,
        message: &R,
        caller: &Caller,
        key: &RequestKey,
        named: Option<Id>,
        deadline: Option<Deadline>,
    ) -> Result<R::Reply, Fail> {
        let turn =
            named.map_or_else(|| format!("{}/{}", key.person, key.key), |id| name::of(T::COLLECTION, id));
        let _turn = self.inner.turnstile.enter(&turn).await;
        for _ in 0..ATTEMPTS {
            // Whoever asked has been told by now that it was not done in time; let that be true.
            if deadline.is_some_and(|deadline| deadline.answer <= Instant::now()) {
                return Err(Fail::Late);
            }
            let id = named.unwrap_or_else(clock::new_id);
            if let Some(reply) = self.attempt::<T, R>(message, caller, key, id).await? {
                return Ok(reply);
            }
        }
        Err(Fail::Contended)
    }

    /// One load, decision and commit; `None` when somebody else was faster.
    async fn attempt<T: Resource, R: Act<T>>(
        &self,
        message: &R,
        caller: &Caller,
        key: &RequestKey,
        id: Id,
    ) -> Result<Option<R::Reply>, Fail> {
        let found = look_to_change::<T>(self.ledger(), id, caller, key).await?;
        let Found { record: before, remembered, waiting } = found;
        if let (None, Target::Named { name, .. }) = (&before, message.target()) {
            note_unseen::<T>(caller, id, name);
        }
        if let Some(remembered) = remembered {
            telemetry::replayed(self.inner.service);
            let reply = repeated(&remembered, key)?;
            self.show_again::<T, R>(message.target(), &remembered, before.is_some(), caller).await?;
            return Ok(Some(reply));
        }
        check_target::<T, R>(message, before.as_ref())?;
        let now = clock::not_before(before.as_ref().map(|record| record.update_time));
        let context = Context { caller: caller.clone(), now };
        let command = message.command(&mut Fields::new(context.now));
        let state = before.as_ref().map(|record| &record.state);
        let told = |mut refusal: Refusal| {
            // Whoever is told sees the resource, and so its duties.
            refusal.lead_on(&state.map(T::duties).unwrap_or_default());
            self.tell_refusal::<T>(id, state, caller, &key.key, &refusal);
            refusal
        };
        let command = if R::IS_INFORMED {
            forbid::<T>(state, &command, &context).map_err(told)?;
            message.inform(command, state, self, caller).await?
        } else {
            command
        };
        let change = Change::<T>::decide(id, before.clone(), &command, &context).map_err(told)?.over(waiting);
        let after = change.after.as_ref().ok_or_else(|| absent::<T>(message.target()))?;
        let reply = R::reply(after);
        check_size(&reply)?;
        let kept = kept(name::of(T::COLLECTION, after.id), &reply);
        let reply_kept = remember(key, kept, context.now);
        let (commit, happened) = prepared(&change, reply_kept, &key.key, message.demands(&command))?;
        let stopped = if message.validate_only() {
            rehearsal::rehearse(self.ledger(), commit).await?
        } else {
            self.write(commit, &happened).await?
        };
        match stopped {
            Some(stop) => self.lost(&change, &stop, caller).await.map(|()| None),
            None if message.validate_only() => rehearsal::shown::<T, R>(before.as_ref(), after).map(Some),
            None => Ok(Some(reply)),
        }
    }

    /// Refuses to show a kept reply about what its caller sees no more: to ask again shows nothing that to ask anew would not
    /// (I-18 before I-20).
    async fn show_again<T: Resource, R: Act<T>>(
        &self,
        target: Target<'_>,
        remembered: &Remembered,
        is_found: bool,
        caller: &Caller,
    ) -> Result<(), Fail> {
        if let Target::Named { name, .. } = target {
            return if is_found { Ok(()) } else { Err(Refusal::not_found(name).into()) };
        }
        let about = || redact::name::<R::Reply>(T::COLLECTION, &remembered.reply);
        let Some(name) = remembered.resource.clone().or_else(about) else { return Ok(()) };
        let Some(id) = name::parse(T::COLLECTION, &name) else { return Ok(()) };
        self.look::<T>(caller, id, &name).await?.map(drop).ok_or_else(|| Refusal::not_found(&name).into())
    }

    /// What a stopped commit means: a refusal that names the resource in the way to who sees it, or that the command is to be
    /// decided again.
    async fn lost<T: Resource>(&self, change: &Change<T>, stop: &Stop, caller: &Caller) -> Result<(), Fail> {
        let Some(mut refusal) = Change::<T>::refusal(stop) else { return Ok(()) };
        let Some(sought) = change.rival(stop) else { return Err(refusal.into()) };
        let rows = self.ledger().read(sought).await?;
        let rival: Option<Id> = rows.first().map(|row| row.get(0)).transpose()?;
        let Some(id) = rival else { return Err(refusal.into()) };
        if look::<T>(self.ledger(), id, caller).await?.is_some() {
            refusal.tell(&format!(": {}", name::of(T::COLLECTION, id)));
        }
        Err(refusal.into())
    }

    /// Commits, and counts what has happened; what stopped it, if anything did.
    async fn write(&self, commit: Commit, happened: &Happened) -> Result<Option<Stop>, Fail> {
        match self.ledger().commit(commit).await {
            Ok(()) => {
                happened.tell(self.inner.service);
                Ok(None)
            }
            Err(Failure::Stopped(stop)) => Ok(Some(stop)),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Shows one resource.
    pub async fn get<T: Resource>(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<Response<T::Message>, Status> {
        let found = self.once_caught_up::<T, _, _>(|| self.find::<T>(caller, name)).await?;
        Ok(Response::new(T::message(&found)))
    }

    /// The resource of this name; one that the caller does not see is as one that does not exist.
    pub async fn find<T: Resource>(&self, caller: &Caller, name: &str) -> Result<Record<State<T>>, Fail> {
        refusals::note_resource(name);
        let mut fields = Fields::new(clock::now());
        let id = fields.name("name", T::COLLECTION, name);
        fields.finish()?;
        Ok(self.look::<T>(caller, id, name).await?.ok_or_else(|| Refusal::not_found(name))?)
    }

    /// The resource with this identity, if there is one and the caller sees it; `name` is what they call it.
    pub async fn look<T: Table>(
        &self,
        caller: &Caller,
        id: Id,
        name: &str,
    ) -> Result<Option<Record<State<T>>>, Fail> {
        let found = look::<T>(self.ledger(), id, caller).await?;
        if found.is_none() {
            note_unseen::<T>(caller, id, name);
        }
        Ok(found)
    }
}

/// A change with the reply to keep, as a commit; and what has happened once it stands.
fn prepared<T: Resource>(
    change: &Change<T>,
    reply: Statement,
    request_id: &str,
    demands: Vec<Statement>,
) -> Result<(Commit, Happened), Fail> {
    // The key comes first: when two replicas race with the same call, the loser is to find the reply, not a conflict.
    let mut commit = Commit { statements: vec![reply] };
    commit.extend(change.hold());
    let happened = Happened::write(change, request_id, &mut commit)?;
    commit.extend(demands);
    Ok((commit, happened))
}

/// Lets the auditor know, should it turn out that what was not found is there: who sees all of its kind was told the truth.
fn note_unseen<T: Table>(caller: &Caller, id: Id, name: &str) {
    if let Some(query) = hidden_statement::<T>(id, caller) {
        refusals::note_unseen(name, query);
    }
}

/// Who makes a call.
pub fn caller<R>(request: &Request<R>) -> Result<Caller, Fail> {
    let caller = request.extensions().get::<Caller>().cloned();
    caller.ok_or_else(|| Fail::Fault("a call came in without its caller".to_owned()))
}

/// Refuses whoever may not ask, before others are asked for facts on their behalf (I-18).
fn forbid<T: Table>(
    state: Option<&State<T>>,
    command: &Command<T>,
    context: &Context,
) -> Result<(), Refusal> {
    match T::Domain::decide(state, command, context) {
        Err(refusal) if refusal.kind == Kind::Forbidden => Err(refusal),
        _ => Ok(()),
    }
}

/// What a stopped commit means: a refusal, or that the command is to be decided again.
pub(crate) fn lost<T: Table>(stop: &Stop) -> Result<(), Fail> {
    Change::<T>::refusal(stop).map_or(Ok(()), |refusal| Err(refusal.into()))
}

impl Inner {
    pub(crate) fn new(
        service: &'static str,
        ledger: Ledger,
        peers: HashMap<&'static str, Peer>,
        targets: HashMap<String, jiff::SignedDuration>,
        more: Vec<(String, String)>,
        tables: Tables,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let Tables { publishers, stories, erasers, views, here, folds: _ } = tables;
        let (publishers, turnstile) = (publishers.into_iter().collect(), Turnstile::default());
        let permits = Arc::new(Semaphore::new(MUTATIONS));
        let telling = AtomicBool::new(false);
        let seen = peers.keys().map(|source| (*source, AtomicI64::default())).collect();
        Self {
            service,
            ledger,
            peers,
            seen,
            targets,
            more,
            publishers,
            stories,
            telling,
            erasers,
            views,
            here,
            turnstile,
            keys: Keys::default(),
            permits,
            stop,
        }
    }
}

//! Keeping who was refused what, for want of a right or of an identity, without letting a flood of it fill the disk or slow others.
//!
//! A call waits for nothing here: a refusal is counted in memory, equal ones together, and the counts are written once a second.
//! Past so many different ones in a second the rest is only a number, of each person as far as can be, which is written too.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderMap;
use kernel::{Caller, Person, Time};
use ledger::{Commit, Ledger, Origin, Refused, Statement, forget_refusals, keep_refusal};
use opentelemetry::{Context, trace::FutureExt};
use tokio::{
    net::TcpStream,
    select,
    time::{Instant, MissedTickBehavior, interval, interval_at},
};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::clock;

/// How often what was refused is written.
const PERIOD: Duration = Duration::from_secs(1);
/// Different refusals that are kept of one period: of one who has shown who they are, of all of them together, and of the
/// others. Nobody crowds out anybody else.
const OF_ONE: usize = 10;
const OF_ALL: usize = 60;
const OF_STRANGERS: usize = 20;
/// Different questions that are looked into of one period, of one caller and of all: whether what they did not find is hidden.
const UNSEEN_OF_ONE: usize = 100;
const UNSEEN_OF_ALL: usize = 1000;
/// Why the auditor is told that somebody got `NOT_FOUND` for what is there.
const NOT_SEEN: &str = "NOT_SEEN";
/// How many hours a refusal is kept: a quarter of a year.
const HOURS: i64 = 92 * 24;
/// How often those that are older are forgotten where no other comes.
const FORGET_EVERY: Duration = Duration::from_hours(1);
/// Characters of a text that is kept of a caller who may not have been anybody.
const LENGTH: usize = 200;

/// From which address a call comes.
#[derive(Debug, Clone)]
pub(crate) struct Whence(Option<Arc<str>>);

impl Whence {
    /// That of every call of a connection, without the port: those who come again and again are to be told as one.
    pub(crate) fn of(stream: &TcpStream) -> Self {
        Self(stream.peer_addr().ok().map(|address| address.ip().to_canonical().to_string().into()))
    }
}

/// What becomes known of a call on its way.
#[derive(Debug, Clone, Default)]
struct Asked {
    /// Who has shown who they are, in whatever role.
    person: Arc<OnceLock<Person>>,
    caller: Arc<OnceLock<Caller>>,
    resource: Arc<OnceLock<String>>,
    unseen: Arc<OnceLock<Unseen>>,
}

/// Something that its caller does not see, or that does not exist: which of the two is looked at once the call has its answer, so
/// that the answer takes as long for either.
#[derive(Debug, Clone)]
struct Unseen {
    /// As the caller calls it.
    name: String,
    /// Finds a row where it is there and they do not see it.
    query: Statement,
}

/// Notes who has shown who they are in the call that is under way, be it in a role of theirs or not.
pub(crate) fn note_person(person: &Person) {
    Context::map_current(|context| context.get::<Asked>().map(|asked| asked.person.set(person.clone())));
}

/// Notes who makes the call that is under way.
pub(crate) fn note_caller(caller: &Caller) {
    Context::map_current(|context| context.get::<Asked>().map(|asked| asked.caller.set(caller.clone())));
}

/// Notes what it is about.
pub(crate) fn note_resource(name: &str) {
    Context::map_current(|context| context.get::<Asked>().map(|asked| asked.resource.set(short(name))));
}

/// Notes that the answer to come may hide something that is there, which `query` finds then.
pub(crate) fn note_unseen(name: &str, query: Statement) {
    let unseen = || Unseen { name: short(name), query };
    Context::map_current(|context| context.get::<Asked>().map(|asked| asked.unseen.set(unseen())));
}

fn short(name: &str) -> String {
    name.chars().take(LENGTH).collect()
}

/// The refusals of each service, by its name on the wire.
pub(crate) type Books = HashMap<&'static str, Book>;

/// Lets a call pass, tells those behind where it comes from, and keeps that it was refused if it was.
pub(crate) async fn watch(State(books): State<Arc<Books>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let Some(book) = path.split('/').next().and_then(|service| books.get(service)) else {
        return next.run(request).await;
    };
    let peer = request.extensions().get::<Whence>().and_then(|Whence(peer)| peer.clone());
    let method = path.chars().take(LENGTH).collect::<String>().into();
    let (asked, origin) = (Asked::default(), Origin { method, peer });
    let context = Context::current_with_value(asked.clone()).with_value(origin.clone());
    let response = next.run(request).with_context(context).await;
    if let Some((refused, unseen)) = refused(response.headers(), &asked, &origin) {
        book.note(refused, unseen);
    }
    response
}

/// What was refused, if it was for want of a right or of an identity; with what it is only if it is there, where that is so.
fn refused(headers: &HeaderMap, asked: &Asked, origin: &Origin) -> Option<(Refused, Option<Unseen>)> {
    let unseen = asked.unseen.get();
    let (code, unseen) = match Code::from_bytes(headers.get("grpc-status")?.as_bytes()) {
        Code::PermissionDenied => ("PERMISSION_DENIED", None),
        Code::Unauthenticated => ("UNAUTHENTICATED", None),
        Code::NotFound if unseen.is_some() => ("NOT_FOUND", unseen),
        Code::FailedPrecondition if unseen.is_some() => ("FAILED_PRECONDITION", unseen),
        _ => return None,
    };
    let (reason, rules) = match unseen {
        Some(_) => (NOT_SEEN.to_owned(), "I-18".to_owned()),
        None => told(&Status::from_header_map(headers)?),
    };
    let caller = asked.caller.get();
    let person = caller.map(|caller| &caller.person).or(asked.person.get());
    let resource = asked.resource.get().or(unseen.map(|unseen| &unseen.name)).cloned();
    let refused = Refused {
        person: person.map(ToString::to_string),
        role: caller.map(|caller| caller.role.as_str()),
        peer: origin.peer.as_deref().map(str::to_owned),
        method: origin.method.to_string(),
        resource,
        code,
        reason,
        rules,
    };
    Some((refused, unseen.cloned()))
}

/// The reason and the rules that the caller is told.
fn told(status: &Status) -> (String, String) {
    let info = status.get_details_error_info();
    let (reason, mut metadata) = info.map(|info| (info.reason, info.metadata)).unwrap_or_default();
    (reason, metadata.remove("rules").unwrap_or_default())
}

/// What one service refused and has not written yet. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Book {
    ledger: Ledger,
    noted: Arc<Mutex<Noted>>,
}

/// How often each was refused in a period.
#[derive(Default)]
struct Noted {
    times: HashMap<Refused, i64>,
    /// Those past the limit: of people of whom others are kept, and of everybody else.
    more: HashMap<Option<String>, i64>,
    /// Those that are some only where what was asked for is there.
    unseen: HashMap<(Refused, String), (Statement, i64)>,
}

impl Noted {
    fn add(&mut self, refused: Refused, count: i64) {
        if let Some(times) = self.times.get_mut(&refused) {
            *times += count;
        } else if self.has_room(refused.person.as_deref()) {
            self.times.insert(refused, count);
        } else {
            let is_kept = self.count(|other| other == refused.person.as_deref()) > 0;
            let person = refused.person.filter(|_| is_kept);
            *self.more.entry(person).or_default() += count;
        }
    }

    /// Adds one that is to be looked into; past the limit it counts as if it were one.
    fn add_unseen(&mut self, refused: Refused, unseen: Unseen) {
        let of_one = self.unseen.keys().filter(|(other, _)| other.person == refused.person).count();
        let has_room = of_one < UNSEEN_OF_ONE && self.unseen.len() < UNSEEN_OF_ALL;
        let one = (refused, unseen.name);
        if let Some((_, times)) = self.unseen.get_mut(&one) {
            *times += 1;
        } else if has_room {
            self.unseen.insert(one, (unseen.query, 1));
        } else {
            self.add(one.0, 1);
        }
    }

    fn has_room(&self, person: Option<&str>) -> bool {
        if person.is_none() {
            return self.count(|other| other.is_none()) < OF_STRANGERS;
        }
        self.count(|other| other == person) < OF_ONE && self.count(|other| other.is_some()) < OF_ALL
    }

    fn count(&self, is: impl Fn(Option<&str>) -> bool) -> usize {
        self.times.keys().filter(|refused| is(refused.person.as_deref())).count()
    }

    /// Each with its number, and those past the limit.
    fn rows(self) -> impl Iterator<Item = (Refused, i64)> {
        let rest = self.more.into_iter().map(|(person, more)| (not_kept(person), more));
        self.times.into_iter().chain(rest)
    }
}

impl Book {
    pub(crate) fn new(ledger: &Ledger) -> Self {
        Self { ledger: ledger.clone(), noted: Arc::default() }
    }

    fn note(&self, refused: Refused, unseen: Option<Unseen>) {
        let mut noted = self.noted();
        match unseen {
            Some(unseen) => noted.add_unseen(refused, unseen),
            None => noted.add(refused, 1),
        }
    }

    /// Of what nobody saw, those that are there are refusals.
    async fn look_into(&self, noted: &mut Noted) {
        for ((refused, _), (query, times)) in std::mem::take(&mut noted.unseen) {
            match self.ledger.read(query).await {
                Ok(found) if found.is_empty() => {}
                Ok(_) => noted.add(refused, times),
                Err(trouble) => {
                    tracing::warn!(cause = trouble.cause(), "whether something was hidden could not be seen");
                }
            }
        }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what was refused, and forgets what is long ago, for as long as it is not dropped.
    pub(crate) async fn keep(&self) {
        let begun = Instant::now();
        let (mut write, mut forget) = (interval(PERIOD), interval_at(begun + FORGET_EVERY, FORGET_EVERY));
        write.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            select! {
                _ = write.tick() => self.write().await,
                _ = forget.tick() => self.forget().await,
            }
        }
    }

    /// Writes what was refused; what cannot be written is told in the log, and gone.
    pub(crate) async fn write(&self) {
        let now = clock::now();
        let mut noted = std::mem::take(&mut *self.noted());
        self.look_into(&mut noted).await;
        let mut statements: Vec<_> =
            noted.rows().map(|(refused, times)| keep_refusal(clock::new_id(), now, refused, times)).collect();
        let count = statements.len();
        if count == 0 {
            return;
        }
        statements.extend(oldest(now).map(forget_refusals));
        if let Err(failure) = self.ledger.commit(Commit { statements }).await {
            tracing::warn!(?failure, count, "refusals could not be kept");
        }
    }

    /// Forgets what was refused too long ago to be kept.
    async fn forget(&self) {
        let statements: Vec<_> = oldest(clock::now()).map(forget_refusals).into_iter().collect();
        if let Err(failure) = self.ledger.commit(Commit { statements }).await {
            tracing::warn!(?failure, "old refusals could not be forgotten");
        }
    }
}

/// What stands for those of a person, or of everybody else, past the limit.
fn not_kept(person: Option<String>) -> Refused {
    Refused {
        person,
        role: None,
        peer: None,
        method: String::new(),
        resource: None,
        code: "",
        reason: "NOT_KEPT".to_owned(),
        rules: String::new(),
    }
}

/// The time of the oldest that are kept.
fn oldest(now: Time) -> Option<Time> {
    now.checked_sub(jiff::SignedDuration::from_hours(HOURS)).ok()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use ledger::{Migrations, Place};

    use super::*;
    use crate::fail::plain;

    #[test]
    fn nobody_crowds_out_anybody_else_and_none_is_lost_without_a_word() {
        let mut noted = Noted::default();
        let of = |person: Option<usize>, reason: usize| Refused {
            reason: reason.to_string(),
            ..not_kept(person.map(|number| format!("people/p{number}")))
        };
        (0..1000).for_each(|reason| noted.add(of(None, reason), 1));
        (0..1000).for_each(|reason| noted.add(of(Some(0), reason), 1));
        (1..1000).for_each(|number| noted.add(of(Some(number), 0), 1));
        noted.add(of(Some(1), 0), 1000);
        let kept = |noted: &Noted, person| noted.count(|other| other == of(person, 0).person.as_deref());
        assert_eq!(
            [None, Some(0), Some(1), Some(50), Some(51)].map(|who| kept(&noted, who)),
            [OF_STRANGERS, OF_ONE, 1, 1, 0]
        );
        assert_eq!(noted.more.get(&Some("people/p0".to_owned())), Some(&990));
        assert_eq!(noted.rows().map(|(_, times)| times).sum::<i64>(), 3999);
    }

    #[tokio::test]
    async fn what_was_refused_is_forgotten_after_a_quarter_of_a_year_whether_or_not_more_comes() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::File(folder.path().join("book.db"));
        place.migrate(&Migrations(&[])).await.expect("a schema");
        let ledger = Ledger::open(&place, &Migrations(&[])).await.expect("a file");
        let ago = |hours| clock::now() - SignedDuration::from_hours(hours);
        let keep = |hours| keep_refusal(clock::new_id(), ago(hours), not_kept(None), hours);
        let statements = [HOURS + 1, HOURS - 1].map(keep).into();
        ledger.commit(Commit { statements }).await.expect("written");
        Book::new(&ledger).forget().await;
        let kept = ledger.read(Statement::new("SELECT times FROM refusal", vec![])).await.expect("readable");
        let kept: Vec<i64> = kept.iter().map(|row| row.get(0).expect("a number")).collect();
        assert_eq!(kept, [HOURS - 1]);
        ledger.close().await;
    }

    #[test]
    fn what_is_kept_is_for_want_of_a_right_and_what_hides_such_a_want() {
        let kept = |code: Code, is_unseen: bool| {
            let asked = Asked::default();
            if is_unseen {
                let _within = Context::current_with_value(asked.clone()).attach();
                note_unseen("cases/a", Statement::new("SELECT 1", vec![]));
            }
            let origin = Origin { method: "a.B/C".into(), peer: None };
            let response = plain(code, "REASON", "a sentence").into_http::<()>();
            let found = refused(response.headers(), &asked, &origin);
            found.map(|(found, unseen)| (found.code, found.reason, found.rules, unseen.is_some()))
        };
        let told = |code, reason: &str, rules: &str, is_unseen| {
            Some((code, reason.to_owned(), rules.to_owned(), is_unseen))
        };
        assert_eq!(kept(Code::PermissionDenied, false), told("PERMISSION_DENIED", "REASON", "", false));
        assert_eq!(kept(Code::Unauthenticated, false), told("UNAUTHENTICATED", "REASON", "", false));
        assert_eq!(kept(Code::NotFound, true), told("NOT_FOUND", "NOT_SEEN", "I-18", true));
        assert_eq!(kept(Code::PermissionDenied, true), told("PERMISSION_DENIED", "REASON", "", false));
        for code in [Code::NotFound, Code::Ok, Code::InvalidArgument, Code::FailedPrecondition] {
            assert_eq!(kept(code, false), None, "{code:?}");
        }
        assert_eq!(kept(Code::Ok, true), None, "in the end it was shown");
    }
}

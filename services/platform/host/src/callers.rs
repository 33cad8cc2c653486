//! What one caller may ask for at once and in a second, counted once it is known who calls and before the request is read:
//! nobody has to wait for somebody else's flood.

pub(crate) mod large;

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::HashMapStateStore,
};
use kernel::{Caller, Person};
use large::{Counted, Large, Share};
use tonic::{Code, Status};

use crate::{
    Fail, LimitSettings,
    calls::{is_watch, until_taken},
    fail::{RETRY_AFTER, later},
    listen::guests::Guest,
    stack::{Handle, Layer, Request, Response},
    telemetry,
};

/// Callers whose rate is remembered at once. Who has asked for nothing in the last seconds need not be.
const REMEMBERED: usize = 10_000;

/// The reason for which a stranger is refused.
pub(crate) const STRANGER: &str = "IDENTITY_TOO_FAST";
const TOO_FAST: &str = "CALLER_TOO_FAST";
const TOO_BUSY: &str = "CALLER_TOO_BUSY";
/// What a caller may be refused for.
pub(crate) const REASONS: [&str; 3] = [TOO_FAST, TOO_BUSY, STRANGER];

/// What callers are doing.
pub(crate) struct Callers {
    people: Crowd,
    systems: Crowd,
    large: Arc<Large>,
}

/// Callers of one kind, each with the same bounds.
struct Crowd<C: Clock = DefaultClock> {
    rate: RateLimiter<Person, HashMapStateStore<Person>, C, NoOpMiddleware<C::Instant>>,
    calls: usize,
    watches: usize,
    under_way: Mutex<HashMap<Person, UnderWay>>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct UnderWay {
    calls: usize,
    watches: usize,
}

impl UnderWay {
    fn of(&mut self, watch: bool) -> &mut usize {
        if watch { &mut self.watches } else { &mut self.calls }
    }
}

/// Lets a call pass whose caller may ask for it now.
impl Layer for Arc<Callers> {
    async fn pass(&self, mut request: Request, next: &impl Handle) -> Response {
        let Some(caller) = request.extensions().get::<Caller>() else {
            return next.handle(request).await;
        };
        let working = request.extensions().get::<Arc<Guest>>().map(Guest::begin);
        match self.admit(caller, is_watch(request.uri().path())) {
            Ok(turn) => {
                let turn = Arc::new(turn);
                request.extensions_mut().insert(Arc::clone(&turn));
                let request = request.map(|body| Counted::of(body, Arc::clone(&turn)));
                let response = next.handle(request).await;
                turn.was_read();
                until_taken(response, (turn, working))
            }
            Err(status) => status.into_http(),
        }
    }
}

impl Callers {
    pub(crate) fn new(limits: &LimitSettings) -> Self {
        Self {
            people: Crowd::new(limits.rate_per_person, limits.calls_per_person, limits.watches_per_person),
            systems: Crowd::new(limits.rate_per_system, limits.calls_per_system, limits.watches_per_system),
            large: Arc::default(),
        }
    }

    fn admit(self: &Arc<Self>, caller: &Caller, watch: bool) -> Result<Turn, Status> {
        let is_system = caller.person.is_service();
        self.crowd(is_system).admit(&caller.person, watch)?;
        let share = Share::new(&self.large, &caller.person);
        Ok(Turn { callers: Arc::clone(self), person: caller.person.clone(), watch, share })
    }

    fn crowd(&self, is_system: bool) -> &Crowd {
        if is_system { &self.systems } else { &self.people }
    }
}

impl Crowd {
    fn new(rate: u32, calls: usize, watches: usize) -> Self {
        Self::by(DefaultClock::default(), rate, calls, watches)
    }
}

impl<C: Clock> Crowd<C> {
    fn by(clock: C, rate: u32, calls: usize, watches: usize) -> Self {
        let [rate, burst] =
            [rate, rate.saturating_mul(2)].map(|count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        let quota = Quota::per_second(rate).allow_burst(burst);
        let rate = RateLimiter::new(quota, HashMapStateStore::default(), clock);
        Self { rate, calls, watches, under_way: Mutex::default() }
    }

    fn admit(&self, person: &Person, watch: bool) -> Result<(), Status> {
        self.forget()?;
        self.rate
            .check_key(person)
            .map_err(|early| too_fast(early.wait_time_from(self.rate.clock().now())))?;
        let most = if watch { self.watches } else { self.calls };
        let mut under_way = self.under_way();
        let count = under_way.entry(person.clone()).or_default().of(watch);
        if *count >= most {
            return Err(too_busy(most, watch));
        }
        *count += 1;
        Ok(())
    }

    /// Makes room for others by forgetting whose allowance is whole again; should that be nobody, newcomers wait.
    fn forget(&self) -> Result<(), Status> {
        if self.rate.len() < REMEMBERED {
            return Ok(());
        }
        self.rate.retain_recent();
        if self.rate.len() < REMEMBERED { Ok(()) } else { Err(Fail::Busy.into()) }
    }

    fn leave(&self, person: &Person, watch: bool) {
        let mut under_way = self.under_way();
        let Some(entry) = under_way.get_mut(person) else { return };
        let count = entry.of(watch);
        *count = count.saturating_sub(1);
        if *entry == UnderWay::default() {
            under_way.remove(person);
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Person, UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call of somebody's, for as long as it is not dropped: until its answer is taken, and what it began is done.
pub(crate) struct Turn {
    callers: Arc<Callers>,
    person: Person,
    watch: bool,
    share: Share,
}

impl Turn {
    /// Its request was read: another long one may be.
    pub(crate) fn was_read(&self) {
        self.share.was_read();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.callers.crowd(self.person.is_service()).leave(&self.person, self.watch);
    }
}

fn too_fast(wait: Duration) -> Status {
    telemetry::throttled(TOO_FAST);
    let text = "the caller asks for more in a second than anybody may";
    later(Code::ResourceExhausted, TOO_FAST, text, wait.max(Duration::from_millis(1)))
}

fn too_busy(most: usize, watch: bool) -> Status {
    telemetry::throttled(TOO_BUSY);
    let what = if watch { "watches open" } else { "calls under way" };
    let text = format!("the caller has {most} {what}, and nobody may have more");
    later(Code::ResourceExhausted, TOO_BUSY, &text, RETRY_AFTER)
}

fn too_large() -> Status {
    telemetry::throttled(TOO_BUSY);
    let text = "the caller has 8 MiB of long requests under way, and nobody may have more";
    later(Code::ResourceExhausted, TOO_BUSY, text, RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;
    use kernel::Role;
    use tonic_types::StatusExt;

    use super::*;

    fn caller(name: &str) -> Caller {
        let person = Person::parse(name).expect("a person");
        let role = if person.is_service() { Role::Service } else { Role::Gmfta };
        Caller { person, role }
    }

    fn callers(rate: u32, calls: usize) -> Arc<Callers> {
        let (rate_per_person, calls_per_person, watches_per_person) = (rate, calls, 2);
        Arc::new(Callers::new(&LimitSettings {
            calls_per_person,
            watches_per_person,
            rate_per_person,
            ..LimitSettings::default()
        }))
    }

    fn reason<T>(refused: Result<T, Status>) -> String {
        let status = refused.err().expect("it is refused");
        let details = status.get_error_details();
        assert!(details.retry_info().and_then(|info| info.retry_delay).is_some_and(|delay| !delay.is_zero()));
        assert_eq!(status.code(), Code::ResourceExhausted);
        details.error_info().map(|info| info.reason.clone()).unwrap_or_default()
    }

    #[test]
    fn a_caller_has_so_many_calls_under_way_and_as_many_again_once_they_end() {
        let callers = callers(1000, 3);
        let (ada, grace) = (caller("people/ada"), caller("people/grace"));
        let mut turns: Vec<_> = (0..3).map(|_| callers.admit(&ada, false).expect("room")).collect();
        assert_eq!(reason(callers.admit(&ada, false)), TOO_BUSY);
        let watches = [callers.admit(&ada, true), callers.admit(&ada, true)];
        assert!(watches.iter().all(Result::is_ok), "watches are counted apart");
        assert_eq!(reason(callers.admit(&ada, true)), TOO_BUSY);
        assert!(
            callers.admit(&grace, false).is_ok() && callers.admit(&caller("services/crm"), false).is_ok()
        );
        turns.pop();
        assert!(callers.admit(&ada, false).is_ok());
        drop((turns, watches));
        assert!(callers.people.under_way().is_empty() && callers.systems.under_way().is_empty());
    }

    #[test]
    fn a_caller_asks_for_so_much_in_a_second_and_is_told_how_long_to_wait() {
        let clock = FakeRelativeClock::default();
        let people = Crowd::by(clock.clone(), 50, 1000, 2);
        let (ada, grace) = (caller("people/ada").person, caller("people/grace").person);
        let come = |who: &Person| people.admit(who, false);
        assert_eq!((0..1000).take_while(|_| come(&ada).is_ok()).count(), 100);
        assert_eq!(reason(come(&ada)), TOO_FAST);
        assert!(come(&grace).is_ok(), "it is not somebody else's");
        clock.advance(Duration::from_millis(19));
        assert_eq!(reason(come(&ada)), TOO_FAST);
        clock.advance(Duration::from_millis(1));
        assert!(come(&ada).is_ok(), "later it may");
        assert_eq!(reason(come(&ada)), TOO_FAST);
    }

    #[test]
    fn a_system_has_a_rate_of_its_own() {
        let callers = callers(1, 10);
        let (ada, tasks) = (caller("people/ada"), caller("services/tasks"));
        let asked = |who: &Caller| (0..2000).take_while(|_| callers.admit(who, false).is_ok()).count();
        assert_eq!(asked(&tasks), 2000);
        assert!(asked(&ada) < 2000);
    }

    #[test]
    fn so_many_callers_are_remembered_and_no_more() {
        let clock = FakeRelativeClock::default();
        let people = Crowd::by(clock.clone(), 1, 1, 1);
        let come = |number: usize| people.admit(&caller(&format!("people/p{number}")).person, false);
        assert!((0..REMEMBERED).all(|number| come(number).is_ok()));
        let refused = come(REMEMBERED).expect_err("it is refused");
        assert_eq!(refused.code(), Code::Unavailable);
        assert_eq!(people.rate.len(), REMEMBERED);
        clock.advance(Duration::from_secs(2));
        assert!(come(REMEMBERED).is_ok(), "who has asked for nothing lately is forgotten");
        assert!(people.rate.len() < REMEMBERED);
    }
}

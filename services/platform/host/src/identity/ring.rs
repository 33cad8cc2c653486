//! An issuer's keys at hand: read anew now and then, and at once when a token names one that nobody has seen. When the
//! issuer is away the last keys stay good.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{
    sync::{Mutex, Semaphore, watch},
    time::{Instant, sleep},
};

use super::{Refused, bearer::Parts, keys::Keys, source::Source};

/// How often an issuer is asked, and how soon again after a failure.
const REFRESH: Duration = Duration::from_mins(5);
const RETRY: Duration = Duration::from_secs(30);
/// How often a file is looked at, and an issuer asked of whom no keys are known.
const SOON: Duration = Duration::from_secs(1);
/// How often unknown keys may make us ask.
const ASK_AT_MOST: Duration = Duration::from_secs(10);
/// Calls that may wait at once for the issuer to be asked; anybody can make up the name of a key, and an issuer may hang.
pub const WAITING: usize = 128;

/// An issuer's keys at hand. Cheap to clone.
#[derive(Clone)]
pub(super) struct Ring(Arc<Inner>);

struct Inner {
    source: Source,
    keys: RwLock<Option<Arc<Keys>>>,
    /// How the latest attempt to read them came out; none until the first is over.
    latest: watch::Sender<Option<Result<(), String>>>,
    /// When they were read last; until they are, when that began.
    read: RwLock<Instant>,
    /// When an unknown key made us ask last.
    asked: Mutex<Option<Instant>>,
    waiting: Semaphore,
}

impl Ring {
    pub(super) fn new(source: Source) -> Self {
        Self(Arc::new(Inner {
            source,
            keys: RwLock::new(None),
            latest: watch::Sender::new(None),
            read: RwLock::new(Instant::now()),
            asked: Mutex::new(None),
            waiting: Semaphore::new(WAITING),
        }))
    }

    /// Refuses what none of the issuer's keys has signed, and tells which keys those are.
    pub(super) async fn check(&self, parts: &Parts<'_>) -> Result<Arc<Keys>, Refused> {
        let called = Instant::now();
        match self.try_check(parts) {
            Err(Refused::KeyUnknown) => {
                let _waits = self.0.waiting.try_acquire().map_err(|_| Refused::KeysAway)?;
                self.ask(called).await;
                self.try_check(parts)
            }
            checked => checked,
        }
    }

    fn try_check(&self, parts: &Parts<'_>) -> Result<Arc<Keys>, Refused> {
        let keys = self.keys().ok_or(Refused::KeysAway)?;
        keys.check(parts).map(|()| keys)
    }

    /// Those at hand.
    pub(super) fn keys(&self) -> Option<Arc<Keys>> {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks once for all who meet an unknown key since `called`, and for nobody who does so soon after.
    async fn ask(&self, called: Instant) {
        let mut asked = self.0.asked.lock().await;
        if asked.is_some_and(|asked| called < asked + ASK_AT_MOST) {
            return;
        }
        *asked = Some(Instant::now());
        let ring = self.clone();
        // A task of its own: who made us ask may go away.
        let _ = tokio::spawn(async move { ring.load().await }).await;
    }

    /// Says once the keys were there, or why they were not when somebody tried.
    pub(super) async fn seen(&self) -> Result<(), String> {
        let mut latest = self.0.latest.subscribe();
        let tried = latest.wait_for(Option::is_some).await.map(|latest| latest.clone());
        let why = tried.ok().flatten().and_then(Result::err).unwrap_or_default();
        self.keys()
            .map(|_| ())
            .ok_or_else(|| format!("the issuer's keys were never seen: {why}; trying again"))
    }

    /// The time since the keys were read, or since the start when they never were.
    pub(super) fn age(&self) -> Duration {
        self.0.read.read().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Takes the keys as they are now; those at hand stay when there are none to be had.
    pub(super) async fn load(&self) -> Result<(), String> {
        let keys = self.0.source.keys().await;
        let latest = keys.map(|keys| {
            *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keys));
            *self.0.read.write().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        });
        self.0.latest.send_replace(Some(latest.clone()));
        latest
    }

    /// Keeps the keys fresh.
    pub(super) async fn keep(self) {
        let mut told = false;
        loop {
            let loaded = self.load().await;
            if let Err(error) = &loaded
                && !told
            {
                tracing::warn!(error, "the keys of an issuer cannot be had; those at hand stay good");
            }
            told = loaded.is_err();
            sleep(self.pause(told)).await;
        }
    }

    fn pause(&self, failed: bool) -> Duration {
        if self.0.source.is_near() || self.keys().is_none() {
            return SOON;
        }
        if failed { RETRY } else { REFRESH }
    }
}

//! The keys of a database's tokens, as a process knows them: read when they are needed, and kept for seconds.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kernel::Time;
use ledger::{TokenKey, make_token_key, token_keys};
use tokio::time::Instant;

use super::key::{Key, SECRET, Scope, Token};
use crate::{Desk, Fail, clock};

/// How long what was read is kept: after that time at most, a process makes tokens with a key that is new, and takes none of one
/// that is gone.
const KEPT: Duration = Duration::from_secs(5);

/// The keys of tokens, the newest first.
#[derive(Debug)]
pub(crate) struct Ring {
    newest: Key,
    older: Vec<Key>,
}

impl Ring {
    /// None where there is none.
    pub(super) fn of(keys: &[TokenKey]) -> Option<Self> {
        let mut keys = keys.iter().filter_map(Key::of);
        Some(Self { newest: keys.next()?, older: keys.collect() })
    }

    /// One of a single key, for what reads tokens without a database.
    #[must_use]
    pub(crate) fn alone(secret: [u8; SECRET]) -> Option<Self> {
        Self::of(&[TokenKey { id: 1, key: secret.to_vec(), until: None }])
    }

    /// A token that holds what `body` makes of the key.
    pub(super) fn seal(&self, scope: Scope<'_>, body: impl FnOnce(&Key) -> Vec<u8>) -> String {
        self.newest.seal(scope, &body(&self.newest))
    }

    /// What a token holds, and the key that made it; none where it was not made for this scope, or its key is good no more.
    pub(super) fn open(&self, scope: Scope<'_>, token: &str, now: Time) -> Option<(&Key, Vec<u8>)> {
        let token = Token::read(token)?;
        let mut keys = std::iter::once(&self.newest).chain(&self.older);
        let key = keys.find(|key| key.id == token.key).filter(|key| key.is_good(now))?;
        key.has_made(scope, &token).then_some((key, token.body))
    }

    /// Whether a token says that there is a newer key.
    fn is_behind(&self, token: &str) -> bool {
        Token::read(token).is_some_and(|token| token.key > self.newest.id)
    }
}

/// The keys that were read last, and when.
#[derive(Debug, Default)]
pub(crate) struct Keys(Mutex<Option<(Instant, Arc<Ring>)>>);

impl Keys {
    fn kept(&self, token: &str) -> Option<Arc<Ring>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (read, ring) = kept.as_ref()?;
        (read.elapsed() < KEPT && !ring.is_behind(token)).then(|| Arc::clone(ring))
    }

    fn keep(&self, begun: Instant, ring: Arc<Ring>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((begun, ring));
    }
}

impl Desk {
    /// The keys of this service's tokens; read anew where `token` is of a newer one than is known here.
    pub(crate) async fn ring(&self, token: &str) -> Result<Arc<Ring>, Fail> {
        if let Some(ring) = self.inner.keys.kept(token) {
            return Ok(ring);
        }
        let begun = Instant::now();
        let ring = Arc::new(self.read_ring().await?);
        self.inner.keys.keep(begun, Arc::clone(&ring));
        Ok(ring)
    }

    /// Reads the keys, after making the first where there is none: of replicas that do so at once, all go by the same.
    async fn read_ring(&self) -> Result<Ring, Fail> {
        let keys = token_keys(self.ledger()).await?;
        if let Some(ring) = Ring::of(&keys) {
            return Ok(ring);
        }
        make_token_key(self.ledger(), &secret(), clock::now()).await?;
        let keys = token_keys(self.ledger()).await?;
        Ring::of(&keys).ok_or_else(|| Fail::Fault("there is no key of tokens".to_owned()))
    }
}

/// A new key.
pub(super) fn secret() -> [u8; SECRET] {
    let mut secret = [0; SECRET];
    clock::chance(&mut secret);
    secret
}

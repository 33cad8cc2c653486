//! Tokens that were proven before: a signature is checked once under the keys at hand, not for every call.
//!
//! Only what the issuer has signed is kept, and of the token no more than its digest and its claims.

use std::sync::{Arc, Mutex, PoisonError};

use hashlink::LruCache;

use super::{claims::Claims, digest::Digest};

/// Tokens that are kept; those that are shown least give way.
const MOST: usize = 1_024;

/// Tokens that were proven before.
pub(super) struct Proven(Mutex<LruCache<Digest, Proof>>);

struct Proof {
    claims: Arc<Claims>,
    /// All the keys that were at hand.
    keys: Digest,
}

impl Proven {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }

    /// What the token of this digest says, if it was proven while these were the keys at hand.
    pub(super) fn claims(&self, token: &Digest, keys: &Digest) -> Option<Arc<Claims>> {
        let mut proofs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let proof = proofs.get(token).filter(|proof| proof.keys == *keys)?;
        Some(Arc::clone(&proof.claims))
    }

    /// Keeps what is proven.
    pub(super) fn keep(&self, token: Digest, keys: Digest, claims: Arc<Claims>) {
        let mut proofs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        proofs.insert(token, Proof { claims, keys });
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

    use super::{super::digest::digest, *};

    fn claims() -> Arc<Claims> {
        Arc::new(Claims::read(&BASE64_URL_SAFE_NO_PAD.encode("{\"sub\":\"ada\"}")).expect("claims"))
    }

    #[test]
    fn a_proof_holds_for_its_token_and_for_the_keys_that_were_at_hand() {
        let proven = Proven::new();
        let (token, keys, others) = (digest(b"token"), digest(b"keys"), digest(b"others"));
        proven.keep(token, keys, claims());
        assert_eq!(
            proven.claims(&token, &keys).and_then(|claims| claims.text("sub").map(str::to_owned)).as_deref(),
            Some("ada")
        );
        assert!(proven.claims(&token, &others).is_none());
        assert!(proven.claims(&others, &keys).is_none());
    }

    #[test]
    fn no_more_than_so_many_are_kept_and_those_in_use_stay() {
        let (proven, keys, first) = (Proven::new(), digest(b"keys"), digest(b"first"));
        proven.keep(first, keys, claims());
        for number in 0..2 * MOST {
            proven.keep(digest(number.to_be_bytes()), keys, claims());
            assert!(proven.claims(&first, &keys).is_some(), "{number}");
        }
        assert_eq!(proven.0.lock().expect("unharmed").len(), MOST);
    }
}

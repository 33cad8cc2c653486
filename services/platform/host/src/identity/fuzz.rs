//! What reads tokens, and the keys and metadata of their issuers, opened for fuzzing and for measuring.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::HeaderMap;
use jsonwebtoken::Algorithm;
use kernel::Caller;

use super::{
    Identity,
    bearer::{ACCEPTED, Parts},
    claims::Claims,
    keys::Keys,
    source,
};
use crate::{IdentitySetting, Policy, admission::Door};

/// The door of a process.
pub struct Doorkeeper(Door);

impl Doorkeeper {
    /// Knows callers as `setting` says.
    pub async fn new(setting: &IdentitySetting) -> Result<Self, String> {
        let identity = Arc::new(Identity::read(setting, &["intake"]).await?);
        Ok(Self(Door { identity, policy: Arc::new(Policy::from_descriptors()) }))
    }

    /// Who sends these headers.
    pub async fn caller(&self, headers: &HeaderMap) -> Option<Caller> {
        let known = self.0.identity.caller(headers, None, None).await;
        known.ok().map(|known| known.caller)
    }

    /// Whether who sends these headers may call the method at `path`.
    pub async fn admits(&self, path: &str, headers: &HeaderMap) -> bool {
        self.0.admitted(path, headers, None, None).await.is_ok()
    }

    /// Whom `claims` name, as if they were signed.
    #[must_use]
    pub fn named(&self, claims: &[u8]) -> Option<Caller> {
        let Identity::Token(tokens) = &*self.0.identity else { return None };
        let claims = Claims::read(&BASE64_URL_SAFE_NO_PAD.encode(claims)).ok()?;
        tokens.check(&claims).ok()?;
        let person = tokens.bearers.person(&claims).ok()?;
        let role = tokens.bearers.role(&person, &claims, None).ok()?;
        Some(Caller { person, role })
    }
}

/// Reads an issuer's keys, and has each check a signature that is none. Tells how many ways to sign they know.
#[must_use]
pub fn keys(text: &[u8]) -> usize {
    let Ok(keys) = Keys::read(text) else { return 0 };
    let signature = "A".repeat(86);
    let parts = |algorithm: Algorithm| Parts {
        algorithm,
        key: None,
        is_for_access: true,
        payload: "",
        signed: "signed",
        signature: &signature,
    };
    ACCEPTED.into_iter().filter(|way| keys.check(&parts(*way)) == Err(super::Refused::Signature)).count()
}

/// Reads an issuer's metadata document: where its keys are.
#[must_use]
pub fn metadata(issuer: &str, text: &[u8]) -> Option<String> {
    source::told(issuer, text).ok().map(|address| address.to_string())
}

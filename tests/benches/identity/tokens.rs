//! An issuer, its key, and tokens of it.

use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use getmodern::client::Actor;
use serde_json::json;
use tempfile::TempDir;

const NAME: &str = "urn:getmodern:bench";
const AUDIENCE: &str = "getmodern";
/// The last second that a token may name.
const NEVER: i64 = 253_402_300_799;

/// An issuer, its key, and tokens of it, as large as a provider's usually are.
pub(crate) struct Issuer {
    key: Arc<EcdsaKeyPair>,
    folder: TempDir,
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let folder = tempfile::tempdir().expect("a folder");
        let (x, y) = key.public_key().as_ref()[1..].split_at(32);
        let jwk = json!({ "kty": "EC", "crv": "P-256", "kid": "bench", "x": text(x), "y": text(y) });
        fs::write(folder.path().join("jwks"), json!({ "keys": [jwk] }).to_string()).expect("written");
        Self { key: Arc::new(key), folder }
    }

    /// Where its keys are.
    pub(crate) fn jwks(&self) -> String {
        self.folder.path().join("jwks").display().to_string()
    }

    /// What makes a process trust it.
    pub(crate) fn variables(&self) -> [(&'static str, String); 4] {
        let jwks = format!("@{}", self.jwks());
        [
            ("GETMODERN_ISSUER", NAME.to_owned()),
            ("GETMODERN_AUDIENCE", AUDIENCE.to_owned()),
            ("GETMODERN_JWKS", jwks),
            // Tokens that are made once have to last.
            ("GETMODERN_LONGEST_TOKEN", "10000years".to_owned()),
        ]
    }

    /// Gives everybody the same token for each call.
    pub(crate) fn same(&self) -> impl Fn(Actor) -> String + Send + Sync + 'static {
        let (key, given) = (Arc::clone(&self.key), Mutex::new(HashMap::new()));
        move |who| {
            let mut given = given.lock().expect("unharmed");
            given.entry((who.person, who.role)).or_insert_with(|| token(&key, who)).clone()
        }
    }

    /// Gives everybody another token for each call.
    pub(crate) fn another(&self) -> impl Fn(Actor) -> String + Send + Sync + 'static {
        let key = Arc::clone(&self.key);
        move |who| token(&key, who)
    }
}

fn token(key: &EcdsaKeyPair, who: Actor) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let person = who.person.trim_start_matches("people/");
    let claims = json!({ "iss": NAME, "aud": AUDIENCE, "sub": person, "roles": [who.role], "iat": 1, "nbf": 1, "exp": NEVER,
        "jti": NEXT.fetch_add(1, Relaxed), "name": "Ada of Contoso", "preferred_username": "ada@contoso.example",
        "tid": "8a2c1f5e-0000-0000-0000-000000000000", "groups": ["architects", "everybody", "seattle"], "ver": "2.0" });
    let header = json!({ "typ": "JWT", "alg": "ES256", "kid": "bench" });
    let signed = format!("{}.{}", text(header.to_string()), text(claims.to_string()));
    let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).expect("signed");
    format!("{signed}.{}", text(signature))
}

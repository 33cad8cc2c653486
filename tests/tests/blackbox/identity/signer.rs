//! Tokens of any kind, good and bad, made by hand.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PSS_SHA384, RsaKeyPair,
    },
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use getmodern::client::Actor;
use serde_json::{Value, json};

pub(crate) const AUDIENCE: &str = "getmodern";

/// Who has a key, and its name.
pub(crate) struct Signer {
    pub(crate) id: &'static str,
    key: Key,
}

enum Key {
    Rsa(RsaKeyPair),
    Curve(EcdsaKeyPair),
    Edwards(Ed25519KeyPair),
}

impl Signer {
    pub(crate) fn rsa(id: &'static str) -> Self {
        Self { id, key: Key::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key")) }
    }

    pub(crate) fn curve(id: &'static str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        Self { id, key: Key::Curve(key) }
    }

    pub(crate) fn edwards(id: &'static str) -> Self {
        Self { id, key: Key::Edwards(Ed25519KeyPair::generate().expect("a key")) }
    }

    /// How it signs, unless it is told otherwise.
    fn algorithm(&self) -> &'static str {
        match self.key {
            Key::Rsa(_) => "RS256",
            Key::Curve(_) => "ES256",
            Key::Edwards(_) => "EdDSA",
        }
    }

    /// What is published of it; RSA keys as Microsoft Entra ID publishes them.
    pub(crate) fn public(&self) -> Value {
        match &self.key {
            Key::Rsa(key) => {
                let (n, e) = (key.public_key().modulus(), key.public_key().exponent());
                let (n, e) =
                    (text(n.big_endian_without_leading_zero()), text(e.big_endian_without_leading_zero()));
                json!({ "kty": "RSA", "use": "sig", "kid": self.id, "x5t": self.id, "n": n, "e": e, "x5c": ["MIIC"],
                    "cloud_instance_name": "contoso.example", "issuer": "https://login.contoso.example/{tenantid}/v2.0" })
            }
            Key::Curve(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": self.id, "x": text(x), "y": text(y) })
            }
            Key::Edwards(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": self.id, "x": text(key.public_key().as_ref()) })
            }
        }
    }

    /// The public key as bytes, which anybody has.
    pub(crate) fn known(&self) -> Vec<u8> {
        match &self.key {
            Key::Rsa(key) => key.public_key().as_ref().to_vec(),
            Key::Curve(key) => key.public_key().as_ref().to_vec(),
            Key::Edwards(key) => key.public_key().as_ref().to_vec(),
        }
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "typ": "JWT", "alg": self.algorithm(), "kid": self.id })
    }

    /// A token that says `claims`.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_with(&self.header(), claims)
    }

    /// A token whose header says whatever it says; the signature is the key's own.
    pub(crate) fn token_with(&self, header: &Value, claims: &Value) -> String {
        let signed = signed(header, claims);
        let signature = self.signature(signed.as_bytes(), header["alg"].as_str().unwrap_or_default());
        format!("{signed}.{}", text(&signature))
    }

    fn signature(&self, message: &[u8], algorithm: &str) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                let padding: &dyn aws_lc_rs::signature::RsaEncoding =
                    if algorithm == "PS384" { &RSA_PSS_SHA384 } else { &RSA_PKCS1_SHA256 };
                key.sign(padding, &random, message, &mut signature).expect("signed");
                signature
            }
            Key::Curve(key) => key.sign(&random, message).expect("signed").as_ref().to_vec(),
            Key::Edwards(key) => key.sign(message).as_ref().to_vec(),
        }
    }
}

/// A token signed with a secret, such as a public key that was taken for one.
pub(crate) fn with_secret(secret: &[u8], header: &Value, claims: &Value) -> String {
    let signed = signed(header, claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", text(tag.as_ref()))
}

/// The two parts of a token that are signed.
pub(crate) fn signed(header: &Value, claims: &Value) -> String {
    format!("{}.{}", text(header.to_string().as_bytes()), text(claims.to_string().as_bytes()))
}

pub(crate) fn text(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The current second.
#[expect(clippy::disallowed_methods, reason = "tokens tell the time of the day")]
pub(crate) fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(now.as_secs()).expect("a second")
}

/// Claims that let somebody in, for as many seconds.
pub(crate) fn claims(issuer: &str, who: Actor, seconds: i64) -> Value {
    let id = who.person.trim_start_matches("people/");
    json!({ "iss": issuer, "aud": AUDIENCE, "sub": id, "roles": [who.role], "tid": "8a2c1f5e", "ver": "2.0",
        "iat": now() - 1, "nbf": now() - 1, "exp": now() + seconds })
}

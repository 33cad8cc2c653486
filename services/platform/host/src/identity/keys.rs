//! The keys that an issuer publishes: each signs in its own ways and in no other.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    crypto::verify,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Refused,
    bearer::{ACCEPTED, Parts},
    digest::{Digest, digest},
};

/// Keys of one name that are tried.
const NAMESAKES: usize = 4;

/// The keys that an issuer publishes.
pub(super) struct Keys {
    keys: Vec<Key>,
    digest: Digest,
}

struct Key {
    id: Option<String>,
    /// The ways in which it signs.
    algorithms: Vec<Algorithm>,
    verifier: DecodingKey,
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

impl Keys {
    /// Reads a JSON Web Key Set. A key that is not for signing, or is of a kind not known here, is nobody's fault; a set
    /// without a single one that serves is.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let published: Published = serde_json::from_slice(text)
            .map_err(|error| format!("it is no JSON Web Key Set, `{{ \"keys\": [ … ] }}`: {error}"))?;
        let keys: Vec<_> = published.keys.into_iter().filter_map(Key::read).collect();
        if keys.is_empty() {
            let accepted = "RS, PS or ES of 256 or 384 bits, RS512, PS512 or EdDSA";
            Err(format!("there is no key in it that signs in a way that is accepted: {accepted}"))
        } else {
            Ok(Self { keys, digest: digest(text) })
        }
    }

    /// What tells them from others.
    pub(super) fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Refuses what none of the keys has signed.
    pub(super) fn check(&self, parts: &Parts<'_>) -> Result<(), Refused> {
        let keys = self.fitting(parts)?;
        if keys.iter().any(|key| key.has_signed(parts)) { Ok(()) } else { Err(Refused::Signature) }
    }

    /// The keys that a token names, of which an issuer may publish two by one name; one that names none has to leave no choice.
    fn fitting(&self, parts: &Parts<'_>) -> Result<Vec<&Key>, Refused> {
        let named = |key: &&Key| parts.key.is_none() || key.id == parts.key;
        let fits = |key: &&Key| key.algorithms.contains(&parts.algorithm);
        let fitting: Vec<_> = self.keys.iter().filter(named).filter(fits).take(NAMESAKES).collect();
        match fitting.len() {
            0 if self.keys.iter().any(|key| named(&key)) => Err(Refused::Algorithm),
            1 => Ok(fitting),
            2.. if parts.key.is_some() => Ok(fitting),
            _ => Err(Refused::KeyUnknown),
        }
    }
}

impl Key {
    fn has_signed(&self, parts: &Parts<'_>) -> bool {
        let signed = verify(parts.signature, parts.signed.as_bytes(), &self.verifier, parts.algorithm);
        matches!(signed, Ok(true))
    }

    fn read(value: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(numbers(value)).ok()?;
        let algorithms: Vec<_> = ways(&jwk.algorithm)
            .iter()
            .copied()
            .filter(|way| ACCEPTED.contains(way))
            .filter(|way| jwk.common.key_algorithm.is_none_or(|own| own == KeyAlgorithm::from(*way)))
            .collect();
        let usable = is_for_signing(&jwk) && !algorithms.is_empty();
        let verifier = usable.then(|| DecodingKey::from_jwk(&jwk).ok()).flatten()?;
        Some(Self { id: jwk.common.key_id, algorithms, verifier })
    }
}

/// The same key without the zeros that RFC 7518 forbids before an RSA number, and that some issuers write: with them nothing
/// that the key has signed would be good.
fn numbers(mut key: Value) -> Value {
    for name in ["n", "e"] {
        let number = key[name].as_str().and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
        if let Some(number) = number.filter(|number| number.first() == Some(&0)) {
            let zeros = number.iter().take_while(|byte| **byte == 0).count();
            key[name] = BASE64_URL_SAFE_NO_PAD.encode(&number[zeros..]).into();
        }
    }
    key
}

/// The ways in which a key of this kind can sign.
fn ways(kind: &AlgorithmParameters) -> &'static [Algorithm] {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    match kind {
        AlgorithmParameters::RSA(_) => &[RS256, RS384, RS512, PS256, PS384, PS512],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => &[ES256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => &[ES384],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[EdDSA],
        _ => &[],
    }
}

fn is_for_signing(jwk: &Jwk) -> bool {
    let signs = jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let verifies = |ways: &Vec<KeyOperations>| ways.contains(&KeyOperations::Verify);
    signs && jwk.common.key_operations.as_ref().is_none_or(verifies)
}

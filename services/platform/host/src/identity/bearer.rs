//! The token as it comes: one header, of a bounded length, in three parts of which the first says how it is signed.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, header::AUTHORIZATION};
use jsonwebtoken::Algorithm;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::Refused;

/// Bytes a token may have; beyond them nothing of it is looked at.
pub(super) const LONGEST: usize = 8 * 1024;
const SCHEME: &str = "bearer ";
/// What may sign: keys that its issuer alone has. Never `none`, and never a secret that a verifier shares.
pub(super) const ACCEPTED: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];
/// Kinds of token, in RFC 9068's words and the usual ones: what is meant for other uses says so.
const KINDS: [&str; 4] = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"];
/// Those of them that nothing but an access token is.
const ACCESS: [&str; 2] = ["at+jwt", "application/at+jwt"];

/// What the caller bears.
pub(super) fn given(headers: &HeaderMap) -> Result<&str, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Err(Refused::Missing) };
    if values.next().is_some() {
        return Err(Refused::Malformed);
    }
    if value.len() > SCHEME.len() + LONGEST {
        return Err(Refused::TooLarge);
    }
    let text = value.to_str().map_err(|_| Refused::Malformed)?;
    let (scheme, token) = text.split_at_checked(SCHEME.len()).ok_or(Refused::Malformed)?;
    if scheme.eq_ignore_ascii_case(SCHEME) { Ok(token) } else { Err(Refused::Malformed) }
}

/// A signed token in its parts; nothing of it is proven.
pub(super) struct Parts<'a> {
    pub(super) algorithm: Algorithm,
    /// Which key its issuer says to have used.
    pub(super) key: Option<String>,
    /// It says that it is an access token and nothing else.
    pub(super) is_for_access: bool,
    pub(super) payload: &'a str,
    /// What is signed: the first two parts.
    pub(super) signed: &'a str,
    pub(super) signature: &'a str,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    /// What a reader has to understand beyond the standard; nothing is understood here.
    crit: Option<Value>,
}

impl<'a> Parts<'a> {
    pub(super) fn read(token: &'a str) -> Result<Self, Refused> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Refused::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Refused::Malformed)?;
        let header: Header = decoded(header)?;
        let algorithm = accepted(&header.alg).ok_or(Refused::Algorithm)?;
        let kind = header.typ.map(|kind| kind.to_ascii_lowercase());
        let is_one_of = |kinds: &[&str]| kind.as_deref().is_some_and(|kind| kinds.contains(&kind));
        if header.crit.is_some() || (kind.is_some() && !is_one_of(&KINDS)) {
            return Err(Refused::Malformed);
        }
        Ok(Self { algorithm, key: header.kid, is_for_access: is_one_of(&ACCESS), payload, signed, signature })
    }
}

fn accepted(name: &str) -> Option<Algorithm> {
    name.parse().ok().filter(|algorithm| ACCEPTED.contains(algorithm))
}

/// A part of a token: JSON in base64.
pub(super) fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, Refused> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Refused::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_the_greatest_length_is_read_and_one_of_a_byte_more_is_not() {
        let given_of = |length: usize| {
            let value = format!("Bearer {}", "t".repeat(length)).parse().expect("a header");
            let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
            given(&headers).map(str::len)
        };
        assert!(matches!(given_of(LONGEST), Ok(LONGEST)));
        assert!(matches!(given_of(LONGEST + 1), Err(Refused::TooLarge)));
    }
}

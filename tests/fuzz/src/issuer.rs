//! What issuers say: tokens, what is in them, the keys that sign them, and where these are.

use std::{
    io::Write,
    net::IpAddr,
    sync::{LazyLock, Mutex},
};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use host::{IdentitySetting, ROLE_HEADER, fuzz::Doorkeeper};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use kernel::Caller;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::text;

const ISSUER: &str = "https://login.contoso.example/8a2c1f5e/v2.0";
const AUDIENCE: &str = "getmodern";
/// The last second that a token may name.
const NEVER: i64 = 253_402_300_799;

/// The issuer's key: the same in every run, and trusted by nobody else.
static KEY: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key"));

/// A process that trusts it, and what runs its part of the work.
static DOOR: LazyLock<(Doorkeeper, Mutex<Runtime>)> = LazyLock::new(|| {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    write!(file, "{}", json!({ "keys": [public()] })).expect("written");
    let setting = IdentitySetting {
        issuer: Some(ISSUER.to_owned()),
        audience: Some(AUDIENCE.to_owned()),
        jwks: Some(format!("@{}", file.path().display())),
        // Tokens that are made once have to last.
        longest_token: std::time::Duration::MAX,
        ..IdentitySetting::default()
    };
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let door = runtime.block_on(Doorkeeper::new(&setting)).expect("the key reads");
    (door, Mutex::new(runtime))
});

fn text_of(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn public() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "kid": "fuzz", "x": text_of(KEY.public_key()) })
}

/// A token of the issuer's.
fn token(header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", text_of(header.to_string()), text_of(claims.to_string()));
    format!("{signed}.{}", text_of(KEY.sign(signed.as_bytes())))
}

/// Reads the value of the header `authorization`, and after a line break that of the role.
///
/// The issuer has named nobody but ada, as two things: whoever else is let in has forged a signature.
pub(crate) fn read_bearer(input: &[u8]) {
    let mut lines = input.splitn(2, |byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    for name in [AUTHORIZATION.as_str(), ROLE_HEADER] {
        let value = lines.next().map(HeaderValue::from_bytes);
        let Some(Ok(value)) = value else { continue };
        headers.insert(name, value);
    }
    let (door, runtime) = &*DOOR;
    let caller = runtime.lock().expect("unharmed").block_on(door.caller(&headers));
    if let Some(Caller { person, role }) = caller {
        let named = person.as_str() == "people/ada" && ["GMFTA", "SME"].contains(&role.as_str());
        assert!(named, "{person} was let in as {role}");
    }
}

pub(crate) fn bearers() -> Vec<Vec<u8>> {
    let good = json!({ "typ": "JWT", "alg": "EdDSA", "kid": "fuzz" });
    let ada = json!({ "iss": ISSUER, "aud": [AUDIENCE], "sub": "ada", "roles": ["GMFTA", "SME"], "iat": 1, "nbf": 1, "exp": NEVER });
    let token_of = |header: &Value| format!("Bearer {}", token(header, &ada));
    let headers = [
        json!({ "alg": "EdDSA" }),
        json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": "fuzz", "crit": ["exp"], "exp": NEVER }),
        json!({ "alg": "none" }),
        json!({ "alg": "HS256", "kid": "fuzz" }),
        json!({ "alg": "RS256", "kid": "another" }),
    ];
    let chosen = format!("{}\nSME", token_of(&good));
    let all = headers.iter().map(token_of).chain([chosen, token_of(&good), "Bearer a.b.c".to_owned()]);
    text::inputs(all)
}

/// Reads claims, as if they were signed.
pub(crate) fn read_claims(input: &[u8]) {
    if let Some(Caller { person, role }) = DOOR.0.named(input) {
        assert!(!person.is_service() && role != kernel::Role::Service, "{person} was let in as {role}");
    }
}

pub(crate) fn claims() -> Vec<Vec<u8>> {
    let claims = |who: Value| {
        let mut all = json!({ "iss": ISSUER, "aud": AUDIENCE, "iat": 1, "nbf": 1.5, "exp": NEVER });
        let all_of = all.as_object_mut().expect("an object");
        all_of.extend(who.as_object().cloned().unwrap_or_default());
        all.to_string()
    };
    text::inputs([
        claims(json!({ "sub": "ada", "roles": ["GMFTA"] })),
        claims(json!({ "sub": "grace", "roles": "GET_MODERN_SME", "aud": ["crm", AUDIENCE] })),
        claims(json!({ "sub": "services/crm", "roles": ["SERVICE"] })),
        claims(json!({ "sub": "ada", "roles": [{ "name": "FM" }], "exp": 1e300 })),
    ])
}

pub(crate) fn read_keys(input: &[u8]) {
    let _ = host::fuzz::keys(input);
}

/// Keys of each kind; those of RSA and of the curve are the examples of RFC 7517.
pub(crate) fn keys() -> Vec<Vec<u8>> {
    let rsa = json!({ "kty": "RSA", "use": "sig", "kid": "rsa", "e": "AQAB", "n": RSA, "x5c": ["MIIC"] });
    let curve = json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "curve", "key_ops": ["verify"],
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM" });
    let secret = json!({ "kty": "oct", "alg": "HS256", "k": "c2VjcmV0" });
    let sets = [vec![public()], vec![rsa.clone()], vec![curve.clone()], vec![public(), rsa, curve, secret]];
    text::inputs(sets.map(|keys| json!({ "keys": keys }).to_string()))
}

const RSA: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn\
    jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5\
    hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

pub(crate) fn read_metadata(input: &[u8]) {
    if let Some(address) = host::fuzz::metadata(ISSUER, input) {
        let near = address.strip_prefix("http://").is_some_and(is_near);
        assert!(near || address.starts_with("https://"), "{address}");
    }
}

/// Whether it begins with an address of this machine, in any spelling.
fn is_near(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let parses = |host: &str| host.trim_matches(['[', ']']).parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    parses(host) || parses(authority)
}

/// A real provider's, as the black box has it, and shorter ones.
pub(crate) fn metadata() -> Vec<Vec<u8>> {
    let shorter = |keys: &str| json!({ "issuer": ISSUER, "jwks_uri": keys }).to_string();
    text::inputs([
        include_str!("../../tests/blackbox/identity/entra.json").to_owned(),
        shorter("https://login.contoso.example/keys"),
        shorter("http://127.0.0.1:1/keys"),
        shorter("http://[::1]/keys"),
        shorter("https://ada@login.contoso.example/keys"),
    ])
}

//! The door by itself: who calls, and whether they may call the method, as every call is asked.

use std::time::{Duration, Instant};

use getmodern::client::Actor;
use host::{IdentitySetting, PERSON_HEADER, ROLE_HEADER, fuzz::Doorkeeper};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use tests::actor;

use crate::tokens::Issuer;

const PATH: &str = "/getmodern.intake.v1.IntakeService/GetCase";
const READER: Actor = actor("people/lead", "LEADERSHIP");
const TIMES: u32 = 20_000;

/// Prints what passing the door costs, and beside it what of a read that is; `read` is what a whole one costs, in microseconds.
pub(crate) async fn measure(issuer: &Issuer, read: f64) {
    let [(_, name), (_, audience), (_, jwks), _] = issuer.variables();
    let trust = IdentitySetting {
        issuer: Some(name),
        audience: Some(audience),
        jwks: Some(jwks),
        // Tokens that are made once have to last.
        longest_token: Duration::MAX,
        ..IdentitySetting::default()
    };
    let (word, token) = (said(), [shown(&issuer.same()(READER))]);
    let others: Vec<_> = (0..TIMES).map(|_| shown(&issuer.another()(READER))).collect();
    println!("\nthe door alone, of a read with a token that takes {read:.0} us");
    for (what, setting, headers) in [
        ("their word", &IdentitySetting::default(), &[word][..]),
        ("a token", &trust, &token),
        ("a new token for each", &trust, &others),
    ] {
        let took = passing(&Doorkeeper::new(setting).await.expect("the key reads"), headers).await;
        println!("{what:<24} {took:>9.2} us {:>7.1} %", took / read * 100.0);
    }
}

/// How long it takes to pass, in microseconds.
async fn passing(door: &Doorkeeper, headers: &[HeaderMap]) -> f64 {
    let begun = Instant::now();
    for headers in headers.iter().cycle().take(TIMES as usize) {
        assert!(door.admits(PATH, headers).await, "they may");
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES)
}

fn said() -> HeaderMap {
    HeaderMap::from_iter([
        (PERSON_HEADER.parse().expect("a name"), HeaderValue::from_static(READER.person)),
        (ROLE_HEADER.parse().expect("a name"), HeaderValue::from_static(READER.role)),
    ])
}

fn shown(token: &str) -> HeaderMap {
    let value = format!("Bearer {token}").parse().expect("a value");
    HeaderMap::from_iter([(AUTHORIZATION, value)])
}

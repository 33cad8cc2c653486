//! The digest of a request id that `proto/README.md` speaks of: worked out anew from the salt.

use aws_lc_rs::digest::{SHA256, digest};
use tests::{Engine, State};

/// That of `person`'s request in this service.
pub(crate) fn digest_of(state: &State, service: &str, person: &str, request_id: &str) -> String {
    let of = salted(state, service);
    of(person, request_id)
}

/// The same of many.
pub(crate) fn salted(state: &State, service: &str) -> impl Fn(&str, &str) -> String + use<> {
    let salt = match Engine::here() {
        Engine::Sqlite => "SELECT lower(hex(bytes)) FROM salt",
        Engine::Postgres => "SELECT encode(bytes, 'hex') FROM salt",
    };
    let salt = bytes(&state.ask(service, salt)[0]);
    move |person, request_id| {
        let whole = [&salt, format!("{person} {request_id}").as_bytes()].concat();
        let digest = digest(&SHA256, &whole);
        let first: [u8; 16] = digest.as_ref()[..16].try_into().expect("32 bytes");
        format!("{:032x}", u128::from_be_bytes(first))
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("digits");
    (0..hex.len()).step_by(2).map(digits).collect()
}

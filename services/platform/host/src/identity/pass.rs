//! How the services of one process know each other: by a secret that never leaves it.

use std::collections::HashMap;

use aws_lc_rs::rand;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::Caller;

use super::digest::{Digest, digest};

/// What tells a service of this process from everybody else, for as long as the process lives.
pub(super) struct Passes {
    of: HashMap<&'static str, String>,
    /// By their digests: how long it takes to find none tells nothing about those that there are.
    callers: HashMap<Digest, Caller>,
}

impl Passes {
    pub(super) fn new(services: &[&'static str]) -> Result<Self, String> {
        let mut passes = Self { of: HashMap::new(), callers: HashMap::new() };
        for service in services {
            let pass = secret()?;
            passes.callers.insert(digest(&pass), Caller::service(service));
            passes.of.insert(service, pass);
        }
        Ok(passes)
    }

    /// That of `service`, if it is one of this process.
    pub(super) fn of(&self, service: &str) -> Option<&str> {
        self.of.get(service).map(String::as_str)
    }

    /// Who bears what has this digest, if it is a pass.
    pub(super) fn bearer(&self, token: &Digest) -> Option<&Caller> {
        self.callers.get(token)
    }
}

fn secret() -> Result<String, String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| "there is no randomness to be had".to_owned())?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_its_service_and_no_other_processes() {
        let services = ["intake", "tasks"];
        let [here, there] = [(); 2].map(|()| Passes::new(&services).expect("passes"));
        let pass = here.of("tasks").expect("a pass");
        assert_eq!(here.bearer(&digest(pass)), Some(&Caller::service("tasks")));
        assert_eq!(there.bearer(&digest(pass)), None);
        assert_eq!(here.bearer(&digest("")), None);
        assert_eq!(here.of("crm"), None);
    }
}

//! Who calls, and what shows it: a signed token of an issuer whom the process trusts, the pass of a service of its own,
//! or, for a laptop, the caller's word.

mod bearer;
mod bearers;
mod claims;
mod credential;
mod digest;
mod fetch;
pub(crate) mod fuzz;
mod keys;
mod mint;
mod pass;
mod proven;
mod refused;
pub(crate) mod ring;
mod setting;
mod source;
mod way;

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, header::AUTHORIZATION};
use kernel::{Caller, Person, Role};
use tokio::{task::JoinSet, time::Instant};
use tonic::Status;

use crate::{
    Item, PERSON_HEADER, ROLE_HEADER, audit::refusals, caller::authenticate, clock, listen::Tries, telemetry,
    tls::Certified,
};
use bearer::Parts;
use bearers::Bearers;
use claims::Claims;
pub(crate) use credential::Credential;
use digest::{Digest, digest};
pub use mint::{Mint, trial_token};
use pass::Passes;
use proven::Proven;
pub(crate) use refused::Refused;
use ring::Ring;
pub use setting::{IdentitySetting, RoleName, ServiceSubject};

/// How a process knows its callers.
pub(crate) enum Identity {
    /// They say who they are.
    Word,
    /// They show it.
    Token(Box<Tokens>),
}

/// A caller, and until when what they have shown holds.
pub(crate) struct Known {
    pub(crate) caller: Caller,
    pub(crate) until: Option<Until>,
}

/// When what a caller has shown is over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Until(pub(crate) Instant);

/// What tokens are checked against.
pub(crate) struct Tokens {
    issuer: String,
    audience: String,
    /// The claim that says for whom a token is.
    audience_claim: String,
    /// How long one may be good from its issue on.
    longest: Duration,
    ring: Ring,
    proven: Proven,
    bearers: Bearers,
    passes: Passes,
    /// Keeps the keys fresh, for as long as the process serves.
    upkeep: JoinSet<()>,
}

impl Identity {
    /// As `setting` says, for a process that runs `services`; an issuer is not asked before [`Identity::keep`].
    pub(crate) async fn read(setting: &IdentitySetting, services: &[&'static str]) -> Result<Self, String> {
        setting.check()?;
        match (&setting.issuer, &setting.audience) {
            (Some(issuer), Some(audience)) => {
                Ok(Self::Token(Box::new(Tokens::read(setting, issuer, audience, services).await?)))
            }
            (None, None) => Ok(Self::Word),
            _ => Err("--issuer and --audience belong together".to_owned()),
        }
    }

    /// Who sends these headers, or why that cannot be told. A certificate speaks for those who say nothing else, and what
    /// `tries` does not allow is not looked at.
    pub(crate) async fn caller(
        &self,
        headers: &HeaderMap,
        certified: Option<&Certified>,
        tries: Option<&Tries>,
    ) -> Result<Known, Status> {
        let says = [AUTHORIZATION.as_str(), PERSON_HEADER].iter().any(|name| headers.contains_key(*name));
        if let Some(certified) = certified.filter(|_| !says) {
            return Ok(system(certified, chosen(headers))?);
        }
        match self {
            Self::Word => Ok(Known { caller: authenticate(headers)?, until: None }),
            Self::Token(tokens) => Ok(tokens.caller(headers, tries).await?),
        }
    }

    /// Whether it is known already that whoever sends these headers is somebody.
    pub(crate) fn remembers(&self, headers: &HeaderMap, certified: Option<&Certified>) -> bool {
        match self {
            Self::Word => true,
            Self::Token(tokens) => certified.is_some() || tokens.remembers(headers),
        }
    }

    /// Keeps the keys fresh from here on, for as long as it is not dropped.
    pub(crate) fn keep(&mut self) {
        if let Self::Token(tokens) = self {
            let (ring, aged) = (tokens.ring.clone(), tokens.ring.clone());
            telemetry::keys(move || aged.age());
            tokens.upkeep.spawn(ring.keep());
        }
    }

    /// Waits until callers can be told apart, or says why they cannot.
    pub(crate) async fn ready(&self) -> Result<(), String> {
        match self {
            Self::Word => Ok(()),
            Self::Token(tokens) => tokens.ring.seen().await,
        }
    }

    /// How `service` shows itself to the services of its own process.
    pub(crate) fn here(&self, service: &'static str) -> Credential {
        match self {
            Self::Word => Credential::Word(Caller::service(service)),
            Self::Token(tokens) => {
                let pass = tokens.passes.of(service).and_then(credential::bearer);
                pass.map_or_else(|| Credential::Word(Caller::service(service)), Credential::Pass)
            }
        }
    }
}

impl IdentitySetting {
    /// How `service` shows itself to processes other than its own, where it may have a certificate.
    pub(crate) fn elsewhere(&self, service: &'static str, has_certificate: bool) -> Credential {
        match self.token_file.clone() {
            Some(file) => Credential::File(file),
            None if has_certificate => Credential::Certificate,
            None => Credential::Word(Caller::service(service)),
        }
    }
}

impl Tokens {
    async fn read(
        setting: &IdentitySetting,
        issuer: &str,
        audience: &str,
        services: &[&'static str],
    ) -> Result<Self, String> {
        let source = setting.source(issuer)?;
        let is_near = source.is_near();
        let ring = Ring::new(source);
        // A file that does not read is a mistake; an issuer who is away comes back.
        if is_near {
            ring.load().await.map_err(|error| format!("--jwks {error}"))?;
        }
        Ok(Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            audience_claim: setting.audience_claim.clone(),
            longest: setting.longest_token,
            ring,
            proven: Proven::new(),
            bearers: bearers(setting),
            passes: Passes::new(services)?,
            upkeep: JoinSet::new(),
        })
    }

    async fn caller(&self, headers: &HeaderMap, tries: Option<&Tries>) -> Result<Known, Refused> {
        let token = bearer::given(headers)?;
        let digest = digest(token);
        if let Some(caller) = self.passes.bearer(&digest) {
            return Ok(Known { caller: caller.clone(), until: None });
        }
        let claims = match self.known(&digest) {
            Some(claims) => claims,
            None => self.tried(token, digest, tries).await?,
        };
        let last = self.check(&claims)?;
        let person = self.bearers.person(&claims)?;
        refusals::note_person(&person);
        let role = self.bearers.role(&person, &claims, chosen(headers)?)?;
        Ok(Known { caller: Caller { person, role }, until: Some(until(last)) })
    }

    /// The claims of the token of this digest, if it was proven under the keys at hand.
    fn known(&self, token: &Digest) -> Option<Arc<Claims>> {
        self.ring.keys().and_then(|keys| self.proven.claims(token, keys.digest()))
    }

    fn remembers(&self, headers: &HeaderMap) -> bool {
        let digest = bearer::given(headers).map(digest);
        digest.is_ok_and(|digest| self.passes.bearer(&digest).is_some() || self.known(&digest).is_some())
    }

    /// The claims of a token that nobody has seen, where it may be looked at.
    async fn tried(
        &self,
        token: &str,
        digest: Digest,
        tries: Option<&Tries>,
    ) -> Result<Arc<Claims>, Refused> {
        if tries.is_some_and(|tries| !tries.may()) {
            telemetry::throttled(Refused::TooFast.reason());
            return Err(Refused::TooFast);
        }
        let proven = self.proven(token, digest).await;
        let is_bad = proven.as_ref().is_err_and(|refused| *refused != Refused::KeysAway);
        tries.filter(|_| is_bad).into_iter().for_each(Tries::failed);
        proven
    }

    /// What a token says, once it is proven that its issuer says so.
    async fn proven(&self, token: &str, digest: Digest) -> Result<Arc<Claims>, Refused> {
        let parts = Parts::read(token)?;
        let claims = Arc::new(Claims::read(parts.payload)?);
        if claims.text("iss") != Some(&self.issuer) {
            return Err(Refused::Issuer);
        }
        let keys = self.ring.check(&parts).await?;
        if !parts.is_for_access && claims.is_for_sign_in() {
            self.bearers.person(&claims).iter().for_each(refusals::note_person);
            return Err(Refused::Kind);
        }
        self.proven.keep(digest, *keys.digest(), Arc::clone(&claims));
        Ok(claims)
    }

    /// Refuses what is said to others or not now, and tells the last second in which it is.
    fn check(&self, claims: &Claims) -> Result<i64, Refused> {
        claims.check_audience(&self.audience_claim, &self.audience)?;
        claims.check_times(clock::now().as_second(), self.longest)
    }
}

/// The system that has shown a certificate, for as long as that is good.
fn system(certified: &Certified, chosen: Result<Option<&str>, Refused>) -> Result<Known, Refused> {
    if clock::now().as_second() > certified.last {
        return Err(Refused::Expired);
    }
    refusals::note_person(&certified.service);
    let role = bearers::choose(&[Role::Service], chosen?)?;
    let caller = Caller { person: certified.service.clone(), role };
    Ok(Known { caller, until: Some(until(certified.last)) })
}

/// The role that a caller chooses, if they do.
fn chosen(headers: &HeaderMap) -> Result<Option<&str>, Refused> {
    let mut values = headers.get_all(ROLE_HEADER).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(role)), None) => Ok(Some(role)),
        _ => Err(Refused::RoleNotGranted),
    }
}

/// When the second `last` is over.
fn until(last: i64) -> Until {
    let left = u64::try_from(last - clock::now().as_second()).unwrap_or_default();
    let far = Duration::from_hours(24 * 365);
    Until(Instant::now() + Duration::from_secs(left).min(far))
}

fn bearers(setting: &IdentitySetting) -> Bearers {
    let names = Item::read(&setting.role_names).map(|name| (name.value.clone(), name.role));
    let services = Item::read(&setting.service_subjects);
    let services: Vec<(String, Person)> =
        services.map(|one| (one.subject.clone(), one.service.clone())).collect();
    Bearers {
        person: setting.person_claim.clone(),
        roles: setting.roles_claim.clone(),
        names: names.collect(),
        services: services.into_iter().collect(),
    }
}

//! What a process is told about whom to believe.

use std::{path::PathBuf, str::FromStr, time::Duration};

use clap::Args;
use kernel::{Person, Role, SYSTEM_FORM};

use super::{
    fetch::Fetch,
    source::{Source, address},
};
use crate::{Item, limits::some_time};

/// Whom a process believes about who calls.
#[derive(Debug, Clone, Args)]
pub struct IdentitySetting {
    /// Who issues the callers' tokens: an OpenID provider, by the exact value of its `iss`. Without it callers are
    /// believed on their word.
    #[arg(long, env = "GETMODERN_ISSUER", value_name = "URL", requires = "audience")]
    pub issuer: Option<String>,

    /// What this product is called in the `aud` of tokens that are meant for it.
    #[arg(long, env = "GETMODERN_AUDIENCE", value_name = "NAME", requires = "issuer")]
    pub audience: Option<String>,

    /// The claim that says for whom a token is; `client_id` for access tokens of Amazon Cognito, which have no `aud`.
    #[arg(long, env = "GETMODERN_AUDIENCE_CLAIM", value_name = "NAME", default_value = "aud")]
    pub audience_claim: String,

    /// The issuer's keys, a JSON Web Key Set: an address, or `@FILE`. Without it, those that the issuer's metadata
    /// document names.
    #[arg(long, env = "GETMODERN_JWKS", value_name = "URL|@FILE", requires = "issuer")]
    pub jwks: Option<String>,

    /// The authorities that vouch for the issuer's address, as PEM, instead of those that everybody trusts.
    #[arg(long, env = "GETMODERN_ISSUER_CA", value_name = "FILE", requires = "issuer")]
    pub issuer_ca: Option<PathBuf>,

    /// The claim that names the person: `ada` in it is `people/ada`, `auth0|5f7c` is `people/auth0%7c5f7c`. Each of `a-z`,
    /// `0-9`, `.`, `_` and `-` stands for itself, every other byte is `%` and two digits; 255 bytes at most.
    #[arg(long, env = "GETMODERN_PERSON_CLAIM", value_name = "NAME", default_value = "sub")]
    pub person_claim: String,

    /// The claim that lists the person's roles; `realm_access.roles` is a path to it. A dot of a name is `\.`, except in an address
    /// such as `https://contoso.com/roles`.
    #[arg(long, env = "GETMODERN_ROLES_CLAIM", value_name = "NAME", default_value = "roles")]
    pub roles_claim: String,

    /// What the issuer calls one of our roles, such as `GetModern.Architect=GMFTA`, with `%2C` for a comma and `%25` for a
    /// percent sign; may be repeated. Where there is one, our own names do not count.
    #[arg(
        long = "role-name",
        env = "GETMODERN_ROLE_NAMES",
        value_delimiter = ',',
        value_name = "VALUE=ROLE"
    )]
    pub role_names: Vec<Item<RoleName>>,

    /// Which system a person claim stands for, such as `system:serviceaccount:getmodern:crm=crm`; may be repeated. Its
    /// bearer is `services/crm`, and nobody else is a system.
    #[arg(
        long = "service-subject",
        env = "GETMODERN_SERVICE_SUBJECTS",
        value_delimiter = ',',
        value_name = "SUBJECT=NAME"
    )]
    pub service_subjects: Vec<Item<ServiceSubject>>,

    /// How long a token may be good from its issue (`iat`) to its end (`exp`).
    #[arg(
        long, env = "GETMODERN_LONGEST_TOKEN", default_value = "1day", value_name = "TIME", value_parser = some_time
    )]
    pub longest_token: Duration,

    /// The token with which services of this process call those of others; read for every call, so that somebody else
    /// can keep it fresh.
    #[arg(long, env = "GETMODERN_TOKEN_FILE", value_name = "FILE", requires = "issuer")]
    pub token_file: Option<PathBuf>,
}

impl Default for IdentitySetting {
    /// Callers are believed on their word.
    fn default() -> Self {
        Self {
            issuer: None,
            audience: None,
            audience_claim: "aud".to_owned(),
            jwks: None,
            issuer_ca: None,
            person_claim: "sub".to_owned(),
            roles_claim: "roles".to_owned(),
            role_names: Vec::new(),
            service_subjects: Vec::new(),
            longest_token: Duration::from_hours(24),
            token_file: None,
        }
    }
}

impl IdentitySetting {
    /// Whether callers have to prove who they are.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.issuer.is_some()
    }

    /// Refuses items that do not read.
    pub(crate) fn check(&self) -> Result<(), String> {
        Item::check(&self.role_names, "--role-name")?;
        Item::check(&self.service_subjects, "--service-subject")
    }

    /// Where the keys of `issuer` are.
    pub(super) fn source(&self, issuer: &str) -> Result<Source, String> {
        let fetch = || Fetch::new(self.issuer_ca.as_deref());
        let Some(place) = self.jwks.as_deref() else {
            address(issuer).map_err(|error| format!("--issuer {error}"))?;
            return Ok(Source::Issuer(issuer.to_owned(), fetch()?));
        };
        if let Some(file) = place.strip_prefix('@') {
            return Ok(Source::File(file.into()));
        }
        Ok(Source::Address(address(place).map_err(|error| format!("--jwks {error}"))?, fetch()?))
    }
}

/// What an issuer calls one of our roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleName {
    pub(super) value: String,
    pub(super) role: Role,
}

impl FromStr for RoleName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (value, role) = text.rsplit_once('=')?;
            let role = role.parse().ok().filter(|role| *role != Role::Service)?;
            (!value.is_empty()).then(|| Self { value: listed(value), role })
        };
        let names = || Role::ALL.iter().filter(|role| **role != Role::Service).map(|role| role.as_str());
        read().ok_or_else(|| {
            let names = names().collect::<Vec<_>>().join(", ");
            format!("{text:?} must be VALUE=ROLE, such as GetModern.Architect=GMFTA; the roles are {names}")
        })
    }
}

/// One of a list that commas part, where `%2C` is a comma and `%25` a percent sign.
fn listed(text: &str) -> String {
    text.replace("%2C", ",").replace("%2c", ",").replace("%25", "%")
}

/// Which system a person claim stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSubject {
    pub(super) subject: String,
    pub(super) service: Person,
}

impl FromStr for ServiceSubject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (subject, name) = text.rsplit_once('=')?;
            let service = Person::parse(&format!("services/{name}"))?;
            (!subject.is_empty()).then(|| Self { subject: listed(subject), service })
        };
        read().ok_or_else(|| {
            format!(
                "{text:?} must be SUBJECT=NAME, such as system:serviceaccount:getmodern:crm=crm; {SYSTEM_FORM}"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_one_of_our_names_and_a_system_is_a_plain_one() {
        assert!(
            "a=b=GMFTA".parse::<RoleName>().is_ok_and(|name| name.value == "a=b" && name.role == Role::Gmfta)
        );
        let group = "CN=GM%2COU=Groups%2c50%25=GMFTA".parse::<RoleName>();
        assert!(group.is_ok_and(|name| name.value == "CN=GM,OU=Groups,50%"));
        for bad in ["", "GMFTA", "=GMFTA", "a=gmfta", "a=SERVICE"] {
            assert!(bad.parse::<RoleName>().is_err(), "{bad}");
        }
        let crm = "system:serviceaccount:a:b=crm".parse::<ServiceSubject>();
        assert!(crm.is_ok_and(|subject| subject.service.as_str() == "services/crm"));
        for bad in ["", "crm", "=crm", "a=", "a=Crm", "a=b/c"] {
            assert!(bad.parse::<ServiceSubject>().is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_come_from_a_file_or_over_a_way_that_nobody_else_speaks_on() {
        let source = |issuer: &str, jwks: Option<&str>| {
            let jwks = jwks.map(str::to_owned);
            IdentitySetting { jwks, ..IdentitySetting::default() }.source(issuer)
        };
        assert!(matches!(source("contoso", Some("@keys.json")), Ok(Source::File(_))));
        assert!(matches!(source("https://contoso.example", None), Ok(Source::Issuer(..))));
        assert!(matches!(source("contoso", Some("https://contoso.example/keys")), Ok(Source::Address(..))));
        assert!(source("http://127.0.0.1:8080", None).is_ok() && source("http://[::1]:8080", None).is_ok());
        for bad in [
            "http://contoso.example",
            "contoso",
            "http://127.0.0.1.contoso.example",
            "https://ada:x@contoso.example",
        ] {
            assert!(source(bad, None).is_err(), "{bad}");
            assert!(source("https://contoso.example", Some(bad)).is_err(), "{bad}");
        }
    }
}

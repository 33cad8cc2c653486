//! What a process is told about TLS.

use std::{collections::HashMap, path::PathBuf, str::FromStr};

use clap::{Args, builder::BoolishValueParser};
use kernel::{Person, SYSTEM_FORM};

use super::certificate::{Names, TrustDomain};
use crate::Item;

const NO_DOMAIN: &str = "--client-ca needs --trust-domain, the SPIFFE trust domain of our systems such as contoso.example, or \
     --client-service for each of their names: the authority may vouch for others' systems too";

/// How a process speaks TLS.
#[derive(Debug, Clone, Default, Args)]
pub struct TlsSetting {
    /// The certificate that callers are shown, as PEM, with those that vouch for it. This file, the key and `--client-ca`
    /// are read again when they change.
    #[arg(long, env = "GETMODERN_TLS_CERTIFICATE", value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,

    /// Its key, as PEM.
    #[arg(long, env = "GETMODERN_TLS_KEY", value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,

    /// The authorities that vouch for systems that call, as PEM: a certificate of theirs for
    /// `spiffe://TRUST-DOMAIN/services/crm` makes its bearer `services/crm`. Callers without one show a token.
    #[arg(long, env = "GETMODERN_CLIENT_CA", value_name = "FILE", requires = "tls_certificate")]
    pub client_ca: Option<PathBuf>,

    /// The SPIFFE trust domain of our systems, such as `contoso.example`: an authority may vouch for others' too. Needed with
    /// `--client-ca`, unless `--client-service` says each name.
    #[arg(long, env = "GETMODERN_TRUST_DOMAIN", value_name = "DOMAIN", requires = "client_ca")]
    pub trust_domain: Option<Item<TrustDomain>>,

    /// Which system a name in certificates, a URI or a DNS name, stands for, such as `crm.contoso.example=crm`; may be
    /// repeated. Where there is one, only these names count.
    #[arg(
        long = "client-service",
        env = "GETMODERN_CLIENT_SERVICES",
        value_delimiter = ',',
        value_name = "NAME=SERVICE"
    )]
    pub client_services: Vec<Item<CertificateName>>,

    /// The authorities that vouch for the services of other processes, as PEM, instead of those that everybody trusts.
    #[arg(long, env = "GETMODERN_PEER_CA", value_name = "FILE")]
    pub peer_ca: Option<PathBuf>,

    /// The certificate with which services of this process call those of others, as PEM; read for every connection.
    #[arg(long, env = "GETMODERN_PEER_CERTIFICATE", value_name = "FILE", requires = "peer_key")]
    pub peer_certificate: Option<PathBuf>,

    /// Its key, as PEM.
    #[arg(long, env = "GETMODERN_PEER_KEY", value_name = "FILE", requires = "peer_certificate")]
    pub peer_key: Option<PathBuf>,

    /// Speak without TLS on other than loopback addresses too: for a network where something else encrypts.
    #[arg(long, env = "GETMODERN_PLAINTEXT", value_parser = BoolishValueParser::new())]
    pub plaintext: bool,
}

impl TlsSetting {
    /// Callers speak TLS.
    pub(crate) fn is_on(&self) -> bool {
        self.tls_certificate.is_some()
    }

    /// Refuses halves, and items that do not read.
    pub(crate) fn check(&self) -> Result<(), String> {
        Item::check(&self.client_services, "--client-service")?;
        Item::check(self.trust_domain.as_slice(), "--trust-domain")?;
        let pairs = [
            (&self.tls_certificate, &self.tls_key, "--tls-certificate and --tls-key"),
            (&self.peer_certificate, &self.peer_key, "--peer-certificate and --peer-key"),
        ];
        let half = pairs.into_iter().find(|(one, other, _)| one.is_some() != other.is_some());
        half.map_or(Ok(()), |(_, _, names)| Err(format!("{names} belong together")))
    }

    /// Which names in certificates are which systems'.
    pub(super) fn names(&self) -> Result<Names, String> {
        let given = Item::read(&self.client_services);
        let given: HashMap<_, _> = given.map(|one| (one.name.clone(), one.service.clone())).collect();
        let domain = Item::read(self.trust_domain.as_slice()).next();
        match (&self.client_ca, domain) {
            (None, _) => Ok(Names::Nobody),
            _ if !given.is_empty() => Ok(Names::Given(given)),
            (_, Some(domain)) => Ok(Names::Of(domain.clone())),
            (_, None) => Err(NO_DOMAIN.to_owned()),
        }
    }
}

/// Which system a name in certificates stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateName {
    name: String,
    service: Person,
}

impl FromStr for CertificateName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (name, service) = text.rsplit_once('=')?;
            let service = Person::parse(&format!("services/{service}"))?;
            (!name.is_empty()).then(|| Self { name: name.to_owned(), service })
        };
        read().ok_or_else(|| {
            format!("{text:?} must be NAME=SERVICE, such as crm.contoso.example=crm; {SYSTEM_FORM}")
        })
    }
}

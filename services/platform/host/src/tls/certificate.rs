//! Which system a certificate stands for: what its authority has written into it, and nothing that its bearer says.

use std::{
    collections::{BTreeSet, HashMap},
    str::FromStr,
};

use kernel::Person;
use rustls::pki_types::CertificateDer;
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, prelude::FromDer};

/// A system that has shown its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certified {
    pub(crate) service: Person,
    /// The last second in which the certificate is good.
    pub(crate) last: i64,
}

/// Which names in certificates are which systems'.
#[derive(Debug, Clone)]
pub(crate) enum Names {
    /// These alone.
    Given(HashMap<String, Person>),
    /// Those of this SPIFFE trust domain, by their paths.
    Of(TrustDomain),
    /// None: there is no authority that vouches for systems.
    Nobody,
}

/// A SPIFFE trust domain: whose `services/…` are ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustDomain(String);

impl FromStr for TrustDomain {
    type Err = String;

    /// As SPIFFE has it: 1 to 255 of `a-z`, `0-9`, `.`, `-` and `_`. So none is wild, and none has a port or an account.
    fn from_str(text: &str) -> Result<Self, String> {
        let is_of = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b".-_".contains(&c);
        let is_one = (1..=255).contains(&text.len()) && text.bytes().all(is_of);
        let form = "must be one SPIFFE trust domain, 1 to 255 of `a-z`, `0-9`, `.`, `-` and `_`, such as contoso.example";
        is_one.then(|| Self(text.to_owned())).ok_or_else(|| format!("{text:?} {form}"))
    }
}

impl Names {
    /// Whose certificate it is; nobody's when it has none of the names, or those of several.
    pub(crate) fn bearer(&self, certificate: &CertificateDer<'_>) -> Option<Certified> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        let names = certificate.subject_alternative_name().ok()??;
        let services: BTreeSet<_> =
            names.value.general_names.iter().filter_map(|name| self.service(name)).collect();
        let last = certificate.validity().not_after.timestamp();
        let mut services = services.into_iter();
        services.next().filter(|_| services.next().is_none()).map(|service| Certified { service, last })
    }

    fn service(&self, name: &GeneralName<'_>) -> Option<Person> {
        match (self, name) {
            (Self::Given(names), GeneralName::URI(name) | GeneralName::DNSName(name)) => {
                names.get(*name).cloned()
            }
            (Self::Of(domain), GeneralName::URI(name)) => domain.by_path(name),
            _ => None,
        }
    }
}

impl TrustDomain {
    /// Who is called `spiffe://{domain}/services/{id}`.
    fn by_path(&self, name: &str) -> Option<Person> {
        let (domain, path) = name.strip_prefix("spiffe://")?.split_once('/')?;
        Person::parse(path).filter(|system| domain == self.0 && system.is_service())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &Names, name: &str) -> Option<String> {
        names.service(&GeneralName::URI(name)).map(|found| found.to_string())
    }

    #[test]
    fn a_name_is_a_systems_by_its_path_in_our_own_trust_domain_alone() {
        let ours = Names::Of("contoso.example".parse().expect("a domain"));
        let crm = "spiffe://contoso.example/services/crm";
        assert_eq!(of(&ours, crm).as_deref(), Some("services/crm"));
        for other in [
            "spiffe://contoso.example/people/ada",
            "spiffe://contoso.example/ns/services/crm",
            "https://contoso.example/services/crm",
            "spiffe://services/crm",
            "spiffe://attacker.example/services/crm",
            "spiffe://contoso.example.attacker.example/services/crm",
            "spiffe://attacker@contoso.example/services/crm",
            "spiffe://contoso.example:443/services/crm",
            "spiffe://CONTOSO.example/services/crm",
            "spiffe://*/services/crm",
            "spiffe:///services/crm",
            "spiffe://contoso.example/services/crm?x",
            "spiffe://contoso.example/services/crm/",
            "spiffe://contoso.example//services/crm",
            "spiffe://contoso.example/services/%63rm",
        ] {
            assert_eq!(of(&ours, other), None, "{other}");
        }
        assert_eq!(of(&Names::Nobody, crm), None);
        assert_eq!(ours.service(&GeneralName::DNSName("crm.contoso.example")), None);
    }

    #[test]
    fn where_names_are_given_nothing_else_is_one() {
        let names = HashMap::from([("crm.contoso.example".to_owned(), Person::service("crm"))]);
        let given = Names::Given(names);
        assert_eq!(of(&given, "spiffe://contoso.example/services/crm"), None);
        assert_eq!(given.service(&GeneralName::DNSName("crm.contoso.example")), Some(Person::service("crm")));
        assert_eq!(given.service(&GeneralName::DNSName("crm2.contoso.example")), None);
    }

    #[test]
    fn a_trust_domain_is_one_and_never_all() {
        for good in ["contoso.example", "getmodern", "a_b-c.1"] {
            assert!(good.parse::<TrustDomain>().is_ok(), "{good}");
        }
        let long = "a".repeat(256);
        for bad in [
            "",
            "*",
            "*.contoso.example",
            "Contoso",
            "contoso.example:1",
            "a/b",
            "ada@b",
            "spiffe://a",
            &long,
        ] {
            assert!(bad.parse::<TrustDomain>().is_err(), "{bad}");
        }
    }
}

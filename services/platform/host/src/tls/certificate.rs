//! Which system a certificate stands for: what its authority has written into it, and nothing that its bearer says.

use std::collections::{BTreeSet, HashMap};

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
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(pub(crate) HashMap<String, Person>);

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
        match name {
            GeneralName::URI(name) if self.0.is_empty() => by_path(name),
            GeneralName::URI(name) | GeneralName::DNSName(name) => self.0.get(*name).cloned(),
            _ => None,
        }
    }
}

/// Who is called `spiffe://…/services/{id}`.
fn by_path(name: &str) -> Option<Person> {
    let (_, path) = name.strip_prefix("spiffe://")?.split_once('/')?;
    Person::parse(path).filter(Person::is_service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_systems_by_its_path_unless_names_are_given() {
        let of =
            |names: &Names, name: &str| names.service(&GeneralName::URI(name)).map(|found| found.to_string());
        let (none, crm) = (Names::default(), "spiffe://contoso.example/services/crm");
        assert_eq!(of(&none, crm).as_deref(), Some("services/crm"));
        for other in [
            "spiffe://contoso.example/people/ada",
            "spiffe://contoso.example/ns/services/crm",
            "https://contoso.example/services/crm",
            "spiffe://services/crm",
        ] {
            assert_eq!(of(&none, other), None, "{other}");
        }
        let given = Names(HashMap::from([("crm.contoso.example".to_owned(), Person::service("crm"))]));
        assert_eq!(of(&given, crm), None);
        assert_eq!(given.service(&GeneralName::DNSName("crm.contoso.example")), Some(Person::service("crm")));
        assert_eq!(given.service(&GeneralName::DNSName("crm2.contoso.example")), None);
        assert_eq!(none.service(&GeneralName::DNSName("crm.contoso.example")), None);
    }
}

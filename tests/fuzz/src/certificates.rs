//! The certificates that systems show.

use rcgen::{CertificateParams, KeyPair, SanType};

pub(crate) fn read(input: &[u8]) {
    if let Some(service) = host::fuzz::certificate(input) {
        assert!(service.starts_with("services/"), "a certificate makes {service}");
    }
}

/// A system's, that of two, and a host's.
pub(crate) fn examples() -> Vec<Vec<u8>> {
    let system = |name: &str| {
        SanType::URI(format!("spiffe://contoso.example/services/{name}").try_into().expect("a name"))
    };
    let host = SanType::DnsName("crm.contoso.example".try_into().expect("a name"));
    [vec![system("crm")], vec![system("crm"), system("erp")], vec![host]].map(certificate).to_vec()
}

fn certificate(names: Vec<SanType>) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.subject_alt_names = names;
    let key = KeyPair::generate().expect("a key");
    params.self_signed(&key).expect("signed").der().to_vec()
}

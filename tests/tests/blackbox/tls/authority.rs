//! Somebody who vouches for servers and systems, with what they vouch for in files.

use std::{fs, path::PathBuf};

use host::TlsSetting;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType, date_time_ymd};
use tempfile::TempDir;

/// Somebody who vouches.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

/// A certificate and its key, in files.
#[derive(Debug, Clone)]
pub(crate) struct Vouched {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let (key, folder) = (KeyPair::generate().expect("a key"), tempfile::tempdir().expect("a folder"));
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("signed").pem();
        fs::write(folder.path().join("ca.pem"), certificate).expect("written");
        Self { issuer: Issuer::new(params, key), folder }
    }

    /// Its own certificate.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A new certificate for these names, good until that year, in files of this name.
    pub(crate) fn vouch_until(&self, file: &str, names: &[&str], year: i32) -> Vouched {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.subject_alt_names = names.iter().map(|name| san(name)).collect();
        params.not_after = date_time_ymd(year, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).expect("signed").pem();
        let place = |end: &str| self.folder.path().join(format!("{file}.{end}"));
        let vouched = Vouched { certificate: place("pem"), key: place("key") };
        // The key first: for a moment they do not belong together.
        replace(&vouched.key, &key.serialize_pem());
        replace(&vouched.certificate, &certificate);
        vouched
    }

    pub(crate) fn vouch(&self, file: &str, names: &[&str]) -> Vouched {
        self.vouch_until(file, names, 4000)
    }

    /// The certificate of a system.
    pub(crate) fn system(&self, name: &str) -> Vouched {
        self.vouch(name, &[&format!("spiffe://contoso.example/services/{name}")])
    }

    /// How a process on this machine is told to speak TLS.
    pub(crate) fn server(&self) -> TlsSetting {
        let own = self.vouch("server", &["localhost"]);
        TlsSetting { tls_certificate: Some(own.certificate), tls_key: Some(own.key), ..TlsSetting::default() }
    }
}

/// Where the systems are that an authority vouches for.
pub(crate) fn domain<T: std::str::FromStr<Err: std::fmt::Debug>>() -> T {
    "contoso.example".parse().expect("a domain")
}

fn san(name: &str) -> SanType {
    let text = name.try_into().expect("ASCII");
    if name.contains("://") { SanType::URI(text) } else { SanType::DnsName(text) }
}

/// Puts a file in the place of another.
pub(crate) fn replace(file: &PathBuf, text: &str) {
    let new = file.with_extension("new");
    fs::write(&new, text).expect("written");
    fs::rename(new, file).expect("in place");
}

//! Certificates and keys as they are kept: PEM.

use std::path::Path;

use rustls::{
    RootCertStore,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
};

use crate::files;

/// How what is not found would look.
const AS_PEM: &str = "as PEM: `-----BEGIN …`";

/// The bytes of a file; an error names it, and the option that does.
pub(super) fn bytes(option: &str, file: &Path) -> Result<Vec<u8>, String> {
    files::bytes(file).map_err(|error| format!("{option} {error}"))
}

/// A certificate with those that vouch for it.
pub(super) fn chain(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let chain = chain.map_err(|error| format!("the certificate in it does not read: {error}"))?;
    if chain.is_empty() { Err(format!("there is no certificate in it, {AS_PEM}")) } else { Ok(chain) }
}

/// A private key.
pub(super) fn key(text: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        _ if is_encrypted(text) => {
            "the key is encrypted, and nobody is here to be asked for its password: `openssl pkey -in FILE -out OTHER` decrypts it".to_owned()
        }
        pem::Error::NoItemsFound => format!("there is no private key in it, {AS_PEM}"),
        error => format!("the private key in it does not read: {error}"),
    })
}

/// In PKCS #8's way, or in the older one of OpenSSL.
fn is_encrypted(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
}

/// The authorities in these bytes.
pub(super) fn authorities(text: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(text)? {
        let unfit =
            |error| format!("a certificate in it does not read as one that vouches for others: {error}");
        roots.add(certificate).map_err(unfit)?;
    }
    Ok(roots)
}

/// An error in the words of whoever has to mend the file, or to name another with `option`.
pub(super) fn of(option: &str, file: &Path) -> impl Fn(String) -> String {
    move |error| format!("{option} {}: {error}", file.display())
}

/// The authorities in the file `ca`, which `option` names, or those that everybody trusts.
pub(crate) fn roots(option: &str, ca: Option<&Path>) -> Result<RootCertStore, String> {
    let Some(file) = ca else { return Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()) };
    authorities(&bytes(option, file)?).map_err(of(option, file))
}

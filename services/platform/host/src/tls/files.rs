//! Certificates and keys as they are kept: PEM.

use std::path::Path;

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

pub(super) use crate::files::bytes;

/// A certificate with those that vouch for it.
pub(super) fn chain(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let chain = chain.map_err(|error| error.to_string())?;
    if chain.is_empty() { Err("there is no certificate in it".to_owned()) } else { Ok(chain) }
}

/// A private key.
pub(super) fn key(text: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(text).map_err(|error| error.to_string())
}

/// The authorities in these bytes.
pub(super) fn authorities(text: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(text)? {
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    Ok(roots)
}

/// The authorities in the file `ca`, or those that everybody trusts.
pub(crate) fn roots(ca: Option<&Path>) -> Result<RootCertStore, String> {
    let Some(file) = ca else { return Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()) };
    authorities(&bytes(file)?).map_err(|error| format!("{}: {error}", file.display()))
}

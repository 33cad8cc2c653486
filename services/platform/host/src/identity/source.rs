//! Where an issuer's keys are: behind its metadata document, at an address, or in a file.

use std::path::PathBuf;

use http::Uri;
use serde::Deserialize;

use super::{fetch::Fetch, keys::Keys};
use crate::files;

/// Where an issuer's keys are.
pub(super) enum Source {
    /// Where the issuer's metadata document says.
    Issuer(String, Fetch),
    /// At this address.
    Address(Uri, Fetch),
    /// In this file.
    File(PathBuf),
}

/// What an OpenID provider, or an OAuth authorization server, publishes about itself.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl Source {
    /// It costs nothing to look often.
    pub(super) fn is_near(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// Reads the keys, as they are now.
    pub(super) async fn keys(&self) -> Result<Keys, String> {
        match self {
            Self::Issuer(issuer, fetch) => {
                let address = discover(issuer, fetch).await?;
                read(&fetch.get(&address).await?, &address)
            }
            Self::Address(address, fetch) => read(&fetch.get(address).await?, address),
            Self::File(file) => read(&files::bytes(file)?, &file.display()),
        }
    }
}

fn read(text: &[u8], place: &dyn std::fmt::Display) -> Result<Keys, String> {
    let keys = files::decoded(text).map_err(str::to_owned).and_then(|text| Keys::read(&text));
    keys.map_err(|error| format!("{place}: {error}"))
}

/// Where the issuer says that its keys are; what speaks for another issuer says nothing.
async fn discover(issuer: &str, fetch: &Fetch) -> Result<Uri, String> {
    let place = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let place = address(&place)?;
    told(issuer, &fetch.get(&place).await?).map_err(|error| format!("{place}: {error}"))
}

/// Where its metadata document says so.
pub(super) fn told(issuer: &str, text: &[u8]) -> Result<Uri, String> {
    let metadata: Metadata =
        serde_json::from_slice(&files::decoded(text)?).map_err(|error| error.to_string())?;
    if metadata.issuer != issuer {
        let other = metadata.issuer;
        return Err(format!(
            "it is about the issuer {other:?}, and --issuer says {issuer:?}: they have to be the same"
        ));
    }
    address(&metadata.jwks_uri)
}

/// An address that tells the truth: over TLS, or on this machine.
pub(super) fn address(text: &str) -> Result<Uri, String> {
    let uri: Uri = text.parse().map_err(|_| "must be https://HOST/PATH".to_owned())?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_local = host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    match uri.scheme_str() {
        Some("https") if is_plain(&uri) => Ok(uri),
        Some("http") if is_local && is_plain(&uri) => Ok(uri),
        _ => Err("must be https://HOST/PATH, or http:// on a loopback address".to_owned()),
    }
}

/// It names a host and at most a port: no user, and nothing else that would be passed over.
fn is_plain(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let whole = uri.port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    uri.authority().is_some_and(|authority| authority.as_str() == whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_fetched_over_tls_or_from_this_machine_and_from_nowhere_that_is_not_said_plainly() {
        for good in [
            "https://login.contoso.example/keys",
            "https://login.contoso.example:8443/keys",
            "http://127.0.0.1:1/keys",
            "http://[::1]/keys",
            "http://[::01]:80",
        ] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in [
            "login.contoso.example/keys",
            "ftp://login.contoso.example/keys",
            "http://login.contoso.example/keys",
            "http://127.0.0.1.contoso.example/keys",
            "https://ada@login.contoso.example/keys",
            "https://login.contoso.example:/keys",
            "https://login.contoso.example:m1/keys",
            "https://login.contoso.example:080/keys",
            "https://login.contoso.example:65536/keys",
            "http://127.0.0.1:m1/keys",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}

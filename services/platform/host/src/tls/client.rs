//! TLS towards others. The files are read for every connection, of which there are few.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use super::{
    TlsSetting,
    files::{bytes, chain, key, of, roots},
    pinned::Pinned,
};
use crate::StartError;

/// What is said of a process on this machine that is not the one that is meant.
const OTHER: &str = "who is there has another certificate";

/// How to get to somebody.
#[derive(Debug, Clone)]
pub(crate) enum Dial {
    /// In the clear.
    Plain,
    /// To whom these authorities vouch for, in the file that an option names; with this certificate and key if any.
    Vouched { ca: Option<(&'static str, PathBuf)>, own: Option<(PathBuf, PathBuf)> },
    /// To the process that has the certificate in this file.
    Pinned(PathBuf),
}

impl TlsSetting {
    /// How to get to another process.
    pub(crate) fn elsewhere(&self, address: &Uri) -> Dial {
        if address.scheme_str() == Some("http") {
            return Dial::Plain;
        }
        let own = self.peer_certificate.clone().zip(self.peer_key.clone());
        Dial::Vouched { ca: self.peer_ca.clone().map(|ca| ("--peer-ca", ca)), own }
    }

    /// How to get to a process on this machine that is told the same.
    pub(crate) fn here(&self) -> Dial {
        self.tls_certificate.clone().map_or(Dial::Plain, Dial::Pinned)
    }
}

/// A way to the product at `address`, over TLS where there is somebody in the file `ca` who vouches for it.
pub fn way(address: SocketAddr, ca: Option<PathBuf>) -> Result<Channel, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
    let dial = ca.map_or(Dial::Plain, |ca| Dial::Vouched { ca: Some(("--ca", ca)), own: None });
    Ok(dial.channel(&endpoint))
}

impl Dial {
    /// How it speaks, in words.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Plain => "in the clear".to_owned(),
            Self::Vouched { ca: None, .. } => "over TLS".to_owned(),
            Self::Vouched { ca: Some((_, ca)), .. } => format!("over TLS, vouched for by {}", ca.display()),
            Self::Pinned(file) => format!("over TLS, with the certificate in {}", file.display()),
        }
    }

    /// A channel to whom `endpoint` names, which connects when it is first used.
    pub(crate) fn channel(&self, endpoint: &Endpoint) -> Channel {
        if matches!(self, Self::Plain) {
            return endpoint.connect_lazy();
        }
        let (dial, address) = (self.clone(), endpoint.uri().clone());
        endpoint.connect_with_connector_lazy(service_fn(move |_| {
            let (dial, address) = (dial.clone(), address.clone());
            async move { dial.connect(&address).await.map(TokioIo::new) }
        }))
    }

    async fn connect(&self, address: &Uri) -> Result<TlsStream<TcpStream>, StartError> {
        let host = address.host().unwrap_or_default().trim_matches(['[', ']']);
        let name = ServerName::try_from(host.to_owned())?;
        let config = Arc::new(self.config()?);
        let stream = TcpStream::connect((host, address.port_u16().unwrap_or(443))).await?;
        stream.set_nodelay(true)?;
        let greeted = TlsConnector::from(config).connect(name, stream).await;
        greeted.map_err(|error| if self.is_another(&error) { OTHER.into() } else { StartError::from(error) })
    }

    /// Whether the other side is not the process that has our certificate.
    fn is_another(&self, error: &io::Error) -> bool {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
        matches!((self, cause), (Self::Pinned(_), Some(rustls::Error::InvalidCertificate(_))))
    }

    fn config(&self) -> Result<ClientConfig, StartError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(Arc::clone(&provider));
        let versions = versions.with_safe_default_protocol_versions()?;
        let mut config = match self {
            Self::Plain => return Err("there is no TLS".into()),
            Self::Pinned(file) => {
                let certificate = first(file)?;
                let pinned = Arc::new(Pinned { certificate, provider });
                versions.dangerous().with_custom_certificate_verifier(pinned).with_no_client_auth()
            }
            Self::Vouched { ca, own } => {
                let (option, ca) =
                    ca.as_ref().map_or(("", None), |(option, ca)| (*option, Some(ca.as_path())));
                let versions = versions.with_root_certificates(roots(option, ca)?);
                match own {
                    Some((file, of_it)) => {
                        let (certificate, its_key) = ("--peer-certificate", "--peer-key");
                        let chain = chain(&bytes(certificate, file)?).map_err(of(certificate, file))?;
                        let key = key(&bytes(its_key, of_it)?).map_err(of(its_key, of_it))?;
                        versions.with_client_auth_cert(chain, key)?
                    }
                    None => versions.with_no_client_auth(),
                }
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }
}

fn first(file: &std::path::Path) -> Result<CertificateDer<'static>, String> {
    let option = "--tls-certificate";
    let chain = chain(&bytes(option, file)?).map_err(of(option, file))?;
    chain.into_iter().next().ok_or_else(|| "there is no certificate".to_owned())
}

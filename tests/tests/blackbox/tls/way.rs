//! The way of a caller over TLS.

use std::{net::SocketAddr, path::Path, sync::Arc};

use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::transport::{Channel, Endpoint};

use super::authority::Vouched;
use crate::wire::Wire;

/// How a caller speaks TLS.
#[derive(Clone)]
pub(crate) struct Way(TlsConnector);

impl Way {
    /// Trusts the authority in `ca`, and shows this certificate if any.
    pub(crate) fn new(ca: &Path, own: Option<&Vouched>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca).expect("a certificate")).expect("an authority");
        let provider = rustls::crypto::aws_lc_rs::default_provider().into();
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = versions.expect("versions").with_root_certificates(roots);
        let mut config = match own {
            None => config.with_no_client_auth(),
            Some(own) => {
                let chain = vec![CertificateDer::from_pem_file(&own.certificate).expect("a certificate")];
                let key = PrivateKeyDer::from_pem_file(&own.key).expect("a key");
                config.with_client_auth_cert(chain, key).expect("they belong together")
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Self(TlsConnector::from(Arc::new(config)))
    }

    /// The same, for a caller who would speak these protocols.
    pub(crate) fn speaking(&self, protocols: &[&[u8]]) -> Self {
        let mut config = ClientConfig::clone(self.0.config());
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Self(TlsConnector::from(Arc::new(config)))
    }

    pub(crate) async fn connect(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from("localhost").expect("a name");
        self.0.connect(name, TcpStream::connect(address).await?).await
    }

    /// The certificate that is shown at `address`.
    pub(crate) async fn shown(&self, address: SocketAddr) -> Option<Vec<u8>> {
        let stream = self.connect(address).await.ok()?;
        Some(stream.get_ref().1.peer_certificates()?.first()?.to_vec())
    }

    pub(crate) fn channel(&self, address: SocketAddr) -> Channel {
        let way = self.clone();
        let endpoint = Endpoint::from_static("http://localhost");
        endpoint.connect_with_connector_lazy(tower::service_fn(move |_| {
            let way = way.clone();
            async move { way.connect(address).await.map(TokioIo::new) }
        }))
    }

    pub(crate) fn wire(&self, address: SocketAddr) -> Wire {
        Wire::on(self.channel(address))
    }
}

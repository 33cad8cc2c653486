//! TLS for those who do not speak it: what is said to a tunnel goes on in TLS, from the address that it came from.

use std::{fs, net::SocketAddr, path::PathBuf, sync::Arc};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::CertificateDer};
use tempfile::TempDir;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpSocket, TcpStream},
};
use tokio_rustls::TlsConnector;

/// A server's certificate, and those who trust it.
pub struct Tunnel {
    folder: TempDir,
    connector: TlsConnector,
}

impl Tunnel {
    /// Makes one.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        fs::write(folder.path().join("server.pem"), cert.pem()).expect("written");
        fs::write(folder.path().join("server.key"), signing_key.serialize_pem()).expect("written");
        Self { folder, connector: trusting(cert.der()) }
    }

    /// The settings by which a process has the certificate.
    #[must_use]
    pub fn files(&self) -> [(&'static str, PathBuf); 2] {
        let file = |name| self.folder.path().join(name);
        [("GETMODERN_TLS_CERTIFICATE", file("server.pem")), ("GETMODERN_TLS_KEY", file("server.key"))]
    }

    /// Where to speak in the clear with what listens at `to`, for as long as this runtime lives.
    ///
    /// # Panics
    /// When there is no port to be had.
    pub async fn to(&self, to: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (address, connector) = (listener.local_addr().expect("an address"), self.connector.clone());
        tokio::spawn(async move {
            while let Ok((near, from)) = listener.accept().await {
                tokio::spawn(pass(near, from, to, connector.clone()));
            }
        });
        address
    }
}

impl Default for Tunnel {
    fn default() -> Self {
        Self::new()
    }
}

fn trusting(certificate: &CertificateDer<'static>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).expect("a certificate");
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into());
    let config = config.with_safe_default_protocol_versions().expect("versions");
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsConnector::from(Arc::new(config))
}

async fn pass(
    mut near: TcpStream,
    from: SocketAddr,
    to: SocketAddr,
    connector: TlsConnector,
) -> std::io::Result<()> {
    near.set_nodelay(true)?;
    let socket = TcpSocket::new_v4()?;
    socket.bind((from.ip(), 0).into())?;
    let far = socket.connect(to).await?;
    far.set_nodelay(true)?;
    let name = "localhost".try_into().map_err(std::io::Error::other)?;
    let mut far = connector.connect(name, far).await?;
    copy_bidirectional(&mut near, &mut far).await.map(drop)
}

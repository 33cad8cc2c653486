//! TLS towards callers: the handshake, and certificates that change while calls go on.

use std::{
    io::Cursor,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, join, split},
    net::TcpStream,
    time::sleep,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    Certified, Names, TlsSetting,
    files::{authorities, bytes, chain, key, of},
};

/// What names the files.
const CERTIFICATE: &str = "--tls-certificate";
const KEY: &str = "--tls-key";
const CA: &str = "--client-ca";
/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// TLS towards callers.
pub(crate) struct Server {
    files: Files,
    names: Names,
    current: RwLock<(Contents, Arc<ServerConfig>)>,
}

struct Files {
    certificate: PathBuf,
    key: PathBuf,
    client_ca: Option<PathBuf>,
    /// What may be spoken.
    protocols: &'static [&'static [u8]],
}

#[derive(PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl Server {
    /// As `setting` says, for callers who speak one of `protocols`; none where it says nothing.
    pub(crate) fn begin(
        setting: &TlsSetting,
        protocols: &'static [&'static [u8]],
    ) -> Result<Option<Arc<Self>>, String> {
        setting.check()?;
        let (Some(certificate), Some(key)) = (setting.tls_certificate.clone(), setting.tls_key.clone())
        else {
            return Ok(None);
        };
        let files = Files { certificate, key, client_ca: setting.client_ca.clone(), protocols };
        let contents = files.read()?;
        let config = contents.config(&files)?;
        let current = RwLock::new((contents, Arc::new(config)));
        Ok(Some(Arc::new(Self { files, names: setting.names()?, current })))
    }

    /// Takes the files up when they change; what does not fit together, as halfway through a change, is passed over.
    pub(crate) async fn keep(self: Arc<Self>) {
        let mut told = None;
        loop {
            sleep(LOOK_EVERY).await;
            let failed = self.renew().err();
            if let Some(error) = failed.as_ref().filter(|_| failed != told) {
                tracing::warn!(error, "a changed certificate cannot be used; the last one stays");
            }
            told = failed;
        }
    }

    fn renew(&self) -> Result<(), String> {
        let contents = self.files.read()?;
        if self.current.read().unwrap_or_else(PoisonError::into_inner).0 == contents {
            return Ok(());
        }
        let config = Arc::new(contents.config(&self.files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = (contents, config);
        Ok(())
    }

    /// Shakes hands with a caller, and tells which system it is, if it is one.
    pub(crate) async fn greet(
        &self,
        stream: TcpStream,
    ) -> std::io::Result<(TlsStream<TcpStream>, Option<Certified>)> {
        let config = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).1);
        let stream = TlsAcceptor::from(config).accept(stream).await?;
        let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let certified = shown.and_then(|certificate| self.names.bearer(certificate));
        Ok((stream, certified))
    }
}

impl Files {
    fn read(&self) -> Result<Contents, String> {
        Ok(Contents {
            certificate: bytes(CERTIFICATE, &self.certificate)?,
            key: bytes(KEY, &self.key)?,
            client_ca: self.client_ca.as_deref().map(|file| bytes(CA, file)).transpose()?,
        })
    }
}

impl Files {
    /// Why certificate and key, each of which reads, do not do.
    fn unfit(&self, error: &rustls::Error) -> String {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        match error {
            rustls::Error::InconsistentKeys(_) => {
                format!(
                    "{CERTIFICATE} {certificate} and {KEY} {key} do not belong together: the key is another's"
                )
            }
            rustls::Error::InvalidCertificate(why) => {
                format!("{CERTIFICATE} {certificate}: the certificate in it does not read: {why}")
            }
            error => format!("{KEY} {key}: {error}"),
        }
    }
}

impl Contents {
    /// The settings of these contents of `files`; an error names the one that is to be mended.
    fn config(&self, files: &Files) -> Result<ServerConfig, String> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = self.verifier(files, &provider)?;
        let chain = chain(&self.certificate).map_err(of(CERTIFICATE, &files.certificate))?;
        let key = key(&self.key).map_err(of(KEY, &files.key))?;
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key);
        let mut config = config.map_err(|error| files.unfit(&error))?;
        config.alpn_protocols = files.protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(config)
    }

    /// Who vouches for callers; a caller need not have a certificate, but a bad one is worse than none.
    fn verifier(
        &self,
        files: &Files,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, String> {
        let (Some(ca), Some(file)) = (&self.client_ca, &files.client_ca) else {
            return Ok(WebPkiClientVerifier::no_client_auth());
        };
        let roots = Arc::new(authorities(ca).map_err(of(CA, file))?);
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider));
        verifier.allow_unauthenticated().build().map_err(|error| error.to_string())
    }
}

/// Reads what a caller says first, if it is `expected`, and gives the stream back as if nobody had.
pub(crate) async fn expect(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    expected: &[u8],
) -> Option<impl AsyncRead + AsyncWrite> {
    let mut said = vec![0; expected.len()];
    stream.read_exact(&mut said).await.ok().filter(|_| said == expected)?;
    let (read, write) = split(stream);
    Some(join(Cursor::new(said).chain(read), write))
}

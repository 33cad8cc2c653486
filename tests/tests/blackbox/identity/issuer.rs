//! An OpenID provider as Microsoft Entra ID is one: HTTPS, a metadata document, and keys that change.

use std::{
    convert::Infallible,
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use bytes::Bytes;
use getmodern::client::Actor;
use host::IdentitySetting;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer as Authority, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

use super::signer::{AUDIENCE, Signer, claims};

/// What Microsoft Entra ID publishes about itself, for a tenant, with other names of hosts.
const METADATA: &str = include_str!("entra.json");
const HOST: &str = "https://login.contoso.example";

/// An OpenID provider.
pub(crate) struct Issuer {
    pub(crate) name: String,
    folder: TempDir,
    shown: Arc<Shown>,
    serving: JoinHandle<()>,
}

/// What it shows those who ask.
#[derive(Default)]
struct Shown {
    metadata: Mutex<String>,
    keys: Mutex<Vec<Value>>,
    is_away: AtomicBool,
    is_silent: AtomicBool,
    approaches: AtomicUsize,
    asked_for_keys: AtomicUsize,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Issuer {
    /// One who publishes this key.
    pub(crate) async fn with(signer: &Signer) -> Self {
        Self::called("localhost", signer).await
    }

    /// One whose address has this name in it, whatever it takes to reach that.
    pub(crate) async fn called(host: &str, signer: &Signer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let folder = tempfile::tempdir().expect("a folder");
        let (authority, acceptor) = certified(host);
        fs::write(folder.path().join("ca.pem"), authority).expect("written");
        let metadata = METADATA.replace(HOST, &format!("https://{host}:{}", address.port()));
        let name = serde_json::from_str::<Value>(&metadata).expect("JSON")["issuer"]
            .as_str()
            .expect("a name")
            .to_owned();
        let shown = Arc::new(Shown { metadata: Mutex::new(metadata), ..Shown::default() });
        let serving = tokio::spawn(serve(listener, acceptor, Arc::clone(&shown)));
        let issuer = Self { name, folder, shown, serving };
        issuer.publish(&[signer]);
        issuer
    }

    /// Publishes these keys and no others.
    pub(crate) fn publish(&self, signers: &[&Signer]) {
        *self.shown.keys.lock().expect("whole") = signers.iter().map(|signer| signer.public()).collect();
    }

    /// Whether it answers that it cannot.
    pub(crate) fn be_away(&self, away: bool) {
        self.shown.is_away.store(away, SeqCst);
    }

    /// Whether it takes questions and answers none.
    pub(crate) fn be_silent(&self, silent: bool) {
        self.shown.is_silent.store(silent, SeqCst);
    }

    /// Speaks for another issuer from now on.
    pub(crate) fn speak_for(&self, other: &str) {
        let mut metadata = self.shown.metadata.lock().expect("whole");
        *metadata = metadata.replace(&self.name, other);
    }

    pub(crate) fn asked_for_keys(&self) -> usize {
        self.shown.asked_for_keys.load(SeqCst)
    }

    /// How often somebody connected, or asked something.
    pub(crate) fn approaches(&self) -> usize {
        self.shown.approaches.load(SeqCst)
    }

    /// How a product is told to trust it.
    pub(crate) fn setting(&self) -> IdentitySetting {
        IdentitySetting {
            issuer: Some(self.name.clone()),
            audience: Some(AUDIENCE.to_owned()),
            issuer_ca: Some(self.folder.path().join("ca.pem")),
            ..IdentitySetting::default()
        }
    }

    /// Claims of its that let somebody in, for as many seconds.
    pub(crate) fn claims(&self, who: Actor, seconds: i64) -> Value {
        claims(&self.name, who, seconds)
    }
}

/// A certificate for `host`, and the authority that vouches for it.
fn certified(host: &str) -> (String, TlsAcceptor) {
    let [authority, own] = [(); 2].map(|()| KeyPair::generate().expect("a key"));
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = params.self_signed(&authority).expect("signed").pem();
    let leaf = CertificateParams::new([host.to_owned()]).expect("parameters");
    let leaf = leaf.signed_by(&own, &Authority::new(params, authority)).expect("signed");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der()));
    let provider = rustls::crypto::aws_lc_rs::default_provider().into();
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.expect("versions").with_no_client_auth();
    let config = config.with_single_cert(vec![leaf.der().clone()], key).expect("a certificate");
    (root, TlsAcceptor::from(Arc::new(config)))
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, shown: Arc<Shown>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        shown.approaches.fetch_add(1, SeqCst);
        let (acceptor, shown) = (acceptor.clone(), Arc::clone(&shown));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let answer = service_fn(async |request| {
                let answer = shown.answer(&request);
                if shown.is_silent.load(SeqCst) {
                    std::future::pending::<()>().await;
                }
                Ok::<_, Infallible>(answer)
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

impl Shown {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        self.approaches.fetch_add(1, SeqCst);
        let is_away = self.is_away.load(SeqCst);
        let (status, body) = if path.ends_with("/discovery/v2.0/keys") {
            self.asked_for_keys.fetch_add(1, SeqCst);
            (200, json!({ "keys": *self.keys.lock().expect("whole") }).to_string())
        } else if path.ends_with("/v2.0/.well-known/openid-configuration") {
            (200, self.metadata.lock().expect("whole").clone())
        } else {
            (404, String::new())
        };
        let status = if is_away { 503 } else { status };
        Response::builder().status(status).body(Full::from(body)).expect("an answer")
    }
}

//! Asking an issuer: HTTPS with a bound on time and size, and nobody's redirects.

use std::{path::Path, time::Duration};

use http::{StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use rustls::{ClientConfig, crypto::aws_lc_rs};
use tokio::time::timeout;

use super::way::Way;
use crate::{causes, tls::roots};

const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer.
const MOST: usize = 1024 * 1024;

/// Asks issuers for what they publish.
#[derive(Clone)]
pub(super) struct Fetch(Client<HttpsConnector<Way>, Empty<Bytes>>);

impl Fetch {
    /// Trusts the authorities in the file `ca` alone, or those that everybody trusts.
    pub(super) fn new(ca: Option<&Path>) -> Result<Self, String> {
        let provider = aws_lc_rs::default_provider().into();
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let roots = roots("--issuer-ca", ca)?;
        let config =
            versions.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector.wrap_connector(Way::from_env()))))
    }

    /// What is at `uri`.
    pub(super) async fn get(&self, uri: &Uri) -> Result<Bytes, String> {
        let asked = timeout(PATIENCE, self.ask(uri.clone())).await;
        asked
            .unwrap_or_else(|_| Err("there was no answer in time".to_owned()))
            .map_err(|error| format!("{uri}: {error}"))
    }

    async fn ask(&self, uri: Uri) -> Result<Bytes, String> {
        let answer = self.0.get(uri).await.map_err(|error| causes(&error))?;
        if answer.status() != StatusCode::OK {
            return Err(format!("the answer is {}", answer.status()));
        }
        let body = Limited::new(answer.into_body(), MOST).collect().await;
        body.map(http_body_util::Collected::to_bytes).map_err(|error| error.to_string())
    }
}

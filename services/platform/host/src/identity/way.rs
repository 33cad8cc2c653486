//! The way to an issuer: straight, or through the proxy that `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name as curl reads them.

use std::{
    error::Error,
    net::IpAddr,
    sync::Arc,
    task::{Context, Poll},
};

use futures::{FutureExt, TryFutureExt, future::BoxFuture};
use http::{Uri, uri::Scheme};
use hyper_util::{
    client::{
        legacy::connect::{HttpConnector, proxy::Tunnel},
        proxy::matcher::{Intercept, Matcher},
    },
    rt::TokioIo,
};
use tokio::net::TcpStream;
use tower::Service;

/// Connects to issuers. Cheap to clone.
#[derive(Clone)]
pub(super) struct Way {
    proxies: Arc<Matcher>,
    straight: HttpConnector,
}

impl Way {
    /// Goes as the environment says.
    pub(super) fn from_env() -> Self {
        let mut straight = HttpConnector::new();
        // TLS is spoken on what it connects, so it is asked for `https` too.
        straight.enforce_http(false);
        Self { proxies: Matcher::from_env().into(), straight }
    }

    /// The proxy on the way to `uri`; there is none on the way to this machine, and an address without TLS is on it.
    fn proxy(&self, uri: &Uri) -> Option<Intercept> {
        let is_elsewhere = uri.scheme() == Some(&Scheme::HTTPS) && !is_here(uri.host().unwrap_or_default());
        self.proxies.intercept(uri).filter(|_| is_elsewhere)
    }
}

fn is_here(host: &str) -> bool {
    let address: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl Service<Uri> for Way {
    type Response = TokioIo<TcpStream>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.straight.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Some(proxy) = self.proxy(&uri) else {
            return self.straight.call(uri).map_err(Into::into).boxed();
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.straight.clone());
        if let Some(login) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(login.clone());
        }
        let place = proxy.uri().authority().map(ToString::to_string).unwrap_or_default();
        tunnel.call(uri).map_err(move |error| format!("the proxy {place}: {error}").into()).boxed()
    }
}

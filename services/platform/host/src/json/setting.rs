//! Where JSON is answered, and whose pages may ask.

use std::net::SocketAddr;

use clap::Args;
use tokio::net::TcpListener;

use super::Origin;
use crate::{Item, StartError, settings::listen_address};

/// Where JSON is answered, and whose pages may ask.
#[derive(Debug, Clone, Default, Args)]
pub struct HttpSetting {
    /// Where to answer JSON over HTTP/1.1 and HTTP/2, by Connect's protocol: an address, or a port on the loopback address; nowhere
    /// unless it is said.
    #[arg(long, env = "GETMODERN_HTTP", value_name = "[ADDRESS:]PORT", value_parser = listen_address)]
    pub http: Option<SocketAddr>,

    /// An origin whose pages may ask there from a browser, such as `https://contoso.example`; may be repeated. Otherwise none may.
    #[arg(
        long = "http-origin",
        env = "GETMODERN_HTTP_ORIGINS",
        value_delimiter = ',',
        value_name = "ORIGIN"
    )]
    pub http_origins: Vec<Item<Origin>>,
}

impl HttpSetting {
    /// Refuses origins that do not read, or that nobody asks from.
    pub(crate) fn check(&self) -> Result<(), String> {
        Item::check(&self.http_origins, "--http-origin")?;
        let is_idle = self.http.is_none() && Item::read(&self.http_origins).next().is_some();
        if is_idle {
            Err("--http-origin needs --http, which says where JSON is answered".to_owned())
        } else {
            Ok(())
        }
    }

    pub(crate) async fn bind(&self) -> Result<Option<TcpListener>, StartError> {
        let Some(at) = self.http else { return Ok(None) };
        let socket = TcpListener::bind(at).await;
        let socket = socket.map_err(|error| format!("cannot listen at {at}: {error}; --http says where"))?;
        Ok(Some(socket))
    }
}

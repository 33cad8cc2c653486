//! The way to a collector, in the clear or over TLS: what speaks OTLP for each signal.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use hyper_rustls::HttpsConnectorBuilder;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_otlp::{
    LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig, WithTonicConfig,
};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tonic::transport::{Certificate, ClientTlsConfig};

use super::signal::{Signal, variable};
use crate::{StartError, files, tls::roots};

/// Builds what sends a signal as the variables say.
macro_rules! exporter {
    ($exporter:ident, $signal:expr) => {{
        let (signal, authority) = ($signal, authority($signal));
        match signal.protocol()? {
            Protocol::Grpc => {
                $exporter::builder().with_tonic().with_tls_config(over_grpc(authority.as_deref())?).build()?
            }
            protocol => {
                let connector = HttpsConnectorBuilder::new()
                    .with_tls_config(over_http(authority.as_deref())?)
                    .https_or_http()
                    .enable_http1()
                    .build();
                let client = HyperClient::new(connector, signal.limit(), None);
                $exporter::builder().with_http().with_protocol(protocol).with_http_client(client).build()?
            }
        }
    }};
}

/// What sends spans.
pub(super) fn spans() -> Result<SpanExporter, StartError> {
    Ok(exporter!(SpanExporter, Signal::Traces))
}

/// What sends metrics.
pub(super) fn metrics() -> Result<MetricExporter, StartError> {
    Ok(exporter!(MetricExporter, Signal::Metrics))
}

/// What sends log records.
pub(super) fn logs() -> Result<LogExporter, StartError> {
    Ok(exporter!(LogExporter, Signal::Logs))
}

/// The file with who vouches for the collector, if a variable names one; else those that browsers trust do.
fn authority(signal: Signal) -> Option<PathBuf> {
    signal.option("CERTIFICATE", variable).map(PathBuf::from)
}

/// Those in the file; an error says which variable named it.
fn trusted(authority: Option<&Path>) -> Result<RootCertStore, String> {
    roots("OTEL_EXPORTER_OTLP_CERTIFICATE", authority)
}

fn over_grpc(authority: Option<&Path>) -> Result<ClientTlsConfig, StartError> {
    trusted(authority)?;
    Ok(match authority {
        Some(file) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(files::bytes(file)?)),
        None => ClientTlsConfig::new().with_webpki_roots(),
    })
}

fn over_http(authority: Option<&Path>) -> Result<ClientConfig, StartError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(trusted(authority)?).with_no_client_auth())
}

//! The way to a collector, in the clear or over TLS: what speaks OTLP for each signal.

use std::{fs, sync::Arc};

use hyper_rustls::{ConfigBuilderExt, HttpsConnectorBuilder};
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_otlp::{
    LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig, WithTonicConfig,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use tonic::transport::{Certificate, ClientTlsConfig};

use super::signal::{Signal, variable};
use crate::StartError;

/// Builds what sends a signal as the variables say.
macro_rules! exporter {
    ($exporter:ident, $signal:expr) => {{
        let (signal, authority) = ($signal, authority($signal)?);
        match signal.protocol()? {
            Protocol::Grpc => {
                $exporter::builder().with_tonic().with_tls_config(over_grpc(authority.as_deref())).build()?
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

/// The certificates of who vouches for the collector, if a variable names them; else those that browsers trust do.
fn authority(signal: Signal) -> Result<Option<Vec<u8>>, String> {
    let Some(path) = signal.option("CERTIFICATE", variable) else { return Ok(None) };
    fs::read(&path).map(Some).map_err(|error| format!("OTEL_EXPORTER_OTLP_CERTIFICATE: {path}: {error}"))
}

fn over_grpc(authority: Option<&[u8]>) -> ClientTlsConfig {
    match authority {
        Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
        None => ClientTlsConfig::new().with_webpki_roots(),
    }
}

fn over_http(authority: Option<&[u8]>) -> Result<ClientConfig, StartError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let Some(pem) = authority else { return Ok(config.with_webpki_roots().with_no_client_auth()) };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.map_err(|error| format!("OTEL_EXPORTER_OTLP_CERTIFICATE: {error}"))?)?;
    }
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

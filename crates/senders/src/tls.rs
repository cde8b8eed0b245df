//! TLS towards receivers: version 1.2 or newer, the web's root certificates, HTTP/1.1 only. Verification
//! cannot be switched off.

use std::io;
use std::sync::Arc;

use domain::attempt::{Failure, FailureCode};
use domain::target::Host;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use crate::settings::SetupError;

/// The TLS side of all connections.
pub(crate) fn connector(extra_roots_pem: Option<&[u8]>) -> Result<TlsConnector, SetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(extra_roots_pem)?)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

fn roots(extra_pem: Option<&[u8]>) -> Result<RootCertStore, SetupError> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let Some(pem) = extra_pem else { return Ok(roots) };
    let refused = |error: &dyn std::fmt::Display| SetupError::ExtraRoots(error.to_string());
    let mut found = false;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.map_err(|error| refused(&error))?).map_err(|error| refused(&error))?;
        found = true;
    }
    if found { Ok(roots) } else { Err(refused(&"there is no certificate in the PEM")) }
}

/// The name that the receiver's certificate must be for.
pub(crate) fn server_name(host: &Host) -> Result<ServerName<'static>, Failure> {
    match host {
        Host::Ip(address) => Ok(ServerName::IpAddress((*address).into())),
        Host::Name(name) => ServerName::try_from(name.to_string())
            .map_err(|_| Failure::new(FailureCode::TlsFailed, "No certificate can be for this host name.")),
    }
}

/// The failure behind an error of a TLS stream, if it is one of TLS.
pub(crate) fn failure(error: &io::Error) -> Option<Failure> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match error {
        rustls::Error::InvalidCertificate(reason) => {
            Failure::new(FailureCode::TlsCertificate, certificate(reason))
        }
        rustls::Error::InvalidMessage(_) => {
            Failure::new(FailureCode::TlsFailed, "What came is not TLS; is it an http port?")
        }
        other => Failure::new(FailureCode::TlsFailed, format!("TLS failed: {other}.")),
    })
}

fn certificate(reason: &CertificateError) -> String {
    use CertificateError as Reason;
    let words = match reason {
        Reason::Expired | Reason::ExpiredContext { .. } => "has expired",
        Reason::NotValidYet | Reason::NotValidYetContext { .. } => "is not valid yet",
        Reason::NotValidForName | Reason::NotValidForNameContext { .. } => "is for another name",
        Reason::UnknownIssuer => "was not issued by an authority that is trusted here",
        Reason::Revoked => "was revoked",
        other => return format!("The receiver's certificate is not valid: {other}."),
    };
    format!("The receiver's certificate {words}.")
}

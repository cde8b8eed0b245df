//! TLS towards receivers: version 1.2 or newer, the web's root certificates, HTTP/1.1 only. Verification
//! cannot be switched off.

use std::io;
use std::sync::Arc;

use domain::attempt::{Failure, FailureCode};
use domain::receiver_auth::Identity;
use domain::target::Host;
use rustls::client::{Resumption, WantsClientCert};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{CertificateError, ClientConfig, ConfigBuilder, RootCertStore};
use tokio_rustls::TlsConnector;

use crate::settings::SetupError;

/// What all handshakes have in common, and the client of those without a certificate of ours.
pub(crate) struct Tls {
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    /// For receivers that do not ask who we are.
    pub(crate) anonymous: Client,
}

/// Who we are in handshakes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) connector: TlsConnector,
    /// The fingerprint of our certificate, if there is one.
    pub(crate) identity: Option<[u8; 32]>,
}

/// Sessions that a client with a certificate keeps for resumption: it calls one receiver, or few.
const SESSIONS_MAX: usize = 8;

impl Tls {
    /// Trusts the web's own certificates, and these.
    pub(crate) fn new(extra_roots_pem: Option<&[u8]>) -> Result<Self, SetupError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = Arc::new(roots(extra_roots_pem)?);
        let config = builder(&provider, &roots)?.with_no_client_auth();
        let anonymous = Client { connector: connector(config), identity: None };
        Ok(Self { provider, roots, anonymous })
    }

    /// A client with this certificate. The error is why there can be none, as a sentence.
    pub(crate) fn identified(&self, identity: &Identity) -> Result<Client, String> {
        let chain = CertificateDer::pem_slice_iter(identity.certificate_pem().as_bytes());
        let chain = chain.collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| format!("The client certificate cannot be read: {error}."))?;
        let key = PrivateKeyDer::from_pem_slice(identity.expose_key_pem().as_bytes())
            .map_err(|_| "The key of the client certificate cannot be read.")?;
        let builder =
            builder(&self.provider, &self.roots).map_err(|error| format!("TLS failed: {error}."))?;
        let mut config = builder.with_client_auth_cert(chain, key).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                "The key does not belong to the client certificate.".to_owned()
            }
            error => format!("The client certificate cannot be used: {error}."),
        })?;
        config.resumption = Resumption::in_memory_sessions(SESSIONS_MAX);
        Ok(Client { connector: connector(config), identity: Some(*identity.fingerprint()) })
    }
}

fn builder(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider));
    Ok(builder.with_safe_default_protocol_versions()?.with_root_certificates(Arc::clone(roots)))
}

fn connector(mut config: ClientConfig) -> TlsConnector {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
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

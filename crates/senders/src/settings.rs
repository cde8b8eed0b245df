//! What an operator can set about sending.

use std::net::SocketAddr;
use std::time::Duration;

use domain::address::Networks;
use domain::limits;

/// How requests are sent.
#[derive(Clone, Debug)]
pub struct Settings {
    /// One attempt from resolving the name to the last byte of the body.
    pub attempt_time: Duration,
    /// TCP and TLS handshakes together, within the attempt's time.
    pub connect_time: Duration,
    /// Networks that may be called although they are not public.
    pub opened: Networks,
    /// Name servers to ask; those of the system if there are none here.
    pub dns_servers: Vec<SocketAddr>,
    /// Certificates in PEM that are trusted besides the web's own.
    pub extra_roots_pem: Option<Vec<u8>>,
    /// The `user-agent` header of each request.
    pub user_agent: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            attempt_time: limits::ATTEMPT_TIME_DEFAULT,
            connect_time: limits::CONNECT_TIME_MAX,
            opened: Networks::default(),
            dns_servers: Vec::new(),
            extra_roots_pem: None,
            user_agent: concat!("Whimbrel/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// The settings cannot be used; the text names the setting.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The extra roots are not certificates.
    #[error("the extra root certificates cannot be used: {0}")]
    ExtraRoots(String),
    /// The user agent is not a header's value.
    #[error("the user agent cannot be sent in a header")]
    UserAgent,
    /// The name resolver cannot be made.
    #[error("names cannot be resolved with these name servers: {0}")]
    Resolver(String),
    /// The TLS library refuses its configuration.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

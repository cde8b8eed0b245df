//! Where an endpoint is called: a URL that was parsed once. What is stored, shown, judged and connected to is
//! its one canonical form, so that no second parser can see another host in it.
//!
//! It never resolves a name: the addresses behind a name are judged when the connection is made.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use icu_normalizer::ComposingNormalizerBorrowed;
use url::Url;

use crate::address::{self, Networks};
use crate::limits::URL_BYTES_MAX;

mod refused;
pub use refused::TargetRefused;

/// The canonical URL of a receiver. Cheap to clone.
#[derive(Clone)]
pub struct Target(Arc<Parts>);

struct Parts {
    text: String,
    is_tls: bool,
    host: Host,
    port: u16,
    /// Where the path begins in `text`; the authority stands before it.
    path_start: usize,
}

/// The host of a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A full domain name in lower-case ASCII, without a dot at its end.
    Name(Arc<str>),
    /// A literal address.
    Ip(IpAddr),
}

impl Target {
    /// Reads the URL of a new endpoint and makes its canonical form. `opened` are the operator's networks.
    pub fn parse(text: &str, opened: &Networks) -> Result<Target, TargetRefused> {
        let target = read(text)?;
        target.permit(opened)?;
        Ok(target)
    }

    /// Reads a stored URL again. Whether it may be called is for the sender to ask ([`Target::permit`]),
    /// because the operator may have opened or closed networks since.
    pub fn stored(text: &str) -> Result<Target, TargetRefused> {
        let target = read(text)?;
        if target.as_str() == text { Ok(target) } else { Err(TargetRefused::NotCanonical) }
    }

    /// Whether the URL may be called, as far as it says itself: its literal address, its name, its port.
    pub fn permit(&self, opened: &Networks) -> Result<(), TargetRefused> {
        let is_opened = self.is_opened(opened);
        match &self.0.host {
            Host::Ip(address) => address::judge(*address, opened).map_err(TargetRefused::IpNotPublic)?,
            Host::Name(name) if is_special_use(name) && !is_opened => return Err(TargetRefused::SpecialUse),
            Host::Name(_) => {}
        }
        let callable = if is_opened { self.0.port != 0 } else { is_web_port(self.0.port) };
        if callable { Ok(()) } else { Err(TargetRefused::Port(self.0.port)) }
    }

    /// Whether it lies in a network that the operator opened, as far as the URL says itself.
    pub fn is_opened(&self, opened: &Networks) -> bool {
        match &self.0.host {
            Host::Ip(address) => opened.contains(*address),
            Host::Name(name) => is_localhost(name) && opened.contain_loopback(),
        }
    }

    /// The canonical URL.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Whether it is `https`.
    pub fn is_tls(&self) -> bool {
        self.0.is_tls
    }

    /// Its host.
    pub fn host(&self) -> &Host {
        &self.0.host
    }

    /// Its port, written or by scheme.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Host and port as the `Host` header wants them: the port only if it is not the scheme's own.
    pub fn authority(&self) -> &str {
        &self.0.text[scheme(self.0.is_tls).len()..self.0.path_start]
    }

    /// The request's target: path and query, beginning with a slash.
    pub fn path_and_query(&self) -> &str {
        &self.0.text[self.0.path_start..]
    }
}

fn scheme(is_tls: bool) -> &'static str {
    if is_tls { "https://" } else { "http://" }
}

/// Everything that the text alone decides. The order of the checks is the order of the reasons that
/// callers see: what confuses parsers first, then what the one parser found.
fn read(text: &str) -> Result<Target, TargetRefused> {
    if text.len() > URL_BYTES_MAX {
        return Err(TargetRefused::TooLong);
    }
    if text.chars().any(|char| char.is_control() || char == ' ') {
        return Err(TargetRefused::ControlOrSpace);
    }
    if text.contains('\\') {
        return Err(TargetRefused::Backslash);
    }
    let url = Url::parse(text).map_err(|error| TargetRefused::Invalid(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(TargetRefused::Scheme);
    }
    let host = read_host(&url, written_host(text, url.scheme())?)?;
    canonical(&url, host)
}

/// The host as it was written. The text is known to be a URL of this scheme.
fn written_host<'a>(text: &'a str, scheme: &str) -> Result<&'a str, TargetRefused> {
    let after_scheme = &text[scheme.len() + 1..];
    let rest = after_scheme.strip_prefix("//").filter(|rest| !rest.starts_with('/'));
    let rest = rest.ok_or(TargetRefused::NotAbsolute)?;
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    if authority.contains('@') {
        return Err(TargetRefused::Userinfo);
    }
    let host_end = match authority.rfind(']') {
        Some(bracket) => bracket + 1,
        None => authority.rfind(':').unwrap_or(authority.len()),
    };
    let host = &authority[..host_end];
    if host.contains('%') { Err(TargetRefused::PercentInHost) } else { Ok(host) }
}

fn read_host(url: &Url, written: &str) -> Result<Host, TargetRefused> {
    let address: IpAddr = match url.host() {
        None => return Err(TargetRefused::Invalid("the host is empty".to_owned())),
        Some(url::Host::Domain(name)) => return read_name(name, written),
        Some(url::Host::Ipv4(address)) => address.into(),
        Some(url::Host::Ipv6(address)) => address.into(),
    };
    let canonical = written == address_text(address);
    if canonical { Ok(Host::Ip(address)) } else { Err(TargetRefused::NonCanonicalIp(address)) }
}

fn address_text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

fn read_name(name: &str, written: &str) -> Result<Host, TargetRefused> {
    // Case and punycode are spellings that people use; compatibility characters only deceive them.
    if !ComposingNormalizerBorrowed::new_nfkc().is_normalized(written) {
        return Err(TargetRefused::HostChanges);
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.len() > 253 || name.split('.').any(|label| !(1..=63).contains(&label.len())) {
        return Err(TargetRefused::DnsLength);
    }
    let is_host_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !name.bytes().all(is_host_byte) {
        return Err(TargetRefused::Invalid("the host has a character that names do not have".to_owned()));
    }
    Ok(Host::Name(name.into()))
}

fn canonical(url: &Url, host: Host) -> Result<Target, TargetRefused> {
    let is_tls = url.scheme() == "https";
    let default_port = if is_tls { 443 } else { 80 };
    let port = url.port().unwrap_or(default_port);
    let mut text = scheme(is_tls).to_owned();
    match &host {
        Host::Name(name) => text.push_str(name),
        Host::Ip(address) => text.push_str(&address_text(*address)),
    }
    if port != default_port {
        text.push_str(&format!(":{port}"));
    }
    let path_start = text.len();
    text.push_str(url.path());
    if let Some(query) = url.query() {
        text.push('?');
        text.push_str(query);
    }
    if text.len() > URL_BYTES_MAX {
        return Err(TargetRefused::TooLong);
    }
    Ok(Target(Arc::new(Parts { text, is_tls, host, port, path_start })))
}

/// Last labels that the public name system does not lead to (RFC 6761, 6762 appendix G, 7686, 8375, 9476) or
/// that networks of containers and virtual machines use for themselves. `example` is not among them, because
/// documentation and demonstrations use it and it resolves nowhere.
const SPECIAL_LABELS: [&str; 15] = [
    "alt",
    "arpa",
    "corp",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "svc",
    "test",
];

/// A single label is special as well: each network completes it in its own way.
fn is_special_use(name: &str) -> bool {
    name.rsplit_once('.').is_none_or(|(_, last)| SPECIAL_LABELS.contains(&last))
}

/// Whether the name means this very machine (RFC 6761, 6.3): `localhost` and all below it.
pub fn is_localhost(name: &str) -> bool {
    name.strip_suffix("localhost").is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Services above port 1023 that speak something else than public HTTP, where a request that we sign and send
/// could do harm: the ports that browsers block (the Fetch standard, 2.9), databases, and control planes.
const OTHER_SERVICES: [u16; 39] = [
    1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061,
    5432, 5672, 5900, 5985, 6000, 6379, 6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9092,
    9200, 9300, 10250, 11211, 27017,
];

/// System ports belong to other protocols than HTTP, and dynamic ones (RFC 6335, 6) to nobody for long.
fn is_web_port(port: u16) -> bool {
    matches!(port, 80 | 443 | 1024..=49151) && !OTHER_SERVICES.contains(&port)
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.as_str())
    }
}

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Target {}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;

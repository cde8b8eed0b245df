//! The settings: defaults, then one TOML file, then `WHIMBREL_*` variables, then flags; the later ones win. The only
//! reader of the environment. What cannot be used is refused here, at the start, with one sentence.

mod environment;
mod file;
pub(crate) mod layer;
mod schedule;
pub(crate) mod span;

use std::ffi::OsString;
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::address::Networks;
use domain::limits;
use domain::retry::Retries;
use domain::rule::Rules;
use tracing_subscriber::filter::LevelFilter;

use self::layer::{Hidden, Layer};
use self::span::Span;

/// Everything that an operator can set, checked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// Where the API listens.
    pub(crate) listen: SocketAddr,
    /// Where everything is kept.
    pub(crate) data: PathBuf,
    /// When webhooks registered as in the article are tried again.
    pub(crate) retries: Retries,
    /// When endpoints of the full API are tried again.
    pub(crate) endpoint_retries: Retries,
    /// The time of one attempt.
    pub(crate) request_timeout: Duration,
    /// Networks that may be called although they are not public.
    pub(crate) opened: Networks,
    /// Name servers to ask; none means those of the system.
    pub(crate) dns_servers: Vec<SocketAddr>,
    /// Certificates that receivers may use besides those the web trusts.
    pub(crate) extra_roots_pem: Option<Vec<u8>>,
    /// At a stop, the time for attempts that are under way.
    pub(crate) shutdown_timeout: Duration,
    /// How long an endpoint may meet nothing but failure; zero for ever.
    pub(crate) failing_time: Duration,
    /// How long the answer to a request with an idempotency key is given again.
    pub(crate) idempotency_time: Duration,
    /// Where browsers reach this program, without a slash at its end.
    pub(crate) public_url: Option<String>,
    /// The secret of tokens that another server issued.
    pub(crate) jwt_secret: Option<Hidden>,
    /// What is logged.
    pub(crate) log: LevelFilter,
    /// Where the sample receiver listens.
    pub(crate) receiver_listen: SocketAddr,
    /// Which changes become which events.
    pub(crate) rules: Rules,
}

/// Which doors are open, which decides what may be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// For trying things out: no key, receivers on this machine; loopback only.
    Dev,
    /// For use: a key, public receivers only.
    Serve,
}

/// A setting that cannot be used: where it stands, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub(crate) struct Invalid {
    place: String,
    problem: String,
}

impl Invalid {
    fn new(place: impl Into<String>, problem: impl Display) -> Self {
        Self { place: place.into(), problem: problem.to_string().replace('\n', " ") }
    }
}

/// The variables of this process.
pub(crate) fn variables() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

/// Reads all sources and checks what they say. `config` is the file that the command line names.
///
/// # Errors
/// At the first thing that cannot be used.
pub(crate) fn read(
    mode: Mode,
    config: Option<PathBuf>,
    flags: Layer,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Settings, Invalid> {
    let environment = environment::read(variables)?;
    let file = match config.or(environment.config) {
        Some(path) => file::read(&path)?,
        None => Layer::default(),
    };
    Settings::of(mode, flags.over(environment.layer).over(file))
}

const LISTEN_PORT: u16 = 8071;
const RECEIVER_PORT: u16 = 8072;
const DATA: &str = "./whimbrel-data";
/// What `dev` opens: this machine.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1"];

impl Settings {
    fn of(mode: Mode, layer: Layer) -> Result<Self, Invalid> {
        let exposed = layer.dangerously_listen_without_tls.unwrap_or(false);
        Ok(Self {
            listen: listen(mode, layer.listen, exposed)?,
            data: layer.data.unwrap_or_else(|| DATA.into()),
            retries: layer.retry_schedule.map_or_else(Retries::article, |schedule| schedule.0),
            endpoint_retries: layer
                .endpoint_retry_schedule
                .map_or_else(Retries::standard, |schedule| schedule.0),
            request_timeout: request_timeout(layer.request_timeout)?,
            opened: opened(mode, &layer.allow_network.unwrap_or_default()),
            dns_servers: layer.dns_server.unwrap_or_default(),
            extra_roots_pem: layer.extra_roots.as_deref().map(extra_roots).transpose()?,
            shutdown_timeout: shutdown_timeout(layer.shutdown_timeout)?,
            failing_time: failing_time(layer.endpoint_failing_time)?,
            idempotency_time: idempotency_time(layer.idempotency_time)?,
            public_url: layer.public_url.as_deref().map(public_url).transpose()?,
            jwt_secret: jwt_secret(layer.auth.jwt_secret)?,
            log: layer.log.unwrap_or(LevelFilter::INFO),
            receiver_listen: receiver_listen(layer.receiver_listen)?,
            rules: layer
                .rules
                .map_or_else(|| Ok(Rules::default()), Rules::new)
                .map_err(|error| Invalid::new("rules", error))?,
        })
    }
}

fn listen(mode: Mode, asked: Option<SocketAddr>, exposed: bool) -> Result<SocketAddr, Invalid> {
    let address = asked.unwrap_or_else(|| loopback(LISTEN_PORT));
    match mode {
        _ if address.ip().to_canonical().is_loopback() => Ok(address),
        Mode::Serve if exposed => Ok(address),
        Mode::Serve => Err(Invalid::new(
            "listen",
            format_args!(
                "{address} can be reached from other machines, and Whimbrel speaks plain HTTP, which would show \
                 keys and data to the network; listen on a loopback address behind a proxy that speaks TLS, or \
                 set dangerously_listen_without_tls"
            ),
        )),
        Mode::Dev => Err(beyond_loopback("listen", address)),
    }
}

/// The sample receiver shows what it gets, so it stays on this machine.
fn receiver_listen(asked: Option<SocketAddr>) -> Result<SocketAddr, Invalid> {
    let address = asked.unwrap_or_else(|| loopback(RECEIVER_PORT));
    if address.ip().to_canonical().is_loopback() {
        Ok(address)
    } else {
        Err(beyond_loopback("receiver_listen", address))
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

fn beyond_loopback(key: &str, address: SocketAddr) -> Invalid {
    let problem = "can be reached from other machines; development mode asks for no key and listens on loopback \
                   addresses only";
    Invalid::new(key, format_args!("{address} {problem}"))
}

fn request_timeout(asked: Option<Span>) -> Result<Duration, Invalid> {
    let time = asked.map_or(limits::ATTEMPT_TIME_DEFAULT, |span| span.0);
    if time.is_zero() || time > limits::ATTEMPT_TIME_MAX {
        return Err(Invalid::new("request_timeout", "must be from 1ms to 120s"));
    }
    Ok(time)
}

fn shutdown_timeout(asked: Option<Span>) -> Result<Duration, Invalid> {
    let time = asked.map_or(limits::SHUTDOWN_TIME_DEFAULT, |span| span.0);
    if time > limits::SHUTDOWN_TIME_MAX {
        return Err(Invalid::new("shutdown_timeout", "must be at most 10m"));
    }
    Ok(time)
}

fn failing_time(asked: Option<Span>) -> Result<Duration, Invalid> {
    let time = asked.map_or(limits::ENDPOINT_FAILING_TIME_DEFAULT, |span| span.0);
    if time > limits::ENDPOINT_FAILING_TIME_MAX {
        return Err(Invalid::new("endpoint_failing_time", "must be at most 8760h (a year)"));
    }
    Ok(time)
}

fn idempotency_time(asked: Option<Span>) -> Result<Duration, Invalid> {
    let time = asked.map_or(limits::IDEMPOTENCY_TIME_DEFAULT, |span| span.0);
    if time > limits::IDEMPOTENCY_TIME_MAX {
        return Err(Invalid::new("idempotency_time", "must be at most 720h (30 days)"));
    }
    Ok(time)
}

fn public_url(asked: &str) -> Result<String, Invalid> {
    let rest = asked.strip_prefix("https://").or_else(|| asked.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['?', '#', ' ']) => {
            Ok(asked.trim_end_matches('/').to_owned())
        }
        _ => Err(Invalid::new("public_url", "must be an http or https URL without query and fragment")),
    }
}

/// RFC 7518, 3.2: a key of HS256 has at least 256 bits.
const JWT_SECRET_BYTES_MIN: usize = 32;

fn jwt_secret(asked: Option<Hidden>) -> Result<Option<Hidden>, Invalid> {
    if asked.as_ref().is_some_and(|secret| secret.expose().len() < JWT_SECRET_BYTES_MIN) {
        return Err(Invalid::new("auth.jwt_secret", "must have at least 32 bytes"));
    }
    Ok(asked)
}

fn opened(mode: Mode, asked: &[Networks]) -> Networks {
    let always: &[&str] = if mode == Mode::Dev { &LOOPBACK } else { &[] };
    let always = Networks::parse(always).expect("loopback networks are networks");
    asked.iter().fold(always, |opened, more| opened.with(more))
}

fn extra_roots(path: &Path) -> Result<Vec<u8>, Invalid> {
    let problem = |error| Invalid::new(format!("extra_roots, {}", path.display()), error);
    std::fs::read(path).map_err(problem)
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;

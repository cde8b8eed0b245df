//! Every setting, once: its flag, its key in the file, its help. A layer is what one source says; what it does not
//! mention is left to the layers below.

use std::convert::Infallible;
use std::fmt::{self, Display};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use domain::address::Networks;
use domain::rule::Rule;
use serde::{Deserialize, Deserializer};
use tracing_subscriber::filter::LevelFilter;

use super::schedule::Schedule;
use super::span::Span;

/// What the file, the environment or the command line says.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layer {
    /// Where the API listens; port 0 takes any free port [default: 127.0.0.1:8071]
    #[arg(long, value_name = "ADDRESS")]
    #[serde(default, deserialize_with = "text")]
    pub(crate) listen: Option<SocketAddr>,

    /// Where everything is kept; made if it is not there [default: ./whimbrel-data]
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) data: Option<PathBuf>,

    /// Pauses before the retries of webhooks registered with POST /webhooks, or "none" [default: 60s,60s,60s]
    #[arg(long, value_name = "DURATIONS")]
    pub(crate) retry_schedule: Option<Schedule>,

    /// Pauses before the retries of endpoints of the full API, or "none" [default: 5s,5m,30m,2h,5h,10h,10h, ±20 % each]
    #[arg(long, value_name = "DURATIONS")]
    pub(crate) endpoint_retry_schedule: Option<Schedule>,

    /// Time for one call, from looking up the name to the end of the answer [default: 15s]
    #[arg(long, value_name = "DURATION")]
    #[serde(default, deserialize_with = "text")]
    pub(crate) request_timeout: Option<Span>,

    /// Network that may be called although it is not public, such as 10.0.0.0/8; may be repeated
    #[arg(long, value_name = "NETWORK")]
    #[serde(default, deserialize_with = "networks")]
    pub(crate) allow_network: Option<Vec<Networks>>,

    /// Name server to ask instead of the system's, such as 9.9.9.9:53; may be repeated
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub(crate) dns_server: Option<Vec<SocketAddr>>,

    /// File of certificates (PEM) that receivers may use besides those the web trusts
    #[arg(long, value_name = "FILE")]
    pub(crate) extra_roots: Option<PathBuf>,

    /// At a stop, time for the calls under way; what takes longer is made again later [default: 20s]
    #[arg(long, value_name = "DURATION")]
    #[serde(default, deserialize_with = "text")]
    pub(crate) shutdown_timeout: Option<Span>,

    /// What is logged to standard error: off, error, warn, info, debug or trace [default: info]
    #[arg(long, value_name = "LEVEL")]
    #[serde(default, deserialize_with = "text")]
    pub(crate) log: Option<LevelFilter>,

    /// How long an endpoint may meet nothing but failure before it is disabled; 0s is for ever [default: 120h]
    #[arg(long, value_name = "DURATION")]
    #[serde(default, deserialize_with = "text")]
    pub(crate) endpoint_failing_time: Option<Span>,

    /// How long the answer to a request with an idempotency key is given again [default: 24h]
    #[arg(long, value_name = "DURATION")]
    #[serde(default, deserialize_with = "text")]
    pub(crate) idempotency_time: Option<Span>,

    /// Where browsers reach this program, such as https://hooks.example.com [default: where it listens]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,

    /// How callers show who they are, beside keys. No flag: a command line is no place for secrets.
    #[arg(skip)]
    #[serde(default)]
    pub(crate) auth: Auth,

    /// Where the sample receiver of `dev` listens.
    #[arg(skip)]
    #[serde(default, deserialize_with = "text")]
    pub(crate) receiver_listen: Option<SocketAddr>,

    /// Whether `serve` may listen beyond this machine although it speaks plain HTTP.
    #[arg(skip)]
    pub(crate) dangerously_listen_without_tls: Option<bool>,

    /// Which changes become which events.
    #[arg(skip)]
    pub(crate) rules: Option<Vec<Rule>>,
}

impl Layer {
    /// This layer on top of another one.
    pub(crate) fn over(self, below: Layer) -> Layer {
        Layer {
            listen: self.listen.or(below.listen),
            data: self.data.or(below.data),
            retry_schedule: self.retry_schedule.or(below.retry_schedule),
            endpoint_retry_schedule: self.endpoint_retry_schedule.or(below.endpoint_retry_schedule),
            request_timeout: self.request_timeout.or(below.request_timeout),
            allow_network: self.allow_network.or(below.allow_network),
            dns_server: self.dns_server.or(below.dns_server),
            extra_roots: self.extra_roots.or(below.extra_roots),
            shutdown_timeout: self.shutdown_timeout.or(below.shutdown_timeout),
            log: self.log.or(below.log),
            endpoint_failing_time: self.endpoint_failing_time.or(below.endpoint_failing_time),
            idempotency_time: self.idempotency_time.or(below.idempotency_time),
            public_url: self.public_url.or(below.public_url),
            auth: self.auth.over(below.auth),
            receiver_listen: self.receiver_listen.or(below.receiver_listen),
            dangerously_listen_without_tls: self
                .dangerously_listen_without_tls
                .or(below.dangerously_listen_without_tls),
            rules: self.rules.or(below.rules),
        }
    }
}

/// The table `auth` of the file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Auth {
    /// The secret of tokens (JWT, HS256) that another server issued, so that its clients need only another URL.
    pub(crate) jwt_secret: Option<Hidden>,
}

impl Auth {
    fn over(self, below: Auth) -> Auth {
        Auth { jwt_secret: self.jwt_secret.or(below.jwt_secret) }
    }
}

/// A setting that is never printed.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hidden(String);

impl Hidden {
    /// The setting itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Hidden {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A value that is written as text, in the file as on the command line.
fn text<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Networks>>, D::Error> {
    Networks::deserialize(deserializer).map(|networks| Some(vec![networks]))
}

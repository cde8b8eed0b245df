//! The layer of the environment: `WHIMBREL_` and the name of a setting in capitals. A variable of ours that is no
//! setting is refused like any other typing mistake.

use std::ffi::OsString;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use super::Invalid;
use super::layer::Layer;

/// What all our variables begin with.
const PREFIX: &str = "WHIMBREL_";
/// Kubernetes sets variables with these beginnings for a service that is called `whimbrel`; they are not ours.
const FOREIGN: [&str; 2] = ["SERVICE_", "PORT"];

/// What the environment says, and which file it wants to be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Environment {
    /// `WHIMBREL_CONFIG`.
    pub(crate) config: Option<PathBuf>,
    /// All other variables.
    pub(crate) layer: Layer,
}

/// Reads the variables of an environment.
///
/// # Errors
/// If one of ours is not known, or has a value that its setting cannot have.
pub(crate) fn read(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Environment, Invalid> {
    let mut environment = Environment::default();
    for (name, value) in variables {
        let name = name.to_string_lossy();
        let Some(key) = name.strip_prefix(PREFIX) else { continue };
        if FOREIGN.iter().any(|foreign| key.starts_with(foreign)) {
            continue;
        }
        let value = value.to_str().ok_or_else(|| Invalid::new(&*name, "is not UTF-8"))?;
        environment.set(key, value).map_err(|problem| Invalid::new(&*name, problem))?;
    }
    Ok(environment)
}

impl Environment {
    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let layer = &mut self.layer;
        match key {
            "CONFIG" => self.config = Some(value.into()),
            "LISTEN" => layer.listen = Some(parse(value)?),
            "DATA" => layer.data = Some(value.into()),
            "RETRY_SCHEDULE" => layer.retry_schedule = Some(parse(value)?),
            "ENDPOINT_RETRY_SCHEDULE" => layer.endpoint_retry_schedule = Some(parse(value)?),
            "REQUEST_TIMEOUT" => layer.request_timeout = Some(parse(value)?),
            "ALLOW_NETWORK" => layer.allow_network = Some(vec![parse(value)?]),
            "DNS_SERVER" => layer.dns_server = Some(addresses(value)?),
            "EXTRA_ROOTS" => layer.extra_roots = Some(value.into()),
            "SHUTDOWN_TIMEOUT" => layer.shutdown_timeout = Some(parse(value)?),
            "ENDPOINT_FAILING_TIME" => layer.endpoint_failing_time = Some(parse(value)?),
            "IDEMPOTENCY_TIME" => layer.idempotency_time = Some(parse(value)?),
            "PUBLIC_URL" => layer.public_url = Some(value.to_owned()),
            "AUTH_JWT_SECRET" => layer.auth.jwt_secret = Some(parse(value)?),
            "LOG" => layer.log = Some(parse(value)?),
            "RECEIVER_LISTEN" => layer.receiver_listen = Some(parse(value)?),
            "DANGEROUSLY_LISTEN_WITHOUT_TLS" => {
                layer.dangerously_listen_without_tls = Some(parse(value)?);
            }
            _ => return Err("there is no such setting".to_owned()),
        }
        Ok(())
    }
}

fn parse<T: FromStr<Err: Display>>(value: &str) -> Result<T, String> {
    value.parse().map_err(|error: T::Err| error.to_string())
}

fn addresses(value: &str) -> Result<Vec<SocketAddr>, String> {
    value.split(',').map(|address| parse(address.trim())).collect()
}

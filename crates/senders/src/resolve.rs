//! From a host name to addresses that may be connected to. Names are asked for at every attempt, and the
//! answer is judged as a whole: one address in it that is not public spoils it, because a receiver that is
//! honest has no such address, and one that rebinds its name has.
//!
//! It never reads the hosts file, never completes a name from a search list, and never uses the C library.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use domain::address::{self, Networks};
use domain::attempt::{Failure, FailureCode};
use domain::limits::{ADDRESSES_TRIED_MAX, RESOLVE_TIME_MAX};
use domain::target;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::system_conf::read_system_conf;

use crate::settings::SetupError;

/// The address and port of a receiver that the guard let through. Only [`Peer::judge`] makes one, and a
/// connection is only made to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Peer(SocketAddr);

impl Peer {
    pub(crate) fn judge(address: IpAddr, port: u16, opened: &Networks) -> Result<Self, Failure> {
        match address::judge(address, opened) {
            Ok(()) => Ok(Self(SocketAddr::new(address.to_canonical(), port))),
            Err(denied) => Err(Failure::new(FailureCode::DestinationDenied, format!("{denied}."))),
        }
    }

    pub(crate) fn address(self) -> SocketAddr {
        self.0
    }
}

/// An answer is not trusted for longer, whatever its own time to live.
const CACHE_TIME_MAX: Duration = Duration::from_secs(300);
/// A name that did not exist may exist soon: its owner is perhaps just setting it up.
const NEGATIVE_CACHE_TIME_MAX: Duration = Duration::from_secs(30);
/// Names whose answers are kept.
const CACHE_NAMES_MAX: u64 = 8192;
/// One question to one name server; two of them fit into [`RESOLVE_TIME_MAX`].
const QUESTION_TIME_MAX: Duration = Duration::from_secs(2);
/// Questions under way to one name server: as many as a burst of retries to distinct names may need.
const QUESTIONS_MAX: usize = 1024;

/// Resolves and judges.
pub(crate) struct Resolver {
    dns: Option<TokioResolver>,
    opened: Networks,
}

impl Resolver {
    /// Asks `servers`, or those of the system if there are none. A system without name servers is not an
    /// error: literal addresses can be called all the same.
    pub(crate) fn new(servers: &[SocketAddr], opened: Networks) -> Result<Self, SetupError> {
        let servers = if servers.is_empty() {
            read_system_conf().map(|(config, _)| config.name_servers).unwrap_or_else(|error| {
                tracing::warn!(%error, "no name servers found: only literal addresses can be called");
                Vec::new()
            })
        } else {
            servers.iter().copied().map(name_server).collect()
        };
        if servers.is_empty() {
            return Ok(Self { dns: None, opened });
        }
        let config = ResolverConfig::from_parts(None, Vec::new(), servers);
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let dns = builder.with_options(options()).build();
        Ok(Self { dns: Some(dns.map_err(|error| SetupError::Resolver(error.to_string()))?), opened })
    }

    /// The addresses of `name`, all of them judged, at most [`ADDRESSES_TRIED_MAX`].
    pub(crate) async fn resolve(&self, name: &str, port: u16) -> Result<Vec<Peer>, Failure> {
        if target::is_localhost(name) {
            return self.localhost(port);
        }
        let asked = tokio::time::timeout(RESOLVE_TIME_MAX, self.ask(name)).await;
        let addresses = asked.unwrap_or(Err(NetError::Timeout)).map_err(|error| failure(name, &error))?;
        if addresses.is_empty() {
            return Err(Failure::new(FailureCode::DnsNotFound, format!("The name {name} has no address.")));
        }
        let judge = |address| Peer::judge(address, port, &self.opened);
        let mut peers =
            addresses.into_iter().map(judge).collect::<Result<Vec<_>, _>>().map_err(|failure| {
                let detail = format!("One of the addresses of {name} may not be called: {}", failure.detail);
                Failure::new(failure.code, detail)
            })?;
        peers.truncate(ADDRESSES_TRIED_MAX);
        Ok(peers)
    }

    /// `localhost` is this machine by RFC 6761, whatever a name server says: the loopback addresses that the
    /// operator opened.
    fn localhost(&self, port: u16) -> Result<Vec<Peer>, Failure> {
        let (v4, v6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
        let denied = Peer::judge(v4, port, &self.opened).err();
        let opened: Vec<_> = [v4, v6]
            .into_iter()
            .filter_map(|address| Peer::judge(address, port, &self.opened).ok())
            .collect();
        match denied {
            Some(failure) if opened.is_empty() => Err(failure),
            _ => Ok(opened),
        }
    }

    async fn ask(&self, name: &str) -> Result<Vec<IpAddr>, NetError> {
        let dns = self.dns.as_ref().ok_or(NetError::NoConnections)?;
        let mut name = Name::from_ascii(name)?;
        name.set_fqdn(true);
        Ok(dns.lookup_ip(name).await?.iter().collect())
    }
}

fn name_server(address: SocketAddr) -> NameServerConfig {
    let with_port = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(with_port).to_vec();
    NameServerConfig::new(address.ip(), true, connections)
}

fn options() -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.ndots = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.timeout = QUESTION_TIME_MAX;
    options.attempts = 1;
    options.max_active_requests = QUESTIONS_MAX;
    options.cache_size = CACHE_NAMES_MAX;
    options.positive_max_ttl = Some(CACHE_TIME_MAX);
    options.negative_max_ttl = Some(NEGATIVE_CACHE_TIME_MAX);
    options
}

fn failure(name: &str, error: &NetError) -> Failure {
    let (code, detail) = match error {
        NetError::Timeout => (FailureCode::DnsTimeout, format!("The name {name} was not resolved in time.")),
        NetError::NoConnections => (FailureCode::DnsFailed, "No name server can be reached.".to_owned()),
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => (FailureCode::DnsNotFound, format!("The name {name} does not exist.")),
            ResponseCode::NoError => (FailureCode::DnsNotFound, format!("The name {name} has no address.")),
            code => (FailureCode::DnsFailed, format!("The name server answered {code} for {name}.")),
        },
        NetError::Dns(DnsError::ResponseCode(code)) => {
            (FailureCode::DnsFailed, format!("The name server answered {code} for {name}."))
        }
        other => (FailureCode::DnsFailed, format!("The name {name} could not be resolved: {other}.")),
    };
    Failure::new(code, detail)
}

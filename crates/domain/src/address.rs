//! The address guard: which IP addresses may be called. Default is no: IPv6 only where the world's unicast
//! addresses are, IPv4 everywhere but in its special ranges, and more only where the operator opened it.
//!
//! It never resolves a name and never looks at a URL: it judges the very address a connection is made to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Why an address may not be called: the rule that denies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The address, IPv4 if it was an IPv4 address written as IPv6.
    pub address: IpAddr,
    /// The range that decided, such as `127.0.0.0/8`.
    pub range: &'static str,
    /// What that range is for, such as `loopback`.
    pub purpose: &'static str,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a public address: {} is {}", self.address, self.range, self.purpose)
    }
}

impl std::error::Error for Denied {}

/// Whether `address` may be called: it is public, or the operator opened a network that contains it.
///
/// An IPv4-mapped IPv6 address is judged as the IPv4 address that a connection to it reaches.
pub fn judge(address: IpAddr, opened: &Networks) -> Result<(), Denied> {
    let address = address.to_canonical();
    if opened.contains(address) {
        return Ok(());
    }
    match address {
        IpAddr::V4(address) => judge_v4(address),
        IpAddr::V6(address) => judge_v6(address),
    }
}

struct Range<N> {
    network: N,
    text: &'static str,
    purpose: &'static str,
}

const fn v4(
    a: u8,
    b: u8,
    c: u8,
    d: u8,
    prefix: u8,
    text: &'static str,
    purpose: &'static str,
) -> Range<Ipv4Net> {
    Range { network: Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix), text, purpose }
}

const fn v6(a: u16, b: u16, prefix: u8, text: &'static str, purpose: &'static str) -> Range<Ipv6Net> {
    Range { network: Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix), text, purpose }
}

/// What the IANA IPv4 Special-Purpose Address Registry does not give to the public, multicast and class E,
/// and the one public address that is a cloud's metadata service.
const DENIED_V4: [Range<Ipv4Net>; 16] = [
    v4(0, 0, 0, 0, 8, "0.0.0.0/8", "this host (RFC 791)"),
    v4(10, 0, 0, 0, 8, "10.0.0.0/8", "private (RFC 1918)"),
    v4(100, 64, 0, 0, 10, "100.64.0.0/10", "shared by carriers and clouds (RFC 6598)"),
    v4(127, 0, 0, 0, 8, "127.0.0.0/8", "loopback (RFC 1122)"),
    v4(168, 63, 129, 16, 32, "168.63.129.16/32", "the platform service of Azure"),
    v4(169, 254, 0, 0, 16, "169.254.0.0/16", "link-local, with the metadata of clouds (RFC 3927)"),
    v4(172, 16, 0, 0, 12, "172.16.0.0/12", "private (RFC 1918)"),
    v4(192, 0, 0, 0, 24, "192.0.0.0/24", "for protocols (RFC 6890)"),
    v4(192, 0, 2, 0, 24, "192.0.2.0/24", "for documentation (RFC 5737)"),
    v4(192, 88, 99, 0, 24, "192.88.99.0/24", "a 6to4 relay (RFC 7526)"),
    v4(192, 168, 0, 0, 16, "192.168.0.0/16", "private (RFC 1918)"),
    v4(198, 18, 0, 0, 15, "198.18.0.0/15", "for benchmarks (RFC 2544)"),
    v4(198, 51, 100, 0, 24, "198.51.100.0/24", "for documentation (RFC 5737)"),
    v4(203, 0, 113, 0, 24, "203.0.113.0/24", "for documentation (RFC 5737)"),
    v4(224, 0, 0, 0, 4, "224.0.0.0/4", "multicast (RFC 5771)"),
    v4(240, 0, 0, 0, 4, "240.0.0.0/4", "reserved (RFC 1112)"),
];

/// All of IPv6 that is given to the public. Everything outside is denied, known to us or not: that closes
/// translated (`64:ff9b::/96`), IPv4-compatible and site-local addresses, and what is yet to be invented.
const PUBLIC_V6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is special within [`PUBLIC_V6`].
const DENIED_V6: [Range<Ipv6Net>; 4] = [
    v6(0x2001, 0, 23, "2001::/23", "for protocols such as Teredo (RFC 2928)"),
    v6(0x2001, 0xdb8, 32, "2001:db8::/32", "for documentation (RFC 3849)"),
    v6(0x2002, 0, 16, "2002::/16", "6to4, which leads to any IPv4 address (RFC 3056)"),
    v6(0x3fff, 0, 20, "3fff::/20", "for documentation (RFC 9637)"),
];

fn judge_v4(address: Ipv4Addr) -> Result<(), Denied> {
    match DENIED_V4.iter().find(|range| range.network.contains(&address)) {
        Some(Range { text, purpose, .. }) => Err(Denied { address: address.into(), range: text, purpose }),
        None => Ok(()),
    }
}

fn judge_v6(address: Ipv6Addr) -> Result<(), Denied> {
    let denied = |range, purpose| Err(Denied { address: address.into(), range, purpose });
    if !PUBLIC_V6.contains(&address) {
        return denied("outside 2000::/3", "not given to the public (RFC 4291)");
    }
    if let Some(range) = DENIED_V6.iter().find(|range| range.network.contains(&address)) {
        return denied(range.text, range.purpose);
    }
    if is_isatap(address) {
        return denied("::5efe:0:0", "an ISATAP tunnel to an IPv4 address (RFC 5214)");
    }
    Ok(())
}

/// An ISATAP interface id is `00-00-5E-FE` and an IPv4 address, with its universal and group bits free.
fn is_isatap(address: Ipv6Addr) -> bool {
    let [_, _, _, _, high, low, _, _] = address.segments();
    high & !0x0300 == 0 && low == 0x5efe
}

/// Networks that the operator opened although they are not public; by default none.
///
/// From text: networks or single addresses, separated by commas. An opened network opens exactly its
/// addresses; it says nothing about other spellings of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Arc<[IpNet]>);

/// A text is not a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a network: write it like 10.0.0.0/8, fd00::/8 or 192.168.1.7")]
pub struct InvalidNetwork {
    text: String,
}

impl Networks {
    /// From texts such as `10.0.0.0/8` or `192.168.1.7`.
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, InvalidNetwork> {
        texts.into_iter().map(|text| network(text.as_ref().trim())).collect::<Result<_, _>>().map(Self)
    }

    /// These networks and `more`.
    pub fn with(&self, more: &Networks) -> Self {
        Self(self.0.iter().chain(more.0.iter()).copied().collect())
    }

    /// Whether one of the networks contains `address`.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether this machine itself was opened, as `whimbrel dev` does.
    pub fn contain_loopback(&self) -> bool {
        self.contains(Ipv4Addr::LOCALHOST.into()) || self.contains(Ipv6Addr::LOCALHOST.into())
    }

    /// Whether nothing was opened.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A network within `::ffff:0:0/96` is refused, because it would never match: mapped addresses are judged as IPv4.
fn network(text: &str) -> Result<IpNet, InvalidNetwork> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network = network.map(|network| network.trunc());
    match network {
        Ok(IpNet::V6(v6)) if v6.prefix_len() >= 96 && v6.network().to_ipv4_mapped().is_some() => {
            Err(InvalidNetwork { text: text.to_owned() })
        }
        Ok(network) => Ok(network),
        Err(_) => Err(InvalidNetwork { text: text.to_owned() }),
    }
}

impl FromStr for Networks {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        Self::parse(text.split(',').filter(|part| !part.trim().is_empty()))
    }
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{network}")?;
        }
        Ok(())
    }
}

impl<'de> serde::Deserialize<'de> for Networks {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Self::parse(texts).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;

//! The reference cases of hostile and honest URLs, each against the URL's rules and, on its own, the address
//! guard: a case that slips through one of them must still be met by the other.

use std::net::IpAddr;

use domain::address::{self, Networks};
use domain::target::{Target, TargetRefused};
use serde::Deserialize;

/// One line of `address_cases.jsonl`.
#[derive(Deserialize)]
struct Case {
    id: String,
    url: String,
    /// `accept`, `accept (only if allow_http)` or `reject:REASON`. Plain http is always allowed here.
    url_layer: String,
    /// What the guard says about the address in the URL: `allow`, `deny`, or that there is none.
    addr_layer: String,
    /// The range that denies it.
    addr_rule: String,
}

fn cases() -> Vec<Case> {
    let lines = include_str!("address_cases.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).expect("each line is a case")).collect()
}

#[test]
fn urls_are_refused_for_the_expected_reason() {
    for case in cases() {
        let expected = case.url_layer.strip_prefix("reject:");
        let refused = Target::parse(&case.url, &Networks::default()).err();
        assert_eq!(refused.as_ref().map(TargetRefused::code), expected, "{} {:?}", case.id, case.url);
    }
}

#[test]
fn the_guard_denies_the_same_addresses_without_the_url_rules() {
    for case in cases() {
        let Some(address) = literal(&case.url) else {
            assert!(matches!(case.addr_layer.as_str(), "n/a" | "resolve_then_vet"), "{}", case.id);
            continue;
        };
        let judged = address::judge(address, &Networks::default());
        assert_eq!(judged.is_ok(), case.addr_layer == "allow", "{} {address}", case.id);
        let Err(denied) = judged else { continue };
        // The cases name the range of a mapped address by its IPv6 spelling, we by the IPv4 address it is.
        if address.to_canonical() == address {
            assert_eq!(denied.range, case.addr_rule, "{}", case.id);
        }
    }
}

/// The address that a browser's parser finds in the URL.
fn literal(url: &str) -> Option<IpAddr> {
    match url::Url::parse(url).ok()?.host()? {
        url::Host::Domain(name) => name.parse().ok(),
        url::Host::Ipv4(address) => Some(address.into()),
        url::Host::Ipv6(address) => Some(address.into()),
    }
}

use proptest::prelude::*;

use super::*;

fn none() -> Networks {
    Networks::default()
}

fn is_public(address: impl Into<IpAddr>) -> bool {
    judge(address.into(), &none()).is_ok()
}

/// The special IPv4 ranges as first and last address, written down apart from the table under test.
const SPECIAL: [(&str, &str); 16] = [
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("168.63.129.16", "168.63.129.16"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "239.255.255.255"),
    ("240.0.0.0", "255.255.255.255"),
];

fn special() -> Vec<(u32, u32)> {
    let number = |text: &str| u32::from(text.parse::<Ipv4Addr>().unwrap());
    SPECIAL.iter().map(|(first, last)| (number(first), number(last))).collect()
}

fn check_v4(number: u32, special: &[(u32, u32)]) {
    let expected = !special.iter().any(|(first, last)| (*first..=*last).contains(&number));
    let address = Ipv4Addr::from(number);
    assert_eq!(judge_v4(address).is_ok(), expected, "{address}");
}

#[test]
fn ipv4_agrees_with_the_table_at_edges_and_between() {
    let special = special();
    for (first, last) in &special {
        for number in [first.wrapping_sub(1), *first, first.midpoint(*last), *last, last.wrapping_add(1)] {
            check_v4(number, &special);
        }
    }
    for number in (0..=u32::MAX).step_by(4093) {
        check_v4(number, &special);
    }
}

#[test]
#[ignore = "looks at each of 2^32 addresses: a minute in release mode"]
fn ipv4_agrees_with_the_table_everywhere() {
    let special = special();
    for number in 0..=u32::MAX {
        check_v4(number, &special);
    }
}

#[test]
fn ipv6_is_denied_outside_of_the_public_and_inside_of_its_special_ranges() {
    let public =
        ["2606:4700:4700::1111", "2001:200::1", "2003::1", "2000::1", "3ffe::1", "3fff:1000::1", "2a00::"];
    for address in public {
        assert!(is_public(address.parse::<Ipv6Addr>().unwrap()), "{address}");
    }
    let denied = [
        ("::", "outside 2000::/3"),
        ("::1", "outside 2000::/3"),
        ("::7f00:1", "outside 2000::/3"),
        ("::ffff:0:7f00:1", "outside 2000::/3"),
        ("64:ff9b::808:808", "outside 2000::/3"),
        ("64:ff9b:1::a9fe:a9fe", "outside 2000::/3"),
        ("100::1", "outside 2000::/3"),
        ("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "outside 2000::/3"),
        ("4000::1", "outside 2000::/3"),
        ("5f00::1", "outside 2000::/3"),
        ("fc00::1", "outside 2000::/3"),
        ("fd00:ec2::254", "outside 2000::/3"),
        ("fe80::1", "outside 2000::/3"),
        ("fec0::1", "outside 2000::/3"),
        ("ff02::1", "outside 2000::/3"),
        ("2001::1", "2001::/23"),
        ("2001:1ff:ffff::1", "2001::/23"),
        ("2001:db8::1", "2001:db8::/32"),
        ("2001:db8:ffff::1", "2001:db8::/32"),
        ("2002::1", "2002::/16"),
        ("2002:808:808::1", "2002::/16"),
        ("3fff::1", "3fff::/20"),
        ("3fff:fff::1", "3fff::/20"),
        ("2606:4700::5efe:7f00:1", "::5efe:0:0"),
        ("2606:4700::200:5efe:808:808", "::5efe:0:0"),
        ("::ffff:127.0.0.1", "127.0.0.0/8"),
        ("::ffff:0.0.0.0", "0.0.0.0/8"),
        ("::ffff:169.254.169.254", "169.254.0.0/16"),
    ];
    for (address, range) in denied {
        let denied = judge(address.parse().unwrap(), &none()).unwrap_err();
        assert_eq!(denied.range, range, "{address}");
    }
    assert!(is_public("::ffff:8.8.8.8".parse::<IpAddr>().unwrap()), "a mapped address is judged as IPv4");
}

/// Where the IANA IPv6 Special-Purpose Address Registry says "globally reachable: false", and what is not
/// unicast; written as (first 32 bits, prefix length).
const NOT_GLOBAL: [(u32, u32); 10] = [
    (0x0000_0000, 8),
    (0x0100_0000, 16),
    (0x0064_ff9b, 32),
    (0x2001_0000, 23),
    (0x2001_0db8, 32),
    (0x2002_0000, 16),
    (0x3fff_0000, 20),
    (0x5f00_0000, 16),
    (0xfc00_0000, 6),
    (0xff00_0000, 8),
];

fn embeddings(v4: Ipv4Addr) -> [Ipv6Addr; 6] {
    let number = u128::from(u32::from(v4));
    [
        v4.to_ipv6_mapped(),
        Ipv6Addr::from(number),
        Ipv6Addr::from((0xffff_u128 << 48) | number),
        Ipv6Addr::from((0x0064_ff9b_u128 << 96) | number),
        Ipv6Addr::from((0x2002_u128 << 112) | (number << 80) | 1),
        Ipv6Addr::from((0x2606_4700_u128 << 96) | (0x5efe_u128 << 32) | number),
    ]
}

proptest! {
    #[test]
    fn ipv6_denies_all_that_the_registry_does(low in any::<u128>(), entry in 0..NOT_GLOBAL.len()) {
        let (high, prefix) = NOT_GLOBAL[entry];
        let random = low & (u128::MAX >> prefix);
        let address = Ipv6Addr::from((u128::from(high) << 96) | random);
        // A mapped address is the one kind that is allowed here, if its IPv4 address is.
        prop_assume!(address.to_ipv4_mapped().is_none());
        prop_assert!(!is_public(address), "{}", address);
    }

    #[test]
    fn any_allowed_ipv6_address_is_global_unicast(number in any::<u128>()) {
        let address = Ipv6Addr::from(number);
        if address.to_ipv4_mapped().is_none() && is_public(address) {
            prop_assert_eq!(address.segments()[0] & 0xe000, 0x2000);
        }
    }

    #[test]
    fn an_ipv4_address_within_ipv6_is_never_more_permitted_than_itself(number in any::<u32>()) {
        let v4 = Ipv4Addr::from(number);
        for v6 in embeddings(v4) {
            prop_assert!(is_public(v4) || !is_public(v6), "{} as {}", v4, v6);
        }
    }

    #[test]
    fn an_opened_network_opens_exactly_its_addresses(number in any::<u32>()) {
        let opened: Networks = "10.1.0.0/16, fd00::/8".parse().unwrap();
        let v4 = Ipv4Addr::from(number);
        let inside = (number >> 16) == 0x0a01;
        prop_assert_eq!(judge(v4.into(), &opened).is_ok(), inside || is_public(v4));
        let within = Ipv4Addr::from(0x0a01_0000 | (number & 0xffff));
        prop_assert!(judge(within.into(), &opened).is_ok());
        prop_assert!(judge(within.to_ipv6_mapped().into(), &opened).is_ok());
        for other in &embeddings(within)[1..] {
            prop_assert!(judge((*other).into(), &opened).is_err(), "{}", other);
        }
    }
}

#[test]
fn networks_are_read_from_text() {
    let networks = Networks::parse(["127.0.0.1/8", "192.168.1.7", "::1"]).unwrap();
    assert_eq!(networks.to_string(), "127.0.0.0/8,192.168.1.7/32,::1/128");
    assert_eq!(networks.to_string().parse(), Ok(networks.clone()));
    assert!(networks.contain_loopback() && !networks.is_empty() && none().is_empty());
    assert_eq!(serde_json::from_str::<Networks>(r#"["10.0.0.0/8"]"#).unwrap().to_string(), "10.0.0.0/8");
    for bad in ["localhost", "10.0.0.0/33", "10.0.0/8", "::ffff:127.0.0.1/104", "1", "10.0.0.0/8 10.0.0.1"] {
        assert!(Networks::parse([bad]).is_err(), "{bad}");
    }
}

#[test]
fn a_denial_names_its_rule() {
    let denied = judge("::ffff:127.0.0.1".parse().unwrap(), &none()).unwrap_err();
    let words = "127.0.0.1 is not a public address: 127.0.0.0/8 is loopback (RFC 1122)";
    assert_eq!(denied.to_string(), words);
}

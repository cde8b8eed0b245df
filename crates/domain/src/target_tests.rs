use proptest::prelude::*;

use super::*;

fn refused(url: &str) -> Option<&'static str> {
    Target::parse(url, &Networks::default()).err().map(|refused| refused.code())
}

fn check(code: &str, urls: &[&str]) {
    for url in urls {
        assert_eq!(refused(url), Some(code), "{url:?}");
    }
}

fn canonical(url: &str) -> String {
    Target::parse(url, &Networks::default())
        .unwrap_or_else(|refused| panic!("{url:?}: {refused}"))
        .to_string()
}

#[test]
fn honest_urls_have_one_canonical_form() {
    let cases = [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://EXAMPLE.com:443/a?b#c", "https://example.com/a?b"),
        ("http://example.com:080/", "http://example.com/"),
        ("http://example.com:/", "http://example.com/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("https://example.com.:8443/x", "https://example.com:8443/x"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://BÜCHER.example/ü?ü", "https://xn--bcher-kva.example/%C3%BC?%C3%BC"),
        ("https://a_b.example/", "https://a_b.example/"),
        ("https://example.com/a/../b/./c", "https://example.com/b/c"),
        ("https://example.com/a%20b?x=1#frag", "https://example.com/a%20b?x=1"),
        ("https://example.com?@127.0.0.1/", "https://example.com/?@127.0.0.1/"),
        ("https://example.com/?", "https://example.com/?"),
        ("http://127.0.0.1.nip.io/", "http://127.0.0.1.nip.io/"),
        ("http://1.1.1.1:8080/", "http://1.1.1.1:8080/"),
        ("http://[2606:4700:4700::1111]:3000/", "http://[2606:4700:4700::1111]:3000/"),
        ("http://[::ffff:8.8.8.8]/", "http://[::ffff:8.8.8.8]/"),
    ];
    for (url, expected) in cases {
        assert_eq!(canonical(url), expected);
        assert_eq!(canonical(expected), expected, "a fixed point");
        assert_eq!(Target::stored(expected).unwrap().as_str(), expected);
    }
}

#[test]
fn what_confuses_parsers_is_refused() {
    check(
        "control_or_space",
        &["http://a.example/\n", "\thttp://a.example", "http://a.example/a b", "http://a\u{7f}.b/"],
    );
    check(
        "backslash",
        &["http://a.example\\", "http://a.example/\\b", "https:\\\\a.example", "http://a.example/?\\"],
    );
    check(
        "not_absolute_authority_form",
        &["http:a.example", "https:/a.example", "http:////a.example", "HTTP:127.0.0.1"],
    );
    check(
        "userinfo",
        &["http://u@a.example", "http://:p@a.example", "http://@a.example", "http://a@b@c.example/"],
    );
    check("userinfo", &["http://example.com%2f@127.0.0.1/", "http://user:pass@[::1]/"]);
    check("percent_in_host", &["http://%61.example/", "http://1%2e1.1.1/", "http://ex%C3%A4mple.com/"]);
    check(
        "scheme",
        &["ftp://a.example/", "gopher://127.0.0.1:6379/_x", "javascript:alert(1)", "localhost:80/"],
    );
    check(
        "scheme",
        &["ws://a.example/", "http+unix://%2fvar%2frun%2fx.sock/", "mailto:a@b.example", "file:///etc"],
    );
    check(
        "url_invalid",
        &["", "a.example", "//a.example/", "http://", "http://?x", "https://#", "127.0.0.1:80"],
    );
    check(
        "url_invalid",
        &["http://a.example:x/", "http://a.example:99999/", "http://a.example:٨٠/", "http://[::1/"],
    );
    check(
        "url_invalid",
        &["http://a,b.example/", "http://a;b.example/", "http://a*b.example/", "http://a'b.example/"],
    );
}

#[test]
fn addresses_are_taken_only_in_their_canonical_form() {
    check(
        "non_canonical_ip",
        &["http://127.1/", "http://0x7f000001/", "http://017700000001/", "http://8.8.8.8./"],
    );
    check("non_canonical_ip", &["http://0x08.8.8.8/", "http://010.8.8.8/", "http://8.8.2056/", "http://1/"]);
    check(
        "non_canonical_ip",
        &["http://8。8。8。8/", "http://𝟖.𝟖.𝟖.𝟖/", "http://①.1.1.1/", "http://1\u{ad}.1.1.1/"],
    );
    check("non_canonical_ip", &["http://[2606:4700:4700:0::1111]/", "http://[2606:4700:4700::ABCD]/"]);
    check("non_canonical_ip", &["http://[::ffff:808:808]/", "http://[::8.8.8.8]/", "http://[0::1]/"]);
    check(
        "url_invalid",
        &["http://1.2.3.256/", "http://1.2.3.4.5/", "http://0xg.1/", "http://[::1%25lo]/", "http://[v1.a]/"],
    );
    check(
        "ip_not_public",
        &["http://127.0.0.1/", "http://10.0.0.1:22/", "https://169.254.169.254/latest/meta-data/"],
    );
    check(
        "ip_not_public",
        &["http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://[fd00::1]/", "http://0.0.0.0/"],
    );
}

#[test]
fn names_are_full_and_public() {
    check(
        "special_use_or_single_label",
        &["http://localhost/", "http://LOCALHOST./", "http://a.localhost/", "http://backend/"],
    );
    check(
        "special_use_or_single_label",
        &["http://metadata.google.internal/", "http://kubernetes.default.svc/"],
    );
    check(
        "special_use_or_single_label",
        &["http://x.svc.cluster.local/", "http://nas.home.arpa/", "http://a.invalid./"],
    );
    check("special_use_or_single_label", &["http://local\u{200b}host/", "http://lo\u{ad}calhost/"]);
    check(
        "host_changes_under_normalisation",
        &["http://ⓛocalhost/", "http://ℓocalhost/", "http://ｅxample.com/"],
    );
    check("host_changes_under_normalisation", &["http://example．com/", "http://bu\u{308}cher.example/"]);
    let long = format!("http://{}.example/", "a".repeat(64));
    let longest = format!("http://{}example/", "a.".repeat(124));
    check("dns_length", &["http://a..b/", "http://.a.b/", "http://a.b../", "http://./", &long, &longest]);
    assert_eq!(refused(&format!("http://{}.example/", "a".repeat(63))), None);
    assert_eq!(refused(&format!("http://{}example/", "a.".repeat(123))), None);
    assert_eq!(refused("http://mylocalhost.example/"), None);
}

#[test]
fn ports_are_those_of_web_servers() {
    check(
        "port_policy",
        &["http://a.example:0/", "http://a.example:22/", "https://a.example:25/", "http://1.1.1.1:1023/"],
    );
    check("port_policy", &["http://a.example:6379/", "http://a.example:49152/", "http://a.example:65535/"]);
    for port in [80, 443, 1024, 3000, 8000, 8080, 8443, 9000, 49151] {
        assert_eq!(refused(&format!("http://a.example:{port}/")), None, "{port}");
    }
}

#[test]
fn long_urls_are_refused_also_when_only_their_canonical_form_is_long() {
    let fits = format!("https://example.com/{}", "a".repeat(URL_BYTES_MAX - 20));
    assert_eq!(refused(&fits), None);
    check("url_too_long", &[&format!("{fits}a")]);
    check("url_too_long", &[&format!("https://example.com/{}", "ü".repeat(800))]);
}

#[test]
fn opened_networks_open_their_literals_and_loopback_its_names() {
    let opened: Networks = "127.0.0.1".parse().unwrap();
    for url in [
        "http://127.0.0.1:22/",
        "http://localhost:65535/",
        "http://a.localhost/",
        "http://[::ffff:127.0.0.1]/",
    ] {
        assert!(Target::parse(url, &opened).is_ok(), "{url}");
    }
    for url in
        ["http://127.0.0.2/", "http://127.1/", "http://[::1]/", "http://localhost:0/", "http://backend/"]
    {
        assert!(Target::parse(url, &opened).is_err(), "{url}");
    }
    assert!(Target::parse("http://localhost/", &"10.0.0.0/8".parse().unwrap()).is_err());
}

#[test]
fn a_stored_url_is_canonical_and_judged_only_on_demand() {
    let target = Target::stored("http://127.0.0.1:22/").unwrap();
    assert_eq!(target.permit(&Networks::default()).unwrap_err().code(), "ip_not_public");
    assert_eq!(target.permit(&"127.0.0.0/8".parse().unwrap()), Ok(()));
    for url in ["http://EXAMPLE.com/", "http://example.com", "http://127.1/", "http://a.example/#x", "x"] {
        assert!(Target::stored(url).is_err(), "{url}");
    }
}

#[test]
fn parts_are_what_a_request_needs() {
    let parts = |text: &str| {
        let target = Target::parse(text, &Networks::default()).unwrap();
        let (authority, path) = (target.authority().to_owned(), target.path_and_query().to_owned());
        (target.is_tls(), target.host().clone(), target.port(), authority, path)
    };
    let name = Host::Name("a.example".into());
    let expected = (true, name, 443, "a.example".to_owned(), "/b?c".to_owned());
    assert_eq!(parts("https://a.example/b?c#d"), expected);
    assert_eq!(parts("http://a.example:8100/").3, "a.example:8100");
    let v6 = parts("http://[2606:4700::1]:8080");
    let address = Host::Ip("2606:4700::1".parse().unwrap());
    assert_eq!(v6, (false, address, 8080, "[2606:4700::1]:8080".to_owned(), "/".to_owned()));
}

#[test]
fn a_refusal_tells_no_password() {
    let refused = Target::parse("http://user:canary@a.example/", &Networks::default()).unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("canary"));
}

proptest! {
    #[test]
    fn whatever_is_accepted_is_a_fixed_point(
        scheme in "https?|HTTP", host in "[a-zA-Z0-9ä.:\\[\\]%@_ⓐ\u{ad}-]{1,20}", rest in "([/?#:].{0,20})?",
    ) {
        let Ok(target) = Target::parse(&format!("{scheme}://{host}{rest}"), &Networks::default()) else {
            return Ok(());
        };
        let again = Target::parse(target.as_str(), &Networks::default());
        prop_assert_eq!(again.as_ref().map(Target::as_str), Ok(target.as_str()));
        prop_assert_eq!(&Target::stored(target.as_str()).unwrap(), &target);
        prop_assert!(target.as_str().is_ascii());
        prop_assert!(target.path_and_query().starts_with('/'));
    }
}

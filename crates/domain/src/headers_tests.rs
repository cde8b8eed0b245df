use super::*;
use HeaderRefused::*;

fn headers(pairs: &[(&str, &str)]) -> Result<CustomHeaders, InvalidHeader> {
    CustomHeaders::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn check(pairs: &[(&str, &str)], expected: Option<HeaderRefused>) {
    assert_eq!(headers(pairs).err().map(|refused| refused.reason), expected, "{pairs:?}");
}

#[test]
fn names_are_tokens_and_not_reserved() {
    for name in ["X-Tenant", "authorization", "Cookie", "x", "x!#$%&'*+-.^_`|~9", "accept", "x-date"] {
        check(&[(name, "v")], None);
    }
    for name in
        ["", " ", "a b", "a:", ":a", "a\r\nb", "a\0", "a\u{7f}", "größe", "a(b)", "a\"b", &"a".repeat(129)]
    {
        check(&[(name, "v")], Some(Name));
    }
    check(&[(&"a".repeat(128), "v")], None);
    let contract = "user-agent keep-alive proxy-authenticate proxy-authorization te trailers transfer-encoding \
        upgrade age cache-control clear-site-data expires pragma warning content-length content-type \
        content-encoding content-language content-location x-amz-a x-amzn-a x-google x-googlea x-goog-a x-gfe \
        x-azure-a x-fd-a x-svix-a svix-id";
    let more = "host connection trailer expect Proxy-Connection HTTP2-Settings webhook-id webhook-timestamp \
        Webhook-Signature date Metadata-Flavor X-aws-ec2-metadata-token X-aws-ec2-metadata-token-ttl-seconds \
        Metadata X-Forwarded-For X-Forwarded-Host Forwarded X-Real-IP";
    for name in contract.split_whitespace().chain(more.split_whitespace()) {
        for name in [name.to_owned(), name.to_uppercase(), name.to_lowercase(), name.replace('-', "_")] {
            check(&[(&name, "v")], Some(Forbidden));
        }
    }
}

#[test]
fn a_value_never_ends_its_line() {
    for value in ["", "a b\tc", "~!\"", &"v".repeat(4096)] {
        check(&[("x", value)], None);
    }
    for value in
        ["a\r\nhost: b", "a\n", "\r", "\0", "\u{7f}", "a\r\n b", "\u{85}", "\u{2028}", "ü", "\u{1b}[0m"]
    {
        check(&[("x", value)], Some(Value));
    }
    check(&[("x", &"v".repeat(4097))], Some(ValueTooLong));
}

#[test]
fn there_are_bounds_and_no_name_is_there_twice() {
    check(&[("X-A", "1"), ("x-b", "2"), ("x-a", "3")], Some(Twice));
    let names: Vec<_> = (0..33).map(|index| format!("x-{index}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), "v")).collect();
    check(&many[..32], None);
    check(&many, Some(TooMany));
    let value = "v".repeat(4096 - 1);
    check(&[("a", &value), ("b", &value), ("c", &value), ("d", &value)], None);
    check(&[("a", &value), ("b", &value), ("c", &value), ("d", &value), ("e", "")], Some(TooLargeTogether));
}

#[test]
fn secrets_are_shown_by_name_alone_and_never_printed() {
    let given =
        headers(&[("X-Plain", "seen"), ("Authorization", "canary"), ("X-API-Key", "canary")]).unwrap();
    let shown = given.shown();
    assert_eq!(shown.plain, [("X-Plain", "seen")]);
    assert_eq!(shown.sensitive, ["Authorization", "X-API-Key"]);
    assert_eq!(format!("{given:?}"), r#"{"X-Plain", "Authorization", "X-API-Key"}"#);
    let refused = headers(&[("cookie", "canary\n")]).unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("canary"));
}

#[test]
fn a_patch_sets_and_removes_and_leaves_the_rest() {
    let given = headers(&[("X-A", "1"), ("X-B", "2"), ("X-C", "3")]).unwrap();
    let patch = |changes: &[(&str, Option<&str>)]| {
        let owned = |(name, value): &(&str, Option<&str>)| ((*name).to_owned(), value.map(str::to_owned));
        given.clone().patch(changes.iter().map(owned).collect())
    };
    let patched = patch(&[("x-a", None), ("x-b", Some("new")), ("x-d", Some("4")), ("host", None)]).unwrap();
    assert_eq!(patched, headers(&[("x-b", "new"), ("X-C", "3"), ("x-d", "4")]).unwrap());
    assert_eq!(patch(&[]).unwrap(), given);
    for (changes, reason) in [
        (&[("x-a", Some("1")), ("X-A", None)][..], Twice),
        (&[("host", Some("a"))], Forbidden),
        (&[("x-a", Some("\r"))], Value),
    ] {
        assert_eq!(patch(changes).unwrap_err().reason, reason);
    }
}

#[test]
fn headers_are_stored_as_an_object_in_their_order() {
    let given = headers(&[("X-B", "1"), ("x-a", "\"")]).unwrap();
    let stored = serde_json::to_string(&given).unwrap();
    assert_eq!(stored, r#"{"X-B":"1","x-a":"\""}"#);
    assert_eq!(serde_json::from_str::<CustomHeaders>(&stored).unwrap(), given);
    assert_eq!(serde_json::from_str::<CustomHeaders>("{}").unwrap(), CustomHeaders::default());
    for refused in [r#"{"a":"1","A":"2"}"#, r#"{"host":"a"}"#, r#"{"a":1}"#, "[]"] {
        assert!(serde_json::from_str::<CustomHeaders>(refused).is_err(), "{refused}");
    }
}

//! What is answered with a file, and how.

use super::*;

static BUILT: &[File] = &[
    File { path: "/assets/index-Ab1.js", bytes: b"script", gzip: Some(b"small") },
    File { path: "/favicon.svg", bytes: b"<svg/>", gzip: None },
    File { path: "/index.html", bytes: b"page", gzip: None },
];
const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
}

fn check(path: &str, accept: &'static str, found: Option<&str>) {
    let file = find(BUILT, path, &headers(ACCEPT, accept));
    assert_eq!(file.map(|file| file.path), found, "{path} {accept}");
}

#[test]
fn files_are_found_by_their_paths() {
    for file in BUILT {
        check(file.path, "*/*", Some(file.path));
    }
}

#[test]
fn addresses_of_the_console_are_its_page_in_a_browser_only() {
    for path in ["/", "/try", "/messages/msg_1", "/nowhere/at/all", "/webhooksx", "/index.htm"] {
        check(path, BROWSER, Some("/index.html"));
        check(path, "TEXT/HTML ; q=0.5", Some("/index.html"));
        for accept in ["*/*", "application/json", "", "text/html;q=0"] {
            check(path, accept, None);
        }
    }
}

#[test]
fn what_is_of_the_api_or_gone_is_no_page() {
    let api =
        API.iter().flat_map(|first| [format!("/{first}"), format!("/{first}/"), format!("//{first}/x")]);
    api.for_each(|path| check(&path, BROWSER, None));
    check("/assets/index-Old.js", BROWSER, None);
}

#[test]
fn without_a_console_its_page_says_how_to_get_it() {
    let file = find(&[], "/", &headers(ACCEPT, BROWSER)).unwrap();
    assert!(std::str::from_utf8(file.bytes).unwrap().contains("make build"));
    assert!(find(&[], "/webhooks", &headers(ACCEPT, BROWSER)).is_none());
}

#[test]
fn answers_say_what_a_browser_may_do_with_them() {
    let of = |at: usize, encoding| answer(&BUILT[at], &headers(ACCEPT_ENCODING, encoding));
    let check = |at, encoding, expected: &[(HeaderName, &str)]| {
        let answered = of(at, encoding);
        for (name, value) in expected {
            assert_eq!(answered.headers().get(name).map(|value| value.to_str().unwrap()), Some(*value));
        }
        let sent = answered.headers().get(CONTENT_ENCODING);
        assert_eq!(sent.is_some(), expected.iter().any(|(name, _)| name == CONTENT_ENCODING));
        assert_eq!(answered.headers()[CONTENT_SECURITY_POLICY], POLICY);
        assert_eq!(answered.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(answered.headers()[REFERRER_POLICY], "no-referrer");
    };
    let kept = (CACHE_CONTROL, "public, max-age=31536000, immutable");
    let script = (CONTENT_TYPE, "text/javascript; charset=utf-8");
    check(
        0,
        "br, gzip",
        &[script.clone(), kept.clone(), (CONTENT_ENCODING, "gzip"), (VARY, "accept-encoding")],
    );
    check(0, "gzip;q=0", &[script, kept, (VARY, "accept-encoding")]);
    check(1, "gzip", &[(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "no-cache")]);
    check(2, "gzip", &[(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache")]);
}

#[test]
fn scripts_are_never_inline() {
    assert!(POLICY.contains("script-src 'self';"));
    for file in FILES.iter().filter(|file| file.path.ends_with(".html")) {
        let page = std::str::from_utf8(file.bytes).unwrap();
        assert!(page.split("<script").skip(1).all(|script| script.contains("src=")), "{}", file.path);
    }
    assert!(FILES.is_sorted_by_key(|file| file.path));
}

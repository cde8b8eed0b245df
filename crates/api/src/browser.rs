//! Keeps foreign web pages away from an API that is open to anybody on loopback: a page on the internet can
//! make the browser beside it send requests there, by its own name or by one that it lets resolve to loopback.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::{HOST, HeaderName, ORIGIN};
use domain::target::is_localhost;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a web page of another origin, or under a foreign name, makes the browser send this. Programs that
/// are no browsers send none of these headers but `Host`.
pub(crate) fn is_foreign_page(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).map(|host| host.to_str().unwrap_or_default());
    host.is_some_and(|host| !is_of_this_machine(host)) || is_cross_origin(headers)
}

/// Whether a web page of another origin makes the browser send this.
pub(crate) fn is_cross_origin(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).map(|host| host.to_str().unwrap_or_default());
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    origin.is_some_and(|origin| origin.split_once("://").map(|(_, authority)| authority) != host)
}

/// An address cannot be made to resolve to another one, and `localhost` is resolved by nobody else.
fn is_of_this_machine(host: &str) -> bool {
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = without_port.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok() || is_localhost(&without_port.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], is_foreign: bool) {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        assert_eq!(is_foreign_page(&headers), is_foreign, "{headers:?}");
    }

    #[test]
    fn programs_and_our_own_pages_pass() {
        check(&[], false);
        for host in
            ["127.0.0.1:8071", "localhost:8071", "LOCALHOST", "[::1]:8071", "[::1]", "app.localhost:1"]
        {
            check(&[("host", host)], false);
            check(&[("host", host), ("sec-fetch-site", "same-origin")], false);
            check(&[("host", host), ("sec-fetch-site", "none")], false);
        }
        check(&[("host", "127.0.0.1:8071"), ("origin", "http://127.0.0.1:8071")], false);
        // A development server that passes requests on names its own origin.
        check(
            &[
                ("host", "127.0.0.1:8071"),
                ("origin", "http://localhost:5173"),
                ("sec-fetch-site", "same-origin"),
            ],
            false,
        );
    }

    #[test]
    fn foreign_pages_do_not() {
        let host = ("host", "127.0.0.1:8071");
        check(&[host, ("sec-fetch-site", "cross-site")], true);
        check(&[host, ("sec-fetch-site", "same-site")], true);
        check(&[host, ("origin", "https://evil.example")], true);
        check(&[host, ("origin", "null")], true);
        check(&[("host", "evil.example:8071")], true);
        check(&[("host", "evil.example:8071"), ("sec-fetch-site", "same-origin")], true);
        check(&[("host", "localhost.evil.example")], true);
        check(&[("host", "evillocalhost")], true);
    }
}

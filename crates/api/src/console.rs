//! The console: the files of a single-page app, which are part of the program. They are the same for everybody and need no
//! key; what they show, they ask the API for.
//!
//! The console's own addresses never begin like a route of the API, so that each of them can be answered with its page.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;

/// A file of the console.
struct File {
    /// Where it is served.
    path: &'static str,
    bytes: &'static [u8],
    /// The same, compressed.
    gzip: Option<&'static [u8]>,
}

/// The files that were there when the program was built, by their paths.
static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/console.rs"));

/// What is answered where the program was built without its console.
static ABSENT: File = File { path: "/index.html", bytes: include_bytes!("console/absent.html"), gzip: None };

/// The first parts of the paths that are the API's, whoever asks.
const API: [&str; 9] = [
    "api",
    "webhooks",
    "candidates",
    "webhook_history",
    "events",
    "resources",
    "executions",
    "health",
    "ready",
];

/// Whether a request is for the console; everything else is for the API.
pub(crate) fn is_asked(request: &Request) -> bool {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    is_read && find(FILES, request.uri().path(), request.headers()).is_some()
}

/// Answers requests that are for the console.
pub(crate) fn files() -> Router {
    Router::new().fallback(async |request: Request| {
        let file = find(FILES, request.uri().path(), request.headers());
        answer(file.unwrap_or(&ABSENT), request.headers())
    })
}

/// The file for a path; its page for an address of the console, if a browser opens it.
fn find(files: &'static [File], path: &str, headers: &HeaderMap) -> Option<&'static File> {
    let named = |path: &str| files.binary_search_by(|file| file.path.cmp(path)).ok().map(|at| &files[at]);
    if let Some(file) = named(path) {
        return Some(file);
    }
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let is_page = !API.contains(&first) && !path.starts_with(HASHED) && lists(headers, &ACCEPT, "text/html");
    is_page.then(|| named(ABSENT.path).unwrap_or(&ABSENT))
}

/// Below this, names carry the hashes of what is in the files.
const HASHED: &str = "/assets/";

/// Nothing is loaded from elsewhere, no script is inline, and no page frames this one. Styles may be inline: the libraries
/// that place things set them on elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn answer(file: &'static File, asked: &HeaderMap) -> Response {
    let gzip = file.gzip.filter(|_| lists(asked, &ACCEPT_ENCODING, "gzip"));
    let mut response = Response::new(Body::from(gzip.unwrap_or(file.bytes)));
    *response.status_mut() = StatusCode::OK;
    let is_hashed = file.path.starts_with(HASHED);
    let caching = if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(CONTENT_TYPE, content_type(file.path));
    set(CACHE_CONTROL, caching);
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "no-referrer");
    if file.gzip.is_some() {
        set(VARY, "accept-encoding");
    }
    if gzip.is_some() {
        set(CONTENT_ENCODING, "gzip");
    }
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

/// Whether a header lists this, and does not say that it is unwanted.
fn lists(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let (kind, weight) = item.split_once(';').unwrap_or((item, ""));
        let is_unwanted = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        kind.trim().eq_ignore_ascii_case(wanted) && !is_unwanted
    })
}

#[cfg(test)]
#[path = "console/tests.rs"]
mod tests;

//! Who answers a request, by its path: the console, the full API, or the article's routes. It stands before the routers,
//! so that a request goes through one of them only.

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::Uri;
use axum::response::Response;
use bytes::Bytes;
use tower::BoxError;

use crate::article::Article;
use crate::routed::routed;
use crate::{console, v1};

/// All that is served at one address.
pub struct Front {
    pub(crate) console: Router,
    /// The full API, with paths that begin after [`v1::BASE`].
    pub(crate) full: v1::Front,
    /// Everything else.
    pub(crate) article: Article,
}

impl Front {
    /// Answers a request.
    pub async fn answer<B>(&self, request: Request<B>) -> Response
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let mut request = request.map(Body::new);
        if console::is_asked(&request) {
            return routed(&self.console, &mut request).await;
        }
        match after_base(request.uri()) {
            Some(uri) => {
                *request.uri_mut() = uri;
                self.full.answer(&mut request).await
            }
            None => self.article.answer(&mut request).await,
        }
    }
}

/// What follows [`v1::BASE`] in a URI that begins with it. A slash at its end changes nothing; and clients that are told
/// our address with one at its end put another one before the path.
fn after_base(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let rest = path.strip_prefix(v1::BASE).or_else(|| path.strip_prefix('/')?.strip_prefix(v1::BASE))?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    let rest = rest.trim_end_matches('/');
    let rest = if rest.is_empty() { "/" } else { rest };
    let rest = match uri.query() {
        Some(query) => format!("{rest}?{query}"),
        None => rest.to_owned(),
    };
    Some(Uri::from_maybe_shared(Bytes::from(rest)).expect("a part of a URI is one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uri: &'static str, expected: Option<&str>) {
        let found = after_base(&Uri::from_static(uri)).map(|uri| uri.to_string());
        assert_eq!(found.as_deref(), expected, "{uri}");
    }

    #[test]
    fn the_full_api_is_found_below_its_base() {
        check("/api/v1/app/a/msg", Some("/app/a/msg"));
        check("/api/v1/app/a/msg/", Some("/app/a/msg"));
        check("//api/v1/app?limit=1", Some("/app?limit=1"));
        check("/api/v1/app//?limit=/", Some("/app?limit=/"));
        check("/api/v1//app", Some("//app"));
        for root in ["/api/v1", "/api/v1/", "/api/v1//"] {
            check(root, Some("/"));
        }
        check("http://127.0.0.1/api/v1/app", Some("/app"));
    }

    #[test]
    fn everything_else_is_not_its() {
        for other in ["/", "/api", "/api/v1x", "/api/v10/app", "///api/v1/app", "/webhooks", "*"] {
            check(other, None);
        }
    }
}

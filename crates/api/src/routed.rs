//! A request on its way into a router.

use std::convert::Infallible;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use tower::Service as _;

/// Answers a request by a router. What comes before borrows the request: each future that takes it has room for it twice.
pub(crate) async fn routed(router: &Router, request: &mut Request) -> Response {
    let answered: Result<_, Infallible> = router.clone().call(std::mem::take(request)).await;
    answered.unwrap_or_else(|never| match never {})
}

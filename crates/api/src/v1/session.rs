//! `/api/v1/session`: who is signed in to the console. (Ours; the Svix contract has no such resource.)

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::Response;
use domain::id::AppId;
use domain::key::{KeyHash, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Routes;
use super::answer::{Answer, nothing, ok};
use super::body::Json;
use super::error::Error;
use super::key::KeyScope;
use crate::access::Unidentified;
use crate::access::session::set_cookie;
use crate::browser::is_cross_origin;
use crate::error::unreadable;
use crate::gate::Stopped;
use crate::{Access, Api};

const TAG: &str = "Session";

/// They need no key, or look at it themselves.
pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(read, begin, end))
}

/// A key to sign in with.
#[derive(Deserialize, ToSchema)]
struct SessionIn {
    /// The key.
    #[schema(example = "whk_0123abcd_…")]
    key: String,
}

/// What a session may do.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SessionOut {
    /// Whether anybody may call (`whimbrel dev`) or a key is asked for.
    mode: Mode,
    /// What may be done.
    scope: KeyScope,
    /// The app, where the scope is one app.
    #[schema(value_type = Option<String>)]
    app_id: Option<AppId>,
    /// What everything but questions must carry in the header `x-whimbrel-csrf`, where there is a cookie.
    csrf: Option<String>,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Dev,
    Key,
}

impl SessionOut {
    fn new(mode: Mode, scope: Scope, csrf: Option<String>) -> Self {
        let (scope, app_id) = KeyScope::of(scope);
        Self { mode, scope, app_id, csrf }
    }
}

fn refused(why: Unidentified) -> Error {
    Stopped::Unidentified(why).into()
}

/// Tell who is signed in
#[utoipa::path(
    get,
    path = "/session",
    operation_id = "v1.session.get",
    tag = TAG,
    responses((status = 200, description = "What the session, or the key of the request, may do", body = SessionOut))
)]
async fn read(State(api): State<Arc<Api>>, method: Method, headers: HeaderMap) -> Answer {
    let identity = api.identify(&method, &headers).await.map_err(refused)?;
    let is_anybody = identity.key.is_none() && api.settings.access == Access::Open;
    let mode = if is_anybody { Mode::Dev } else { Mode::Key };
    let session = api.sessions.of(&headers, api.doors.now()).filter(|_| !is_anybody);
    ok(&SessionOut::new(mode, identity.caller.scope, session.map(|session| session.csrf)))
}

/// Sign in
///
/// The key is exchanged for a cookie that scripts cannot read. The session ends with the key, and after twelve hours.
#[utoipa::path(
    post,
    path = "/session",
    operation_id = "v1.session.create",
    tag = TAG,
    request_body = SessionIn,
    security(()),
    responses((status = 200, description = "What the session may do; the cookie is set", body = SessionOut))
)]
async fn begin(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    Json(SessionIn { key }): Json<SessionIn>,
) -> Answer {
    if is_cross_origin(&headers) {
        return Err(refused(Unidentified::Unproven));
    }
    let (hash, now) = (KeyHash::of(key.as_bytes()), api.doors.now());
    let key = api.doors.store.key(hash).await.map_err(unreadable)?;
    let key = key.filter(|key| key.is_valid(now)).ok_or_else(|| refused(Unidentified::Unknown))?;
    let random = [api.doors.random(), api.doors.random()];
    let (session, cookie) = api.sessions.begin(hash, now, random);
    let answer = ok(&SessionOut::new(Mode::Key, key.scope, Some(session.csrf)))?;
    Ok(with_cookie(answer, &cookie, &api))
}

/// Sign out
#[utoipa::path(
    delete,
    path = "/session",
    operation_id = "v1.session.delete",
    tag = TAG,
    security(()),
    responses((status = 204, description = "Nobody is signed in by this cookie any more"))
)]
async fn end(State(api): State<Arc<Api>>, method: Method, headers: HeaderMap) -> Answer {
    let session = api.sessions.of(&headers, api.doors.now());
    if session.is_some_and(|session| is_cross_origin(&headers) || !session.allows(&method, &headers)) {
        return Err(refused(Unidentified::Unproven));
    }
    api.sessions.end(&headers);
    Ok(with_cookie(nothing()?, "", &api))
}

fn with_cookie(mut response: Response, value: &str, api: &Api) -> Response {
    let cookie = HeaderValue::from_str(&set_cookie(value, &api.settings.public_url));
    response.headers_mut().insert(SET_COOKIE, cookie.expect("its parts are ASCII"));
    response
}

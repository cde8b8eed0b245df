//! `/api/v1/auth`: access to the console for the customers of the platform, each to its own app.

mod wire;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use domain::app::App;
use domain::id::{KeyId, OrganizationId};
use domain::key::{Key, Scope};
use domain::limits::PAGE_ROWS_MAX;
use engine::ports::page::{Order, Slice, Start};
use utoipa_axum::routes;

use super::access::{AnyCaller, AppAdmin, OrgAdmin, PathApp, customer};
use super::answer::{Answer, nothing, ok};
use super::body::Optional;
use super::error::Error;
use super::key::{End, NewKey, end, make};
use super::{Routes, app};
use crate::Api;
use crate::error::unreadable;

use wire::{AppPortalAccessIn, AppPortalAccessOut, ApplicationTokenExpireIn, Ended, Wanted, WhoamiOut};

const TAG: &str = "Authentication";

/// The operations that give keys.
pub(super) fn key_routes() -> Routes {
    Routes::new().routes(routes!(app_portal_access)).routes(routes!(dashboard_access))
}

/// The others.
pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(logout)).routes(routes!(expire_all)).routes(routes!(whoami))
}

/// Give access to one app
///
/// The link and the key in it are for the customer whose app it is. A request that is sent again, also with the same
/// idempotency key, gives another key.
#[utoipa::path(
    post,
    path = "/auth/app-portal-access/{app_id}",
    operation_id = "v1.authentication.app-portal-access",
    tag = TAG,
    params(PathApp),
    request_body = Option<AppPortalAccessIn>,
    responses((status = 200, description = "The link, and the key in it", body = AppPortalAccessOut))
)]
async fn app_portal_access(
    State(api): State<Arc<Api>>,
    caller: OrgAdmin,
    path: PathApp,
    Optional(body): Optional<AppPortalAccessIn>,
) -> Answer {
    access(&api, caller.organization, path, body.check()?).await
}

/// Give access to one app, by the former name of this operation
#[utoipa::path(
    post,
    path = "/auth/dashboard-access/{app_id}",
    operation_id = "v1.authentication.dashboard-access",
    tag = TAG,
    params(PathApp),
    responses((status = 200, description = "The link, and the key in it", body = AppPortalAccessOut))
)]
async fn dashboard_access(State(api): State<Arc<Api>>, caller: OrgAdmin, path: PathApp) -> Answer {
    access(&api, caller.organization, path, AppPortalAccessIn::default().check()?).await
}

async fn access(api: &Api, organization: OrganizationId, path: PathApp, wanted: Wanted) -> Answer {
    let app = match wanted.application {
        None => customer(api, organization, &path.app_id).await?.ok_or_else(Error::not_found)?,
        Some(application) => app::find_or_make(api, organization, &path.app_id, application).await?,
    };
    let expires_at = Some(api.doors.now() + Duration::from_secs(wanted.seconds));
    let name = key_name(wanted.session.as_deref());
    let (key, _) = make(api, NewKey { organization, scope: Scope::App(app.id), name, expires_at }).await?;
    let url = format!("{}/#key={}", api.settings.public_url, key.expose());
    ok(&AppPortalAccessOut { url, token: key.expose() })
}

/// What a key is called that was given as access.
fn key_name(session: Option<&str>) -> String {
    match session {
        None => "App portal".to_owned(),
        Some(session) => format!("App portal, session {session}"),
    }
}

/// End the key of the request
///
/// It must be one for an app.
#[utoipa::path(
    post,
    path = "/auth/logout",
    operation_id = "v1.authentication.logout",
    tag = TAG,
    responses((status = 204, description = "The key opens nothing any more"))
)]
async fn logout(State(api): State<Arc<Api>>, AnyCaller { caller, key }: AnyCaller) -> Answer {
    if !matches!(caller.scope, Scope::App(_)) {
        return Err(Error::forbidden());
    }
    let Some(key) = key else {
        let detail = "A token that another server issued cannot be ended before its time.";
        return Err(Error::bad_request("not_revocable", detail));
    };
    end(&api, caller.organization, key, End::Now).await?;
    nothing()
}

/// Tell whose key the request has
#[utoipa::path(
    get,
    path = "/auth/whoami",
    operation_id = "v1.authentication.whoami",
    tag = TAG,
    responses((status = 200, description = "What the key is for", body = WhoamiOut))
)]
async fn whoami(caller: AnyCaller) -> Answer {
    ok(&WhoamiOut::from(caller))
}

/// End the keys of an app
#[utoipa::path(
    post,
    path = "/auth/app/{app_id}/expire-all",
    operation_id = "v1.authentication.expire-all",
    tag = TAG,
    params(PathApp),
    request_body = Option<ApplicationTokenExpireIn>,
    responses((status = 204, description = "They open nothing any more, or will not"))
)]
async fn expire_all(
    State(api): State<Arc<Api>>,
    AppAdmin { app }: AppAdmin,
    Optional(body): Optional<ApplicationTokenExpireIn>,
) -> Answer {
    let Ended { seconds, sessions } = body.check()?;
    let names: Vec<String> = sessions.iter().map(|session| key_name(Some(session))).collect();
    let at = match seconds {
        0 => End::Now,
        seconds => End::At(api.doors.now() + Duration::from_secs(seconds)),
    };
    for id in valid_keys(&api, &app, &names).await? {
        end(&api, app.organization, id, at).await?;
    }
    nothing()
}

/// The keys of an app that open anything; only those with these names, if there are any.
async fn valid_keys(api: &Api, app: &App, names: &[String]) -> Result<Vec<KeyId>, Error> {
    let now = api.doors.now();
    let is_wanted = |key: &Key| {
        key.scope == Scope::App(app.id)
            && key.is_valid(now)
            && (names.is_empty() || names.contains(&key.name))
    };
    let (mut found, mut start) = (Vec::new(), Start::First);
    loop {
        let slice = Slice { limit: PAGE_ROWS_MAX, order: Order::Ascending, start };
        let page = api.doors.store.keys(app.organization, slice).await.map_err(unreadable)?;
        found.extend(page.rows.iter().filter(|key| is_wanted(key)).map(|key| key.id));
        match page.rows.last() {
            Some(last) if page.more => start = Start::After(last.id),
            _ => return Ok(found),
        }
    }
}

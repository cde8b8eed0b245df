//! Who gets at an endpoint: at one of an app's, as the app allows; at one of the operational webhooks, as the
//! organization allows.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::app::App;
use domain::endpoint::Endpoint;
use domain::key::Scope;

use super::{app, caller, parameter};
use crate::Api;
use crate::error::unreadable;
use crate::v1::error::Error;
use crate::v1::msg::endpoint_named;

/// Does to the endpoint that the path names what only its organization may do.
pub(in crate::v1) struct EndpointAdmin {
    pub(in crate::v1) app: App,
    pub(in crate::v1) endpoint: Endpoint,
}

/// Changes the endpoint that the path names, or sees its secret.
pub(in crate::v1) struct EndpointManager {
    pub(in crate::v1) app: App,
    pub(in crate::v1) endpoint: Endpoint,
}

/// Looks at the endpoint that the path names.
pub(in crate::v1) struct EndpointReader {
    pub(in crate::v1) endpoint: Endpoint,
}

/// Changes the organization's operational webhooks.
pub(in crate::v1) struct OperationalManager {
    pub(in crate::v1) app: App,
}

/// Looks at the organization's operational webhooks.
pub(in crate::v1) struct OperationalReader {
    pub(in crate::v1) app: App,
}

/// Changes the operational webhook that the path names, or sees its secret.
pub(in crate::v1) struct OperationalEndpointManager {
    pub(in crate::v1) endpoint: Endpoint,
}

/// Looks at the operational webhook that the path names.
pub(in crate::v1) struct OperationalEndpointReader {
    pub(in crate::v1) endpoint: Endpoint,
}

/// The endpoint that the path names, which must be there.
async fn named_endpoint(parts: &mut Parts, api: &Api, app: &App) -> Result<Endpoint, Error> {
    let name = parameter(parts, "endpoint_id").await.ok_or_else(Error::not_found)?;
    endpoint_named(api, app, &name).await
}

async fn endpoint(
    parts: &mut Parts,
    api: &Api,
    is_enough: impl Fn(Scope, &App) -> bool,
) -> Result<(App, Endpoint), Error> {
    let (_, app) = app(parts, api, is_enough).await?;
    let endpoint = named_endpoint(parts, api, &app).await?;
    Ok((app, endpoint))
}

/// The app of the operational webhooks, for a scope that is enough.
async fn operational(parts: &Parts, api: &Api, is_enough: impl Fn(Scope) -> bool) -> Result<App, Error> {
    let caller = caller(parts, is_enough)?;
    let app = api.doors.store.operational_app(caller.organization, api.doors.mint()).await;
    Ok(app.map_err(unreadable)?)
}

impl FromRequestParts<Arc<Api>> for EndpointAdmin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        let (app, endpoint) = endpoint(parts, api, |scope, _| scope.administers()).await?;
        Ok(Self { app, endpoint })
    }
}

impl FromRequestParts<Arc<Api>> for EndpointManager {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        let (app, endpoint) = endpoint(parts, api, |scope, app| scope.manages_app(app.id)).await?;
        Ok(Self { app, endpoint })
    }
}

impl FromRequestParts<Arc<Api>> for EndpointReader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        let (_, endpoint) = endpoint(parts, api, |scope, app| scope.reads_app(app.id)).await?;
        Ok(Self { endpoint })
    }
}

impl FromRequestParts<Arc<Api>> for OperationalManager {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        Ok(Self { app: operational(parts, api, Scope::administers).await? })
    }
}

impl FromRequestParts<Arc<Api>> for OperationalReader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        Ok(Self { app: operational(parts, api, Scope::reads).await? })
    }
}

impl FromRequestParts<Arc<Api>> for OperationalEndpointManager {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        let app = operational(parts, api, Scope::administers).await?;
        Ok(Self { endpoint: named_endpoint(parts, api, &app).await? })
    }
}

impl FromRequestParts<Arc<Api>> for OperationalEndpointReader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        let app = operational(parts, api, Scope::reads).await?;
        Ok(Self { endpoint: named_endpoint(parts, api, &app).await? })
    }
}

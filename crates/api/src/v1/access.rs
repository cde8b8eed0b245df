//! What a caller may do, as the first argument of each handler: a handler gets at an organization, or at an app, only
//! through one of these, so that none can forget to ask.
//!
//! A scope that is not enough is answered 403. Apps of others, and those that an app's own key is not for, are not there
//! (404).

mod endpoint;
mod scoped;
mod task;
mod within;

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use domain::app::{App, AppKind, AppRef};
use domain::id::{KeyId, OrganizationId};
use domain::key::{Caller, Scope};

use utoipa::IntoParams;

use super::error::Error;
use crate::Api;
use crate::access::Identity;
use crate::error::unreadable;

pub(super) use endpoint::{
    EndpointAdmin, EndpointManager, EndpointReader, OperationalEndpointManager, OperationalEndpointReader,
    OperationalManager, OperationalReader,
};
pub(super) use scoped::{AppQuery, ScopedReader};
pub(super) use task::TaskReader;
pub(super) use within::{Within, WithinQuery};

/// Changes what belongs to the organization.
pub(super) struct OrgAdmin {
    pub(super) organization: OrganizationId,
}

/// Looks at what belongs to the organization.
pub(super) struct OrgReader {
    pub(super) organization: OrganizationId,
}

/// Sends to the apps of the organization.
pub(super) struct Sender {
    pub(super) organization: OrganizationId,
}

/// Looks at what everybody but senders may see: event types.
pub(super) struct AnyReader {
    pub(super) caller: Caller,
}

/// Any valid key.
pub(super) struct AnyCaller {
    pub(super) caller: Caller,
    /// The key, where it is one of ours.
    pub(super) key: Option<KeyId>,
}

/// Does to the app that the path names what only its organization may do.
pub(super) struct AppAdmin {
    pub(super) app: App,
}

/// Changes what belongs to the app that the path names.
pub(super) struct AppManager {
    pub(super) app: App,
}

/// Looks at what belongs to the app that the path names.
pub(super) struct AppReader {
    pub(super) app: App,
}

/// Who calls, for a scope that is enough.
fn caller(parts: &Parts, is_enough: impl Fn(Scope) -> bool) -> Result<Caller, Error> {
    let Identity { caller, .. } = identity(parts);
    if is_enough(caller.scope) { Ok(caller) } else { Err(Error::forbidden()) }
}

fn identity(parts: &Parts) -> Identity {
    *parts.extensions.get().expect("handlers that ask who calls are behind the gate")
}

/// The app that the path names, for a scope that is enough.
async fn app(
    parts: &mut Parts,
    api: &Api,
    is_enough: impl Fn(Scope, &App) -> bool,
) -> Result<(Caller, App), Error> {
    let Identity { caller, .. } = identity(parts);
    if caller.scope == Scope::Send {
        return Err(Error::forbidden());
    }
    let app = named_app(parts, api, caller.organization).await?;
    let app = app.filter(|app| !caller.scope.hides_app(app.id)).ok_or_else(Error::not_found)?;
    if is_enough(caller.scope, &app) { Ok((caller, app)) } else { Err(Error::forbidden()) }
}

async fn named_app(parts: &mut Parts, api: &Api, organization: OrganizationId) -> Result<Option<App>, Error> {
    match parameter(parts, "app_id").await {
        Some(name) => customer(api, organization, &name).await,
        None => Ok(None),
    }
}

/// The app of a customer by its name.
pub(super) async fn customer(
    api: &Api,
    organization: OrganizationId,
    name: &AppRef,
) -> Result<Option<App>, Error> {
    let app = api.doors.store.app(organization, name).await.map_err(unreadable)?;
    Ok(app.filter(|app| app.kind == AppKind::Customer))
}

/// A parameter of the path, if it can be one.
pub(super) async fn parameter<T: FromStr>(parts: &mut Parts, name: &str) -> Option<T> {
    let parameters = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    parameters.iter().find(|(key, _)| *key == name).and_then(|(_, value)| value.parse().ok())
}

impl FromRequestParts<Arc<Api>> for OrgAdmin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Error> {
        let Caller { organization, .. } = caller(parts, Scope::administers)?;
        Ok(Self { organization })
    }
}

impl FromRequestParts<Arc<Api>> for OrgReader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Error> {
        let Caller { organization, .. } = caller(parts, Scope::reads)?;
        Ok(Self { organization })
    }
}

impl FromRequestParts<Arc<Api>> for Sender {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Error> {
        let Caller { organization, .. } = caller(parts, Scope::sends)?;
        Ok(Self { organization })
    }
}

impl FromRequestParts<Arc<Api>> for AnyReader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Error> {
        caller(parts, Scope::sees).map(|caller| Self { caller })
    }
}

impl FromRequestParts<Arc<Api>> for AnyCaller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Error> {
        let Identity { caller, key } = identity(parts);
        Ok(Self { caller, key })
    }
}

impl FromRequestParts<Arc<Api>> for AppAdmin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        let (_, app) = app(parts, api, |scope, _| scope.administers()).await?;
        Ok(Self { app })
    }
}

impl FromRequestParts<Arc<Api>> for AppManager {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        let (_, app) = app(parts, api, |scope, app| scope.manages_app(app.id)).await?;
        Ok(Self { app })
    }
}

impl FromRequestParts<Arc<Api>> for AppReader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        let (_, app) = app(parts, api, |scope, app| scope.reads_app(app.id)).await?;
        Ok(Self { app })
    }
}

/// The app that a path names, by its id or its uid, whether it is there or not.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct PathApp {
    /// The app's id or uid
    #[param(value_type = String, example = "customer-42")]
    pub(super) app_id: AppRef,
}

impl FromRequestParts<Arc<Api>> for PathApp {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Error> {
        let app_id = parameter(parts, "app_id").await.ok_or_else(Error::not_found)?;
        Ok(Self { app_id })
    }
}

//! Whose things a list is about that goes through a whole organization, unless its query names an app or an endpoint.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::app::{App, AppRef};
use domain::endpoint::EndpointRef;
use domain::id::{AppId, EndpointId, OrganizationId};
use domain::key::{Caller, Scope};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{caller, customer};
use crate::Api;
use crate::error::unreadable;
use crate::v1::error::Error;
use crate::v1::msg::endpoint_named;
use crate::v1::query::Query;

/// Looks at what belongs to the organization, or to the app or the endpoint that the query names. A key of one app sees
/// that app alone, named or not.
pub(in crate::v1) enum Within {
    /// All of its customers.
    Organization(OrganizationId),
    /// One of them.
    App(AppId),
    /// One endpoint of one of them.
    Endpoint(EndpointId),
}

/// Whose things are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::v1) struct WithinQuery {
    /// Only those of this app: its id or uid.
    #[param(example = "customer-42")]
    app_id: Option<String>,
    /// Only those of this endpoint: its id, or its uid if there is an `app_id` as well.
    #[param(example = "ep_7Zk2mVd0001")]
    endpoint_id: Option<String>,
}

impl FromRequestParts<Arc<Api>> for Within {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        let caller = caller(parts, Scope::sees)?;
        let Query(query) = Query::<WithinQuery>::from_request_parts(parts, &()).await?;
        let endpoint = query.endpoint_id.map(|name| name.parse::<EndpointRef>());
        let endpoint = endpoint.transpose().map_err(|_| Error::not_found())?;
        let app = match (query.app_id, caller.scope, &endpoint) {
            (Some(name), _, _) => name.parse().map_err(|_| Error::not_found())?,
            (None, Scope::App(own), _) => AppRef::Id(own),
            (None, _, Some(EndpointRef::Id(id))) => {
                let found = api.doors.store.endpoint(*id).await.map_err(unreadable)?;
                AppRef::Id(found.ok_or_else(Error::not_found)?.app)
            }
            (None, _, Some(EndpointRef::Uid(_))) => return Err(nobodys()),
            (None, _, None) => return Ok(Self::Organization(caller.organization)),
        };
        let app = seen(api, caller, &app).await?;
        match endpoint {
            Some(name) => Ok(Self::Endpoint(endpoint_named(api, &app, &name).await?.id)),
            None => Ok(Self::App(app.id)),
        }
    }
}

/// An app of the organization that the caller may look at.
pub(super) async fn seen(api: &Api, caller: Caller, name: &AppRef) -> Result<App, Error> {
    let app = customer(api, caller.organization, name).await?;
    app.filter(|app| !caller.scope.hides_app(app.id)).ok_or_else(Error::not_found)
}

fn nobodys() -> Error {
    Error::invalid(&["query", "endpoint_id"], "must be the endpoint's id, or come with the app_id of its app")
}

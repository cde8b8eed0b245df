//! Who may look at something of the whole organization, or of the app that the query names.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::app::App;
use domain::id::OrganizationId;
use domain::key::{Caller, Scope};
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller;
use super::within::seen;
use crate::Api;
use crate::v1::error::Error;
use crate::v1::query::Query;

/// Which app is meant.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::v1) struct AppQuery {
    /// Only of this app: its id or uid. A key of one app is for that app in any case.
    #[param(example = "customer-42")]
    app_id: Option<String>,
}

/// Looks at something of the organization, or of one app if the query names one or the key is for one.
pub(in crate::v1) struct ScopedReader {
    pub(in crate::v1) organization: OrganizationId,
    pub(in crate::v1) app: Option<App>,
}

impl FromRequestParts<Arc<Api>> for ScopedReader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        let caller @ Caller { organization, scope } = caller(parts, Scope::sees)?;
        let Query(AppQuery { app_id }) = Query::from_request_parts(parts, api).await?;
        let named = match (app_id, scope) {
            (Some(name), _) => Some(name.parse().map_err(|_| Error::not_found())?),
            (None, Scope::App(own)) => Some(own.into()),
            (None, _) => None,
        };
        let app = match named {
            Some(named) => Some(seen(api, caller, &named).await?),
            None => None,
        };
        Ok(Self { organization, app })
    }
}

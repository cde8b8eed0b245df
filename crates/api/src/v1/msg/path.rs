//! The message or the endpoint of an app that a path names.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::app::App;
use domain::endpoint::{Endpoint, EndpointRef};
use domain::message::{Message, MessageRef};
use utoipa::IntoParams;

use crate::Api;
use crate::error::unreadable;
use crate::v1::access::parameter;
use crate::v1::error::Error;

/// The message that a path names, by its id or its `eventId`, whether it is there or not.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::v1) struct PathMessage {
    /// The message's id or `eventId`
    #[param(value_type = String, example = "msg_7Zk2mVd0001")]
    pub(in crate::v1) msg_id: MessageRef,
}

/// The endpoint that a path names, by its id or its uid, whether it is there or not.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::v1) struct PathEndpoint {
    /// The endpoint's id or uid
    #[param(value_type = String, example = "ep_7Zk2mVd0001")]
    pub(in crate::v1) endpoint_id: EndpointRef,
}

impl FromRequestParts<Arc<Api>> for PathMessage {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Error> {
        let msg_id = parameter(parts, "msg_id").await.ok_or_else(Error::not_found)?;
        Ok(Self { msg_id })
    }
}

impl FromRequestParts<Arc<Api>> for PathEndpoint {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Error> {
        let endpoint_id = parameter(parts, "endpoint_id").await.ok_or_else(Error::not_found)?;
        Ok(Self { endpoint_id })
    }
}

/// The message of an app.
pub(in crate::v1) async fn message_named(api: &Api, app: &App, name: &MessageRef) -> Result<Message, Error> {
    let found = api.doors.store.message(app.id, name).await.map_err(unreadable)?;
    found.ok_or_else(Error::not_found)
}

/// The endpoint of an app.
pub(in crate::v1) async fn endpoint_named(
    api: &Api,
    app: &App,
    name: &EndpointRef,
) -> Result<Endpoint, Error> {
    let found = api.doors.store.endpoint_of(app.id, name).await.map_err(unreadable)?;
    found.ok_or_else(Error::not_found)
}

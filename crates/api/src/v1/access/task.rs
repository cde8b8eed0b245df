//! Who gets at a background task: whoever looks at its organization, or at the app whose endpoint it is about.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::key::Scope;
use domain::task::Task;

use super::within::seen;
use super::{caller, parameter};
use crate::Api;
use crate::error::unreadable;
use crate::v1::error::Error;

/// Looks at the task that the path names.
pub(in crate::v1) struct TaskReader {
    pub(in crate::v1) task: Task,
}

impl FromRequestParts<Arc<Api>> for TaskReader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        let caller = caller(parts, Scope::sees)?;
        let id = parameter(parts, "task_id").await.ok_or_else(Error::not_found)?;
        let task = api.doors.store.task(caller.organization, id).await.map_err(unreadable)?;
        let task = task.ok_or_else(Error::not_found)?;
        if let Scope::App(own) = caller.scope
            && seen(api, caller, &own.into()).await?.id != task.app
        {
            return Err(Error::not_found());
        }
        Ok(Self { task })
    }
}

//! Which attempts a list is about, and how they are shown.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::id::AttemptId;
use engine::ports::history::{AttemptFilter, DeliveryStatus};
use engine::ports::page::{Order, Slice};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::status::StatusQuery;
use crate::Api;
use crate::v1::error::Error;
use crate::v1::msg::{ContentQuery, Contents, MessageQuery, TimeQuery};
use crate::v1::page::ListQuery;
use crate::v1::query::Query;

/// Which attempts are wanted.
pub(super) struct Wanted {
    /// Which page.
    pub(super) slice: Slice<AttemptId>,
    /// What they must be like; `None` if none can be so.
    pub(super) filter: Option<AttemptFilter>,
    /// Whether the responses are shown, and what the messages carry.
    pub(super) contents: Contents,
}

/// What the receiver's status must be like.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct ClassQuery {
    /// Only answers with a status of this hundred; 0: only attempts without an answer.
    #[param(minimum = 0, maximum = 500, example = 500)]
    status_code_class: Option<u16>,
}

impl ClassQuery {
    fn wanted(&self) -> Result<Option<u16>, Error> {
        match self.status_code_class {
            None | Some(0 | 100 | 200 | 300 | 400 | 500) => Ok(self.status_code_class),
            Some(_) => {
                let loc = ["query", "status_code_class"];
                Err(Error::invalid(&loc, "must be 0, 100, 200, 300, 400 or 500"))
            }
        }
    }
}

impl FromRequestParts<Arc<Api>> for Wanted {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Error> {
        let slice = query::<ListQuery>(parts).await?.ordered::<AttemptId>(Order::Descending)?;
        let time: TimeQuery = query(parts).await?;
        let times = time.times(api.doors.now(), &slice.start, |id| id.timestamp());
        let filter = AttemptFilter {
            since: times.since,
            until: times.until,
            succeeded: None,
            status_class: query::<ClassQuery>(parts).await?.wanted()?,
            message: query::<MessageQuery>(parts).await?.filter()?,
        };
        let filter = match query::<StatusQuery>(parts).await?.wanted()? {
            None => Some(filter),
            Some(DeliveryStatus::Succeeded) => Some(AttemptFilter { succeeded: Some(true), ..filter }),
            Some(DeliveryStatus::Failed) => Some(AttemptFilter { succeeded: Some(false), ..filter }),
            // Deliveries are so; an attempt is in the history once it has succeeded or failed.
            Some(DeliveryStatus::Pending | DeliveryStatus::Sending | DeliveryStatus::Cancelled) => None,
        };
        Ok(Self { slice, filter, contents: query::<ContentQuery>(parts).await?.contents() })
    }
}

async fn query<T: DeserializeOwned>(parts: &mut Parts) -> Result<T, Error> {
    let Query(query) = Query::from_request_parts(parts, &()).await?;
    Ok(query)
}

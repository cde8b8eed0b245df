//! `/api/v1/organization`: what the organization of the key decides about itself. (Ours; the Svix contract has no such
//! resource.)

use std::sync::Arc;

use axum::extract::State;
use domain::id::OrganizationId;
use domain::organization::{Organization, Settings};
use domain::sign;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Routes;
use super::access::{OrgAdmin, OrgReader};
use super::answer::{Answer, ok};
use super::body::Json;
use super::check::Checks;
use super::error::Error;
use crate::Api;
use crate::error::unreadable;

const TAG: &str = "Organization";

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(read, patch))
}

/// An organization.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrganizationOut {
    /// Its id.
    #[schema(value_type = String, example = "org_00000000001")]
    id: OrganizationId,
    /// For people.
    name: String,
    /// Under which names the signatures of its calls are sent.
    header_names: HeaderNames,
    /// Whether payloads are held against the schemas of their event types.
    validate_payloads: bool,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// What is to be changed of an organization.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrganizationPatch {
    /// For people.
    #[schema(min_length = 1, max_length = 1024)]
    name: Option<String>,
    /// Under which names the signatures of its calls are sent.
    header_names: Option<HeaderNames>,
    /// Whether payloads are held against the schemas of their event types.
    validate_payloads: Option<bool>,
}

/// Names of the headers with signatures.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum HeaderNames {
    /// `webhook-id`, `webhook-timestamp` and `webhook-signature`, as Standard Webhooks has them.
    Webhook,
    /// `svix-id`, `svix-timestamp` and `svix-signature`.
    Svix,
    /// The same under both names.
    Both,
}

impl From<sign::HeaderNames> for HeaderNames {
    fn from(names: sign::HeaderNames) -> Self {
        match names {
            sign::HeaderNames::Webhook => Self::Webhook,
            sign::HeaderNames::Svix => Self::Svix,
            sign::HeaderNames::Both => Self::Both,
        }
    }
}

impl From<HeaderNames> for sign::HeaderNames {
    fn from(names: HeaderNames) -> Self {
        match names {
            HeaderNames::Webhook => Self::Webhook,
            HeaderNames::Svix => Self::Svix,
            HeaderNames::Both => Self::Both,
        }
    }
}

impl From<Organization> for OrganizationOut {
    fn from(organization: Organization) -> Self {
        Self {
            id: organization.id,
            name: organization.name,
            header_names: organization.settings.header_names.into(),
            validate_payloads: organization.settings.validates_payloads,
            updated_at: organization.updated_at,
        }
    }
}

/// Read the organization of the key
#[utoipa::path(
    get,
    path = "/organization",
    operation_id = "v1.organization.get",
    tag = TAG,
    responses((status = 200, description = "The organization", body = OrganizationOut))
)]
async fn read(State(api): State<Arc<Api>>, caller: OrgReader) -> Answer {
    let found = api.doors.store.organization(caller.organization).await.map_err(unreadable)?;
    ok(&OrganizationOut::from(found.ok_or_else(Error::not_found)?))
}

/// Change the organization of the key
#[utoipa::path(
    patch,
    path = "/organization",
    operation_id = "v1.organization.patch",
    tag = TAG,
    request_body = OrganizationPatch,
    responses((status = 200, description = "The organization as it is now", body = OrganizationOut))
)]
async fn patch(State(api): State<Arc<Api>>, caller: OrgAdmin, Json(body): Json<OrganizationPatch>) -> Answer {
    let mut checks = Checks::of_body();
    let name = body.name.map(|name| checks.title("name", name));
    checks.done()?;
    let now = api.doors.now();
    let changed = api.doors.update_organization(caller.organization, |organization| {
        let Settings { header_names, validates_payloads } = organization.settings;
        let settings = Settings {
            header_names: body.header_names.map_or(header_names, Into::into),
            validates_payloads: body.validate_payloads.unwrap_or(validates_payloads),
        };
        let name = name.clone().unwrap_or_else(|| organization.name.clone());
        Ok::<_, Error>(Organization { name, settings, updated_at: now, ..organization })
    });
    ok(&OrganizationOut::from(changed.await??))
}

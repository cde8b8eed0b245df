//! What a caller may do on the article's routes, as an argument of each handler: a handler gets at an organization only
//! through one of these. Keys of one app open none of them.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::id::OrganizationId;
use domain::key::Scope;

use crate::access::Identity;
use crate::error::Refusal;

/// Registers webhooks.
pub(super) struct Admin {
    pub(super) organization: OrganizationId,
}

/// Tells what happened.
pub(super) struct Sender {
    pub(super) organization: OrganizationId,
}

/// Looks at what is there.
pub(super) struct Reader {
    pub(super) organization: OrganizationId,
}

fn organization(parts: &Parts, is_enough: impl Fn(Scope) -> bool) -> Result<OrganizationId, Refusal> {
    let identity: &Identity = parts.extensions.get().expect("the article's routes are behind the gate");
    let caller = identity.caller;
    if is_enough(caller.scope) { Ok(caller.organization) } else { Err(Refusal::forbidden()) }
}

impl<S: Send + Sync> FromRequestParts<S> for Admin {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        organization(parts, Scope::administers).map(|organization| Self { organization })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Sender {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        organization(parts, Scope::sends).map(|organization| Self { organization })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        organization(parts, Scope::reads).map(|organization| Self { organization })
    }
}

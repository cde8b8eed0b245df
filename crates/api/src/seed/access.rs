//! What a caller may do on the article's routes, as an argument of each handler: a handler gets at an organization only
//! through one of these. Keys of one app open none of them but [`StoryReader`].

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::app::App;
use domain::execution::request::Signatures;
use domain::id::OrganizationId;
use domain::key::{Caller, Scope};

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

/// Looks at one message: at any of the organization's, or of its own app's.
pub(super) struct StoryReader {
    pub(super) organization: OrganizationId,
    scope: Scope,
}

impl StoryReader {
    /// Whether the messages of an app are there for the caller. Of one that is deleted, its own key finds nothing more.
    pub(super) fn sees(&self, app: &App) -> bool {
        self.scope.reads() || (self.scope.reads_app(app.id) && app.deleted_at.is_none())
    }

    /// Signatures are for who may see what they are made with.
    pub(super) fn signatures(&self, app: &App) -> Signatures {
        if self.scope.manages_app(app.id) { Signatures::Shown } else { Signatures::Left }
    }
}

fn organization(parts: &Parts, is_enough: impl Fn(Scope) -> bool) -> Result<OrganizationId, Refusal> {
    caller(parts, is_enough).map(|caller| caller.organization)
}

fn caller(parts: &Parts, is_enough: impl Fn(Scope) -> bool) -> Result<Caller, Refusal> {
    let identity: &Identity = parts.extensions.get().expect("the article's routes are behind the gate");
    let caller = identity.caller;
    if is_enough(caller.scope) { Ok(caller) } else { Err(Refusal::forbidden()) }
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

impl<S: Send + Sync> FromRequestParts<S> for StoryReader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let Caller { organization, scope } = caller(parts, Scope::sees)?;
        Ok(Self { organization, scope })
    }
}

//! `…/endpoint/{endpoint_id}/auth`: how the receiver knows that it is we who call, besides the signature. What is secret
//! in it comes in and never goes out.

use std::sync::Arc;

use axum::extract::State;
use domain::address::Networks;
use domain::endpoint::Endpoint;
use domain::receiver_auth::{
    ApiKey, Basic, Bearer, ClientAuth, ClientCredentials, Identity, InvalidAuth, ReceiverAuth, ShownAuth,
};
use domain::target::Target;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::catalog::update;
use super::change::fits;
use crate::Api;
use crate::v1::Routes;
use crate::v1::access::{EndpointManager, EndpointReader, PathApp};
use crate::v1::answer::{Answer, nothing, ok};
use crate::v1::body::Json;
use crate::v1::error::Error;
use crate::v1::msg::PathEndpoint;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(read, set, clear))
}

/// How we prove who we are to a receiver.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum EndpointAuthIn {
    /// User name and password (RFC 7617).
    Basic {
        /// Without a colon.
        username: String,
        #[schema(write_only)]
        password: String,
    },
    /// A token that does not change (RFC 6750).
    Bearer {
        #[schema(write_only)]
        token: String,
    },
    /// A header of the receiver's choice.
    ApiKey {
        /// Its name.
        #[schema(example = "x-api-key")]
        header: String,
        #[schema(write_only)]
        value: String,
    },
    /// A token that an authorization server gives for a while (RFC 6749, 4.4).
    #[serde(rename = "oauth2")]
    OAuth2 {
        /// Where tokens come from; `https`.
        #[schema(format = "uri")]
        token_url: String,
        /// Who we are there.
        client_id: String,
        #[schema(write_only)]
        client_secret: String,
        /// What is asked for.
        scope: Option<String>,
        /// How we prove it there; `basic` if it is not said.
        method: Option<ClientAuthMethod>,
    },
    /// A certificate in the TLS handshake.
    Mtls {
        /// The certificate, and its chain.
        certificate_pem: String,
        #[schema(write_only)]
        key_pem: String,
    },
}

/// What is known about how we prove who we are to a receiver, without what is secret.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum EndpointAuthOut<'a> {
    /// By the signature alone.
    None,
    /// User name and password.
    Basic { username: &'a str },
    /// A token that does not change.
    Bearer,
    /// A header of the receiver's choice.
    ApiKey { header: &'a str },
    /// A token that an authorization server gives for a while.
    #[serde(rename = "oauth2")]
    OAuth2 { token_url: &'a str, client_id: &'a str, scope: Option<&'a str>, method: ClientAuthMethod },
    /// A certificate in the TLS handshake.
    Mtls { certificate_pem: &'a str },
}

/// How we prove who we are to an authorization server (RFC 6749, 2.3.1).
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum ClientAuthMethod {
    /// In the `authorization` header; every server takes this.
    Basic,
    /// In the request's body.
    Body,
}

/// Read how we prove who we are to an endpoint
#[utoipa::path(
    get,
    path = "/app/{app_id}/endpoint/{endpoint_id}/auth",
    operation_id = "v1.endpoint.get-auth",
    tag = super::TAG,
    params(PathApp, PathEndpoint),
    responses((status = 200, description = "What is not secret of it", body = EndpointAuthOut<'static>))
)]
async fn read(EndpointReader { endpoint }: EndpointReader) -> Answer {
    ok(&EndpointAuthOut::from(endpoint.auth.shown()))
}

/// Set how we prove who we are to an endpoint
#[utoipa::path(
    put,
    path = "/app/{app_id}/endpoint/{endpoint_id}/auth",
    operation_id = "v1.endpoint.set-auth",
    tag = super::TAG,
    params(PathApp, PathEndpoint),
    request_body = EndpointAuthIn,
    responses((status = 200, description = "What is not secret of it", body = EndpointAuthOut<'static>))
)]
async fn set(
    State(api): State<Arc<Api>>,
    EndpointManager { endpoint, .. }: EndpointManager,
    Json(body): Json<EndpointAuthIn>,
) -> Answer {
    let auth = body.check(&api.settings.opened)?;
    api.doors.check_auth(&auth).map_err(|why| Error::invalid(&["body"], why))?;
    let auth = Arc::new(auth);
    let changed = change(&api, &endpoint, &auth).await?;
    ok(&EndpointAuthOut::from(changed.auth.shown()))
}

/// Prove who we are to an endpoint by the signature alone
#[utoipa::path(
    delete,
    path = "/app/{app_id}/endpoint/{endpoint_id}/auth",
    operation_id = "v1.endpoint.delete-auth",
    tag = super::TAG,
    params(PathApp, PathEndpoint),
    responses((status = 204, description = "It is gone"))
)]
async fn clear(State(api): State<Arc<Api>>, EndpointManager { endpoint, .. }: EndpointManager) -> Answer {
    change(&api, &endpoint, &Arc::default()).await?;
    nothing()
}

async fn change(api: &Api, endpoint: &Endpoint, auth: &Arc<ReceiverAuth>) -> Result<Endpoint, Error> {
    let now = api.doors.now();
    update(api, endpoint, |endpoint| {
        if !fits(auth, &endpoint.target) {
            return Err(Error::invalid(&["body", "type"], "needs an endpoint whose URL is https"));
        }
        Ok(Endpoint { auth: auth.clone(), updated_at: now, ..endpoint })
    })
    .await
}

impl EndpointAuthIn {
    /// Checks what is asked for. `opened` are the operator's networks.
    fn check(self, opened: &Networks) -> Result<ReceiverAuth, Error> {
        let checked = match self {
            Self::Basic { username, password } => Basic::new(username, password).map(ReceiverAuth::Basic),
            Self::Bearer { token } => Bearer::new(token).map(ReceiverAuth::Bearer),
            Self::ApiKey { header, value } => ApiKey::new(header, value).map(ReceiverAuth::ApiKey),
            Self::OAuth2 { token_url, client_id, client_secret, scope, method } => {
                let token_url = check_token_url(&token_url, opened)?;
                let method = method.map_or(ClientAuth::Basic, ClientAuth::from);
                ClientCredentials::new(token_url, client_id, client_secret, scope, method)
                    .map(ReceiverAuth::OAuth2)
            }
            Self::Mtls { certificate_pem, key_pem } => {
                Identity::new(certificate_pem, key_pem).map(ReceiverAuth::Mtls)
            }
        };
        checked.map_err(|InvalidAuth { field, reason }| {
            Error::invalid(&["body", member(field)], reason.to_string())
        })
    }
}

/// The secret goes there in the clear, so the way there is encrypted, unless it stays in the operator's own networks.
fn check_token_url(text: &str, opened: &Networks) -> Result<Target, Error> {
    let invalid = |why: String| Error::invalid(&["body", "tokenUrl"], why);
    let target = Target::parse(text, opened).map_err(|why| invalid(format!("{}: {why}", why.code())))?;
    let is_safe = target.is_tls() || target.is_opened(opened);
    if is_safe {
        Ok(target)
    } else {
        Err(invalid("scheme: The token URL must begin with https://.".to_owned()))
    }
}

/// What a stored field is called on the wire.
fn member(field: &'static str) -> &'static str {
    match field {
        "client_id" => "clientId",
        "client_secret" => "clientSecret",
        "token_url" => "tokenUrl",
        "certificate_pem" => "certificatePem",
        "key_pem" => "keyPem",
        other => other,
    }
}

impl<'a> From<ShownAuth<'a>> for EndpointAuthOut<'a> {
    fn from(shown: ShownAuth<'a>) -> Self {
        match shown {
            ShownAuth::None => Self::None,
            ShownAuth::Basic { username } => Self::Basic { username },
            ShownAuth::Bearer => Self::Bearer,
            ShownAuth::ApiKey { header } => Self::ApiKey { header },
            ShownAuth::OAuth2 { token_url, client_id, scope, method } => {
                Self::OAuth2 { token_url: token_url.as_str(), client_id, scope, method: method.into() }
            }
            ShownAuth::Mtls { certificate_pem } => Self::Mtls { certificate_pem },
        }
    }
}

impl From<ClientAuthMethod> for ClientAuth {
    fn from(method: ClientAuthMethod) -> Self {
        match method {
            ClientAuthMethod::Basic => Self::Basic,
            ClientAuthMethod::Body => Self::Body,
        }
    }
}

impl From<ClientAuth> for ClientAuthMethod {
    fn from(method: ClientAuth) -> Self {
        match method {
            ClientAuth::Basic => Self::Basic,
            ClientAuth::Body => Self::Body,
        }
    }
}

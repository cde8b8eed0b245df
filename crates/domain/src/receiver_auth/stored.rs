//! How a receiver's auth is stored: its fields as they came, secrets included, checked again when they are read.

use super::{ApiKey, Basic, Bearer, ClientAuth, ClientCredentials, Hidden, Identity, ReceiverAuth};
use super::{AuthRefused, InvalidAuth};
use crate::target::Target;

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Stored {
    None,
    Basic {
        username: String,
        password: String,
    },
    Bearer {
        token: String,
    },
    ApiKey {
        header: String,
        value: String,
    },
    #[serde(rename = "oauth2")]
    OAuth2 {
        token_url: String,
        client_id: String,
        client_secret: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
        method: ClientAuth,
    },
    Mtls {
        certificate_pem: String,
        key_pem: String,
    },
}

impl TryFrom<Stored> for ReceiverAuth {
    type Error = InvalidAuth;

    fn try_from(stored: Stored) -> Result<Self, InvalidAuth> {
        Ok(match stored {
            Stored::None => Self::None,
            Stored::Basic { username, password } => Self::Basic(Basic::new(username, password)?),
            Stored::Bearer { token } => Self::Bearer(Bearer::new(token)?),
            Stored::ApiKey { header, value } => Self::ApiKey(ApiKey::new(header, value)?),
            Stored::OAuth2 { token_url, client_id, client_secret, scope, method } => {
                let refused = |why| InvalidAuth { field: "token_url", reason: AuthRefused::Url(why) };
                let token_url = Target::stored(&token_url).map_err(refused)?;
                let credentials = ClientCredentials::new(token_url, client_id, client_secret, scope, method)?;
                Self::OAuth2(credentials)
            }
            Stored::Mtls { certificate_pem, key_pem } => Self::Mtls(Identity::new(certificate_pem, key_pem)?),
        })
    }
}

impl From<ReceiverAuth> for Stored {
    fn from(auth: ReceiverAuth) -> Self {
        match auth {
            ReceiverAuth::None => Self::None,
            ReceiverAuth::Basic(Basic { username, password: Hidden(password) }) => {
                Self::Basic { username, password }
            }
            ReceiverAuth::Bearer(Bearer { token: Hidden(token) }) => Self::Bearer { token },
            ReceiverAuth::ApiKey(ApiKey { header, value: Hidden(value) }) => Self::ApiKey { header, value },
            ReceiverAuth::OAuth2(credentials) => credentials.into_stored(),
            ReceiverAuth::Mtls(identity) => identity.into_stored(),
        }
    }
}

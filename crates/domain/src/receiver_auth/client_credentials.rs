//! The client credentials of OAuth 2.0 (RFC 6749, 4.4): what is asked of the authorization server, and what its
//! answer means.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::form_urlencoded;

use super::stored::Stored;
use super::{Hidden, InvalidAuth, ShownAuth, check_text};
use crate::limits::{
    ACCESS_TOKEN_BYTES_MAX, ACCESS_TOKEN_MARGIN, ACCESS_TOKEN_TIME_DEFAULT, ACCESS_TOKEN_TIME_MAX,
    CREDENTIAL_BYTES_MAX,
};
use crate::target::Target;

/// Who we are to an authorization server, and what we ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentials {
    token_url: Target,
    client_id: String,
    client_secret: Hidden,
    scope: Option<String>,
    method: ClientAuth,
    fingerprint: [u8; 32],
}

/// How we prove who we are to an authorization server (RFC 6749, 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// In the `authorization` header; every server takes this.
    Basic,
    /// In the request's body.
    Body,
}

/// The request for a token, besides its URL. It is a form, sent by `POST`.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// The value of the `authorization` header.
    pub authorization: Option<String>,
    /// The form.
    pub body: String,
}

impl ClientCredentials {
    /// Whether `token_url` may be called is judged like any endpoint's URL.
    ///
    /// # Errors
    /// The field that cannot be taken.
    pub fn new(
        token_url: Target,
        client_id: String,
        client_secret: String,
        scope: Option<String>,
        method: ClientAuth,
    ) -> Result<Self, InvalidAuth> {
        // RFC 6749, appendix A: ids and secrets are printable ASCII, a scope has neither quotes nor backslashes.
        let is_printable = |char: char| matches!(char, ' '..='~');
        let is_scope = |char: char| matches!(char, ' '..='~') && !matches!(char, '"' | '\\');
        check_text("client_id", &client_id, 1, CREDENTIAL_BYTES_MAX, ("ASCII", is_printable))?;
        check_text("client_secret", &client_secret, 1, CREDENTIAL_BYTES_MAX, ("ASCII", is_printable))?;
        if let Some(scope) = &scope {
            let charset = "ASCII without quotes and backslashes";
            check_text("scope", scope, 1, CREDENTIAL_BYTES_MAX, (charset, is_scope))?;
        }
        let fingerprint = super::fingerprint(&[
            token_url.as_str().as_bytes(),
            client_id.as_bytes(),
            client_secret.as_bytes(),
            scope.as_deref().unwrap_or_default().as_bytes(),
            &[u8::from(method == ClientAuth::Body)],
        ]);
        let client_secret = Hidden(client_secret);
        Ok(Self { token_url, client_id, client_secret, scope, method, fingerprint })
    }

    /// Where tokens come from.
    pub fn token_url(&self) -> &Target {
        &self.token_url
    }

    /// The same for credentials that get the same tokens, and for no others.
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// What is sent to [`Self::token_url`].
    pub fn request(&self) -> TokenRequest {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        form.extend_pairs(self.scope.as_ref().map(|scope| ("scope", scope)));
        let authorization = match self.method {
            ClientAuth::Basic => {
                let encoded =
                    |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encoded(&self.client_id), encoded(&self.client_secret.0));
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
            ClientAuth::Body => {
                form.append_pair("client_id", &self.client_id);
                form.append_pair("client_secret", &self.client_secret.0);
                None
            }
        };
        TokenRequest { authorization, body: form.finish() }
    }

    pub(super) fn shown(&self) -> ShownAuth<'_> {
        ShownAuth::OAuth2 {
            token_url: &self.token_url,
            client_id: &self.client_id,
            scope: self.scope.as_deref(),
            method: self.method,
        }
    }

    pub(super) fn into_stored(self) -> Stored {
        Stored::OAuth2 {
            token_url: self.token_url.as_str().to_owned(),
            client_id: self.client_id,
            client_secret: self.client_secret.0,
            scope: self.scope,
            method: self.method,
        }
    }
}

/// What an authorization server gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    token: Hidden,
    /// How long it is to be used from now on.
    pub time: Duration,
}

impl AccessToken {
    /// Reads the answer to a [`TokenRequest`] (RFC 6749, 5).
    ///
    /// # Errors
    /// Why there is no token in it, in words that do not repeat what may be a secret.
    pub fn read(status: u16, body: &[u8]) -> Result<Self, String> {
        if (300..400).contains(&status) {
            return Err(format!("The token URL answered {status}; redirects are not followed."));
        }
        let answer = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
        if !(200..300).contains(&status) {
            let code =
                answer.as_ref().and_then(|answer| answer["error"].as_str()).filter(|code| is_code(code));
            let code = code.map(|code| format!(" with the error {code}")).unwrap_or_default();
            return Err(format!("The token URL answered {status}{code}."));
        }
        let answer = answer.ok_or("The token URL answered with something that is no JSON object.")?;
        if !answer["token_type"].as_str().unwrap_or("bearer").eq_ignore_ascii_case("bearer") {
            return Err("The token URL gave a token of another type than bearer.".to_owned());
        }
        let token = answer["access_token"].as_str().ok_or("The token URL answered without access_token.")?;
        let fits = (1..=ACCESS_TOKEN_BYTES_MAX).contains(&token.len());
        if !fits || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("The token URL gave a token that cannot be sent in a header.".to_owned());
        }
        Ok(Self { token: Hidden(token.to_owned()), time: time_of_use(&answer["expires_in"]) })
    }

    /// The value of the `authorization` header.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.token.0)
    }
}

/// Codes of errors are short words (RFC 6749, 5.2); anything else is not repeated.
fn is_code(code: &str) -> bool {
    code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// A token that lives for a short time only is used for half of it. Some servers write the number as a text.
fn time_of_use(expires_in: &Value) -> Duration {
    let seconds = expires_in.as_f64().or_else(|| expires_in.as_str()?.parse().ok());
    let Some(Ok(time)) = seconds.map(Duration::try_from_secs_f64) else {
        return ACCESS_TOKEN_TIME_DEFAULT;
    };
    let time = time.min(ACCESS_TOKEN_TIME_MAX);
    time - ACCESS_TOKEN_MARGIN.min(time / 2)
}

//! From what an endpoint's owner said about auth to what one request needs: a header, or a certificate in the
//! handshake. Whatever cannot be had is the same failure, and then nothing is sent.

use std::sync::Arc;

use domain::attempt::{Failure, FailureCode};
use domain::receiver_auth::{AccessToken, ClientCredentials, Identity, ReceiverAuth};
use domain::target::Target;

use crate::call::Calls;
use crate::identities::Identities;
use crate::message::{Credential, Messages, unsendable};
use crate::progress::Progress;
use crate::tls::{Client, Tls};
use crate::tokens::{Token, Tokens};

/// Gives requests what proves who we are.
pub(crate) struct Auth {
    pub(crate) tls: Tls,
    pub(crate) tokens: Tokens,
    pub(crate) identities: Identities,
}

/// What one request proves itself by.
pub(crate) struct Grant {
    pub(crate) client: Client,
    pub(crate) credential: Option<Credential>,
    /// The token behind the credential, if it is one that can be fetched anew.
    pub(crate) token: Option<Arc<Token>>,
}

impl Auth {
    /// What a request to `target` needs; it may have to be fetched.
    pub(crate) async fn grant(
        &self,
        auth: &ReceiverAuth,
        target: &Target,
        calls: &Calls,
        messages: &Messages,
    ) -> Result<Grant, Failure> {
        let anonymous = || self.tls.anonymous.clone();
        match auth {
            ReceiverAuth::Mtls(identity) => {
                let client = self.identified(identity, target)?;
                Ok(Grant { client, credential: None, token: None })
            }
            ReceiverAuth::OAuth2(credentials) => {
                let fetch = self.fetch(credentials, calls, messages);
                // Boxed, as in `call`.
                let token = Box::pin(self.tokens.take(credentials.fingerprint(), fetch)).await?;
                let (name, value) = ("authorization".to_owned(), token.authorization.clone());
                let credential = Some(Credential { name, value });
                Ok(Grant { client: anonymous(), credential, token: Some(token) })
            }
            ReceiverAuth::None
            | ReceiverAuth::Basic(_)
            | ReceiverAuth::Bearer(_)
            | ReceiverAuth::ApiKey(_) => {
                Ok(Grant { client: anonymous(), credential: fixed(auth), token: None })
            }
        }
    }

    /// Whether this auth can work at all.
    pub(crate) fn check(&self, auth: &ReceiverAuth, calls: &Calls) -> Result<(), String> {
        match auth {
            ReceiverAuth::Mtls(identity) => self.tls.identified(identity).map(drop),
            ReceiverAuth::OAuth2(credentials) => {
                calls.permit(credentials.token_url()).map(drop).map_err(|failure| failure.detail)
            }
            ReceiverAuth::None
            | ReceiverAuth::Basic(_)
            | ReceiverAuth::Bearer(_)
            | ReceiverAuth::ApiKey(_) => Ok(()),
        }
    }

    fn identified(&self, identity: &Identity, target: &Target) -> Result<Client, Failure> {
        if !target.is_tls() {
            let detail = "A client certificate needs an https URL, and this one is http.";
            return Err(Failure::new(FailureCode::AuthFailed, detail));
        }
        let client = self.identities.client(identity, &self.tls);
        client.map_err(|why| Failure::new(FailureCode::AuthFailed, why))
    }

    /// Asks the authorization server for a token.
    async fn fetch(
        &self,
        credentials: &ClientCredentials,
        calls: &Calls,
        messages: &Messages,
    ) -> Result<AccessToken, Failure> {
        let message = messages.token(credentials)?;
        let url = calls.permit(credentials.token_url()).map_err(no_token)?;
        let mut progress = Progress::default();
        calls.call(url, &self.tls.anonymous, message, &mut progress).await.map_err(no_token)?;
        let answer = progress.answer.ok_or_else(|| unsendable("request for a token"))?;
        if answer.is_cut() {
            return Err(Failure::new(FailureCode::AuthFailed, "The token URL answered more than is read."));
        }
        AccessToken::read(answer.status(), answer.body())
            .map_err(|why| Failure::new(FailureCode::AuthFailed, why))
    }
}

/// The header that is the same in all requests, if there is one.
fn fixed(auth: &ReceiverAuth) -> Option<Credential> {
    auth.header().map(|(name, value)| Credential { name: name.to_owned(), value })
}

/// What went wrong with the authorization server is not the receiver's failure; a fault of ours stays one.
fn no_token(failure: Failure) -> Failure {
    match failure.code {
        FailureCode::Internal => failure,
        _ => {
            let detail = format!("No access token came from the token URL. {}", failure.detail);
            Failure::new(FailureCode::AuthFailed, detail)
        }
    }
}

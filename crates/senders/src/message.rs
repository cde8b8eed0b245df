//! Requests as they go out. What we write comes first and stays: neither an endpoint's auth nor its own headers
//! can put another value in its place.

use bytes::Bytes;
use domain::attempt::{Failure, FailureCode};
use domain::receiver_auth::ClientCredentials;
use domain::target::Target;
use engine::ports::sender::Request;
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use http::{Method, Uri};
use http_body_util::Full;

use crate::connection::Message;

/// Makes requests.
pub(crate) struct Messages {
    /// The header of this name, unless a request brings its own.
    pub(crate) user_agent: HeaderValue,
}

/// A header that proves who we are.
pub(crate) type Credential = (HeaderName, HeaderValue);

impl Messages {
    /// A webhook: our headers, those that the connection needs, and the endpoint's.
    pub(crate) fn webhook(
        &self,
        request: Request,
        credential: Option<Credential>,
    ) -> Result<Message, Failure> {
        let mut headers = self.head(&request.target)?;
        for (name, value) in request.headers {
            let value = HeaderValue::try_from(value).map_err(|_| unsendable(name))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
        if let Some((name, value)) = credential {
            headers.entry(name).or_insert(value);
        }
        for (name, value) in request.custom.iter() {
            let unsendable = || unsendable(&format!("header {name}"));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?;
            let value = HeaderValue::from_str(value).map_err(|_| unsendable())?;
            headers.entry(name).or_insert(value);
        }
        post(&request.target, headers, request.body)
    }

    /// The request for an access token.
    pub(crate) fn token(&self, credentials: &ClientCredentials) -> Result<Message, Failure> {
        let (target, request) = (credentials.token_url(), credentials.request());
        let mut headers = self.head(target)?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(value) = request.authorization {
            headers.insert(AUTHORIZATION, sensitive(value)?);
        }
        headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
        post(target, headers, Bytes::from(request.body))
    }

    fn head(&self, target: &Target) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::with_capacity(16);
        let host = HeaderValue::from_str(target.authority()).map_err(|_| unsendable("host"))?;
        headers.insert(HOST, host);
        headers.insert(USER_AGENT, self.user_agent.clone());
        Ok(headers)
    }
}

/// A header's value that is not to be printed.
pub(crate) fn sensitive(value: String) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::try_from(value).map_err(|_| unsendable("credential"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// `content-length` is among the headers already, because hyper leaves it out when the body is empty.
fn post(target: &Target, headers: HeaderMap, body: Bytes) -> Result<Message, Failure> {
    let mut message = Message::new(Full::new(body));
    *message.method_mut() = Method::POST;
    *message.uri_mut() = Uri::try_from(target.path_and_query()).map_err(|_| unsendable("URL"))?;
    *message.headers_mut() = headers;
    Ok(message)
}

/// A fault of our own: all of it was checked before it was stored.
pub(crate) fn unsendable(what: &str) -> Failure {
    Failure::new(FailureCode::Internal, format!("The {what} cannot be sent."))
}

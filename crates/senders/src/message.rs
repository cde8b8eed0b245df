//! Requests as they go out. What we write comes first and stays: neither an endpoint's auth nor its own headers
//! can put another value in its place.

use bytes::Bytes;
use domain::attempt::{Failure, FailureCode};
use domain::receiver_auth::ClientCredentials;
use domain::target::Target;
use engine::ports::sender::Request;

/// Makes requests.
pub(crate) struct Messages {
    /// The header of this name.
    pub(crate) user_agent: String,
}

/// A request as it goes out.
pub(crate) struct Message {
    /// Its line and its headers, up to the empty line.
    pub(crate) head: Vec<u8>,
    pub(crate) body: Bytes,
}

/// A header that proves who we are. Never printed.
pub(crate) struct Credential {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Messages {
    /// A webhook: our headers, those that the connection needs, and the endpoint's.
    pub(crate) fn webhook(
        &self,
        request: Request,
        credential: Option<&Credential>,
    ) -> Result<Message, Failure> {
        let mut head = self.head(&request.target)?;
        for (name, value) in &request.headers {
            head.add(name, value)?;
        }
        head.add("content-length", &request.body.len().to_string())?;
        if let Some(Credential { name, value }) = credential {
            head.add(name, value)?;
        }
        for (name, value) in request.custom.iter() {
            head.add(name, value)?;
        }
        Ok(Message { head: head.finish(), body: request.body })
    }

    /// The request for an access token.
    pub(crate) fn token(&self, credentials: &ClientCredentials) -> Result<Message, Failure> {
        let request = credentials.request();
        let mut head = self.head(credentials.token_url())?;
        head.add("content-type", "application/x-www-form-urlencoded")?;
        head.add("accept", "application/json")?;
        if let Some(value) = &request.authorization {
            head.add("authorization", value)?;
        }
        head.add("content-length", &request.body.len().to_string())?;
        Ok(Message { head: head.finish(), body: Bytes::from(request.body) })
    }

    fn head(&self, target: &Target) -> Result<Head<'_>, Failure> {
        let mut head = Head::post(target.path_and_query())?;
        head.add("host", target.authority())?;
        head.add("user-agent", &self.user_agent)?;
        Ok(head)
    }
}

/// The head of a request while it is written.
struct Head<'a> {
    bytes: Vec<u8>,
    /// The names of its headers, in whatever case.
    names: Vec<&'a str>,
}

/// What most heads need: a signature, an id, a time, and what every request has.
const HEAD_BYTES: usize = 512;
const HEADERS: usize = 12;

impl<'a> Head<'a> {
    fn post(path_and_query: &str) -> Result<Self, Failure> {
        if !path_and_query.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(unsendable("URL"));
        }
        let mut bytes = Vec::with_capacity(HEAD_BYTES + path_and_query.len());
        for part in ["POST ", path_and_query, " HTTP/1.1\r\n"] {
            bytes.extend_from_slice(part.as_bytes());
        }
        Ok(Self { bytes, names: Vec::with_capacity(HEADERS) })
    }

    /// Adds a header, unless there is one of this name.
    fn add(&mut self, name: &'a str, value: &str) -> Result<(), Failure> {
        if !is_header_name(name) || !is_header_value(value) {
            return Err(unsendable(&format!("header {name:?}")));
        }
        if self.names.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            return Ok(());
        }
        self.names.push(name);
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes[begin..].make_ascii_lowercase();
        for part in [": ", value, "\r\n"] {
            self.bytes.extend_from_slice(part.as_bytes());
        }
        Ok(())
    }

    fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes
    }
}

/// Whether it is a token (RFC 9110, 5.6.2).
fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| IS_TOKEN[usize::from(byte)])
}

const IS_TOKEN: [bool; 256] = {
    let mut is_token = [false; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        is_token[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        byte += 1;
    }
    is_token
};

/// Whether it has nothing that could end its line, or that receivers disagree about (RFC 9110, 5.5).
pub(crate) fn is_header_value(value: &str) -> bool {
    // Without an early end, many bytes are looked at together.
    value.bytes().fold(0, |wrong, byte| wrong | u8::from(!matches!(byte, b'\t' | b' '..=b'~'))) == 0
}

/// A fault of our own: all of it was checked before it was stored.
pub(crate) fn unsendable(what: &str) -> Failure {
    Failure::new(FailureCode::Internal, format!("The {what} cannot be sent."))
}

//! The headers that an endpoint's owner adds to its calls. They can never be ours, those of the connection, or
//! those that services inside a network take for a sign of trust; and a value never ends its line.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::de::{self, MapAccess, Visitor};

use crate::limits::{HEADER_NAME_CHARS_MAX, HEADER_VALUE_BYTES_MAX, HEADERS_BYTES_MAX, HEADERS_MAX};

mod refused;
pub use refused::{HeaderRefused, InvalidHeader};

/// Headers in the order in which they were given, no name twice in whatever case. Cheap to clone.
///
/// Stored as a JSON object; [`fmt::Debug`] shows the names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CustomHeaders(Arc<[(String, String)]>);

/// What may be shown of headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownHeaders<'a> {
    /// Names and values of those that hold no secret.
    pub plain: Vec<(&'a str, &'a str)>,
    /// Names of those that do.
    pub sensitive: Vec<&'a str>,
}

/// Headers whose values are secrets. (The Svix contract has `proxy-*` as well, which nobody can set here.)
const SENSITIVE: [&str; 5] = ["authorization", "cookie", "www-authenticate", "x-api-key", "x-auth-token"];

impl CustomHeaders {
    /// Checks names and values.
    ///
    /// # Errors
    /// The first header that cannot be taken.
    pub fn new(headers: Vec<(String, String)>) -> Result<Self, InvalidHeader> {
        let (mut names, mut bytes) = (HashSet::new(), 0);
        for (index, (name, value)) in headers.iter().enumerate() {
            let refused = |why| InvalidHeader::new(name, why);
            check_name(name).and_then(|()| check_value(value)).map_err(refused)?;
            bytes += name.len() + value.len();
            if !names.insert(name.to_ascii_lowercase()) {
                return Err(refused(HeaderRefused::Twice));
            }
            if index >= HEADERS_MAX {
                return Err(refused(HeaderRefused::TooMany));
            }
            if bytes > HEADERS_BYTES_MAX {
                return Err(refused(HeaderRefused::TooLargeTogether));
            }
        }
        Ok(Self(headers.into()))
    }

    /// Sets each header that comes with a value, and removes each that comes without; the others stay.
    ///
    /// # Errors
    /// The first header that cannot be taken.
    pub fn patch(self, changes: Vec<(String, Option<String>)>) -> Result<Self, InvalidHeader> {
        let mut headers = self.0.to_vec();
        let mut changed = HashSet::new();
        for (name, value) in changes {
            if !changed.insert(name.to_ascii_lowercase()) {
                return Err(InvalidHeader::new(&name, HeaderRefused::Twice));
            }
            let place = headers.iter().position(|(other, _)| other.eq_ignore_ascii_case(&name));
            match (place, value) {
                (Some(place), Some(value)) => headers[place] = (name, value),
                (None, Some(value)) => headers.push((name, value)),
                (Some(place), None) => drop(headers.remove(place)),
                (None, None) => {}
            }
        }
        Self::new(headers)
    }

    /// Names as they were written, and values, for the wire.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the API and the console show.
    pub fn shown(&self) -> ShownHeaders<'_> {
        let mut shown = ShownHeaders::default();
        for (name, value) in self.iter() {
            if is_sensitive(name) { shown.sensitive.push(name) } else { shown.plain.push((name, value)) }
        }
        shown
    }
}

fn is_sensitive(name: &str) -> bool {
    SENSITIVE.iter().any(|sensitive| name.eq_ignore_ascii_case(sensitive))
}

/// Names that are not taken: those that we write ourselves, those of one connection (RFC 9110, 7.6.1) and of
/// framing, those that describe our body or answers, and those by which proxies and metadata services know
/// whom to trust.
const FORBIDDEN: [&str; 30] = [
    "age",
    "cache-control",
    "clear-site-data",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-type",
    "date",
    "expect",
    "expires",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "metadata",
    "metadata-flavor",
    "pragma",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "warning",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
    "x-real-ip",
];

/// Beginnings of names that clouds and proxies keep for themselves.
const FORBIDDEN_BEGINNINGS: [&str; 12] = [
    "proxy-",
    "svix-",
    "x-amz-",
    "x-amzn-",
    "x-aws-ec2-metadata-token",
    "x-azure-",
    "x-fd-",
    "x-forwarded-",
    "x-gfe",
    "x-goog-",
    "x-google",
    "x-svix-",
];

/// Whether a header of this name may be added to a call. To receivers that keep headers in variables (CGI), `_` and `-`
/// are one character.
pub(crate) fn check_name(name: &str) -> Result<(), HeaderRefused> {
    if !(1..=HEADER_NAME_CHARS_MAX).contains(&name.len()) || !name.bytes().all(is_token_byte) {
        return Err(HeaderRefused::Name);
    }
    let name = name.to_ascii_lowercase().replace('_', "-");
    let begins = FORBIDDEN_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    if begins || FORBIDDEN.contains(&name.as_str()) { Err(HeaderRefused::Forbidden) } else { Ok(()) }
}

/// Whether a header may have this value: what RFC 9110, 5.5 asks senders to keep to.
pub(crate) fn check_value(value: &str) -> Result<(), HeaderRefused> {
    if value.len() > HEADER_VALUE_BYTES_MAX {
        return Err(HeaderRefused::ValueTooLong);
    }
    let is_allowed = |byte: u8| matches!(byte, b'\t' | b' '..=b'~');
    if value.bytes().all(is_allowed) { Ok(()) } else { Err(HeaderRefused::Value) }
}

/// `tchar` of RFC 9110, 5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl fmt::Debug for CustomHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

impl serde::Serialize for CustomHeaders {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> serde::Deserialize<'de> for CustomHeaders {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeadersVisitor)
    }
}

struct HeadersVisitor;

impl<'de> Visitor<'de> for HeadersVisitor {
    type Value = CustomHeaders;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of header names and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CustomHeaders, A::Error> {
        let mut headers = Vec::new();
        while let Some(header) = map.next_entry()? {
            // One more than may be is enough for the refusal.
            if headers.len() <= HEADERS_MAX {
                headers.push(header);
            }
        }
        CustomHeaders::new(headers).map_err(de::Error::custom)
    }
}

#[cfg(test)]
#[path = "headers_tests.rs"]
mod tests;

//! The bytes of a message: stored once, sent as they are.
//!
//! A message that was sent as such carries its sender's bytes. Messages that come from a resource carry the article's envelope. Its last member, the verification token,
//! depends on the endpoint's secret, so the message keeps the envelope without it and each delivery keeps its
//! token; the body is put together when it is sent, always to the same bytes.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use crate::resource::{Object, Resource, quoted};
use crate::secret::Secret;
use crate::sign;
use crate::time::Timestamp;

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The article's envelope, a JSON object without its `token`.
    Envelope(Bytes),
    /// The bytes that somebody sent, whatever they are.
    Verbatim(Bytes),
    /// Nothing: the resource that the message refers to was not there.
    Absent,
    /// Nothing any more: it was expunged, or is too old.
    Expunged,
}

impl Payload {
    /// The article's envelope around a resource.
    pub fn envelope(resource: &Resource, triggered_at: Timestamp) -> Self {
        let mut json = Object::default();
        let image = resource.to_json();
        json.member("resource", std::str::from_utf8(&image).expect("JSON that we wrote is text"));
        json.member("resourceId", &quoted(resource.key.id.as_str()));
        json.member("resourceType", &quoted(resource.key.kind.as_str()));
        json.member("triggeredAt", &quoted(&triggered_at.to_string()));
        Self::Envelope(json.finish().into())
    }

    /// The body of the request of a delivery with `token`; empty when there is nothing.
    pub fn body(&self, token: Option<&Token>) -> Bytes {
        match (self, token) {
            (Self::Envelope(envelope), Some(token)) => with_token(envelope, token),
            (Self::Envelope(bytes) | Self::Verbatim(bytes), _) => bytes.clone(),
            (Self::Absent | Self::Expunged, _) => Bytes::new(),
        }
    }

    /// What is stored of it.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Envelope(bytes) | Self::Verbatim(bytes) => bytes,
            Self::Absent | Self::Expunged => &[],
        }
    }

    /// Whether there is something to send, be it no bytes at all.
    pub fn is_there(&self) -> bool {
        matches!(self, Self::Envelope(_) | Self::Verbatim(_))
    }

    /// What is left when it is forgotten.
    #[must_use]
    pub fn forgotten(&self) -> Self {
        match self {
            Self::Absent => Self::Absent,
            Self::Envelope(_) | Self::Verbatim(_) | Self::Expunged => Self::Expunged,
        }
    }

    /// Whether it has a place for the article's token.
    pub fn is_envelope(&self) -> bool {
        matches!(self, Self::Envelope(_))
    }

    /// Bytes that the message holds in memory and on disk.
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn with_token(envelope: &Bytes, token: &Token) -> Bytes {
    let open = envelope.strip_suffix(b"}").unwrap_or(envelope);
    let mut body = BytesMut::with_capacity(open.len() + TOKEN_MEMBER.len() + 2 * TOKEN_BYTES + 2);
    body.put_slice(open);
    body.put_slice(TOKEN_MEMBER);
    body.put_slice(token.to_string().as_bytes());
    body.put_slice(b"\"}");
    body.freeze()
}

const TOKEN_MEMBER: &[u8] = br#","token":""#;
const TOKEN_BYTES: usize = 32;

/// The article's proof that a call is ours: HMAC-SHA256 keyed with the signing token over the resource's id and
/// `triggeredAt`. Displays as hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token([u8; TOKEN_BYTES]);

impl Token {
    /// The token of one call.
    pub fn new(secret: &Secret, resource_id: &str, triggered_at: Timestamp) -> Self {
        let triggered_at = triggered_at.to_string();
        Self(sign::hmac_sha256(secret, &[resource_id.as_bytes(), triggered_at.as_bytes()]))
    }

    /// The bytes as a store keeps them.
    pub fn as_bytes(&self) -> &[u8; TOKEN_BYTES] {
        &self.0
    }

    /// From stored bytes.
    pub fn from_bytes(bytes: [u8; TOKEN_BYTES]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AppId;
    use crate::resource::{Fields, ResourceKey};

    #[test]
    fn the_body_is_the_articles_envelope() {
        let at = Timestamp::from_millis(1_769_862_896_789);
        let resource = Resource {
            key: ResourceKey { kind: "candidate".parse().unwrap(), id: "c-1".parse().unwrap() },
            app: AppId::from_number(1),
            fields: Fields::parse(br#"{"email":"a@b.c"}"#).unwrap(),
            created_at: at,
            updated_at: at,
        };
        let token = Token::new(&Secret::from_bytes(b"key"), "c-1", at);
        let body = Payload::envelope(&resource, at).body(Some(&token));
        let expected = concat!(
            r#"{"resource":{"type":"candidate","email":"a@b.c","createdAt":"2026-01-31T12:34:56.789Z","id":"c-1"},"#,
            r#""resourceId":"c-1","resourceType":"candidate","triggeredAt":"2026-01-31T12:34:56.789Z","#,
            // printf 'c-12026-01-31T12:34:56.789Z' | openssl dgst -sha256 -hmac key
            r#""token":"d8b39b828cb7d0b74e029ad37febf3437c19d196b3dbe89c78bc16833a5cfbf5"}"#
        );
        assert_eq!(std::str::from_utf8(&body).unwrap(), expected);
    }
}

//! Names that come from outside: 1 to 256 characters of `[A-Za-z0-9._-]`, not dots alone. Cheap to clone, safe in a
//! header, a URL and a log line.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::limits::NAME_CHARS_MAX;

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 256 characters of A-Z a-z 0-9 . _ -, not dots alone")]
pub struct InvalidName;

fn check(text: &str) -> Result<(), InvalidName> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let fits = (1..=NAME_CHARS_MAX).contains(&text.len());
    // As a part of a path, `.` and `..` are resolved before they are sent, and what they name is never found again.
    let is_segment = text.bytes().any(|byte| byte != b'.');
    if fits && is_segment && text.bytes().all(allowed) { Ok(()) } else { Err(InvalidName) }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                check(text).map(|()| Self(text.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

name!(
    /// The platform's own name of an app; the article calls it the company's id.
    AppUid
);
name!(
    /// The name of an event type, `candidate.created`.
    EventTypeName
);
name!(
    /// The platform's own name of an endpoint, unique within its app.
    EndpointUid
);
name!(
    /// The platform's own name of a message, unique within its app.
    EventId
);
name!(
    /// A channel: a second way to choose among an app's endpoints, besides the event type.
    Channel
);
name!(
    /// A tag of a message, by which it is found again; nothing is chosen by it.
    Tag
);
name!(
    /// A feature flag: only apps that have it see the event types that ask for it.
    FeatureFlag
);
name!(
    /// A group of event types, for showing them.
    GroupName
);
name!(
    /// The type of a resource, `candidate`.
    ResourceType
);
name!(
    /// The id of a resource within its type.
    ResourceId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_to_their_alphabet_and_length() {
        let longest = "x".repeat(256);
        for good in ["42", "candidate.created", "A-z_0", "..a", ".-", longest.as_str()] {
            assert_eq!(good.parse::<AppUid>().map(|name| name.to_string()).as_deref(), Ok(good));
        }
        let too_long = "x".repeat(257);
        for bad in ["", " ", "a b", "é", "a/b", "a\nb", "a\0", ".", "..", "...", too_long.as_str()] {
            assert_eq!(bad.parse::<AppUid>(), Err(InvalidName), "{bad:?}");
        }
    }
}

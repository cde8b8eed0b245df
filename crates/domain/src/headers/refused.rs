//! The reasons for which a custom header is not taken.

use crate::limits::{HEADER_NAME_CHARS_MAX, HEADER_VALUE_BYTES_MAX, HEADERS_BYTES_MAX, HEADERS_MAX};

/// A header that cannot be taken, and why. Its value is no part of this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The header {name:?} {reason}.")]
pub struct InvalidHeader {
    /// Its name, cut if it is longer than names may be.
    pub name: String,
    /// What is wrong with it.
    pub reason: HeaderRefused,
}

/// Why a header is not taken; reads on after its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderRefused {
    /// Not a token of RFC 9110.
    #[error(
        "must have a name of 1 to {HEADER_NAME_CHARS_MAX} letters, digits and characters of !#$%&'*+-.^_`|~"
    )]
    Name,
    /// Ours, the connection's, or one that means trust to somebody.
    #[error("is reserved and cannot be set")]
    Forbidden,
    /// Over [`HEADER_VALUE_BYTES_MAX`].
    #[error("has a value of more than {HEADER_VALUE_BYTES_MAX} bytes")]
    ValueTooLong,
    /// A line end, another control character, or one beyond ASCII.
    #[error("has a character in its value other than printable ASCII, spaces and tabs")]
    Value,
    /// The same name, in whatever case.
    #[error("is there twice")]
    Twice,
    /// Over [`HEADERS_MAX`].
    #[error("is one too many: an endpoint has at most {HEADERS_MAX}")]
    TooMany,
    /// Over [`HEADERS_BYTES_MAX`].
    #[error("is too much: names and values together have at most {HEADERS_BYTES_MAX} bytes")]
    TooLargeTogether,
}

impl InvalidHeader {
    pub(crate) fn new(name: &str, reason: HeaderRefused) -> Self {
        let end = name.floor_char_boundary(HEADER_NAME_CHARS_MAX);
        Self { name: name[..end].to_owned(), reason }
    }
}

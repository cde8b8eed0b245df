//! Event patterns: which payloads an endpoint wants, and which events a rule of the bus takes. The language is
//! that of Amazon EventBridge.
//!
//! A pattern has the form of the events it matches. An object goes one level down, and all of its members must
//! hold; an array lists what a field may be, and one of its entries must hold. A field that is an array matches
//! if one of its elements does. Entries are
//!
//! - a text, a number (`300` is `3.0e2`), `true`, `false`, `null`;
//! - `{"prefix": "a"}`, `{"suffix": "z"}`, both also with `{"equals-ignore-case": "a"}` for the text;
//! - `{"equals-ignore-case": "a"}`; `{"wildcard": "a*z"}`, with `\*` and `\\` for an asterisk and a backslash;
//! - `{"numeric": [">", 0, "<=", 5]}`, with one or two of `=` `<` `<=` `>` `>=`;
//! - `{"cidr": "10.0.0.0/8"}`, or an IPv6 range;
//! - `{"exists": true}`, `{"exists": false}`: whether the field has a value that is no object;
//! - `{"anything-but": …}`: the field has a value, and it is none of a text, a number, a list of either, or
//!   `prefix`, `suffix`, `equals-ignore-case` or `wildcard` with a text or a list of texts.
//!
//! `{"$or": [{…}, {…}]}` holds if one of its objects does, together with all that stands beside it.
//!
//! What holds of objects in an array holds of one element of it, however deep, also across a `$or`. A field is
//! absent if it is nowhere in the elements that hold the rest; if nothing else is asked of them, in none of them.
//!
//! Sources: the EventBridge user guide ("Comparison operators", "Arrays in event patterns") and the README of
//! `aws/event-ruler`. Where they are silent or differ: names are literal, a dot is no step; numbers are compared
//! as decimals, without a limit on size or digits; a second comparison of a field within `$or` is one more that
//! must hold; names that are there twice, and a `$or` that is no array of at least two objects, are refused.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::limits::{PATTERN_BYTES_MAX, PATTERN_DEPTH_MAX};

mod demand;
mod parse;
mod operator;
mod combine;
mod leaf;
mod wildcard;
mod number;
mod read;
mod document;
mod evaluate;

pub use document::Document;

use demand::Demands;

/// A compiled event pattern. Cheap to clone; equal if its text is.
#[derive(Clone)]
pub struct Pattern(Arc<Compiled>);

struct Compiled {
    json: Box<RawValue>,
    demands: Demands,
}

/// Why a text is not an event pattern: which part of it, as `detail.amount[0].numeric[1]`, and what is wrong
/// with that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPattern {
    /// The part; empty if it is the whole.
    pub path: String,
    /// What is wrong, in words that follow the path.
    pub reason: &'static str,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// If `json` is not JSON, or not a pattern, or beyond a limit.
    pub fn parse(json: &[u8]) -> Result<Self, InvalidPattern> {
        let source: &RawValue =
            serde_json::from_slice(json).map_err(|_| InvalidPattern::here("is not JSON"))?;
        let json = RawValue::from_string(compact(source.get())).expect("JSON without space is JSON");
        if json.get().len() > PATTERN_BYTES_MAX {
            return Err(InvalidPattern::here("has more than 4096 bytes"));
        }
        let value = read::read(&json, PATTERN_DEPTH_MAX).map_err(|unread| {
            InvalidPattern::here(match unread {
                read::Unread::TooDeep => "is nested deeper than 32 levels",
                read::Unread::Name => "has a name that is not Unicode",
            })
        })?;
        let demands = combine::combine(parse::parse(&value)?)?;
        Ok(Self(Arc::new(Compiled { demands, json })))
    }

    /// Whether the pattern holds of a document.
    ///
    /// Takes at most time in proportion to values of the pattern × bytes of the document × its depth.
    pub fn matches(&self, document: &Document<'_>) -> bool {
        evaluate::matches(&self.0.demands, document)
    }

    /// The pattern as it was written, without the space between its tokens.
    pub fn as_json(&self) -> &str {
        self.0.json.get()
    }
}

/// JSON text without the space between its tokens.
fn compact(json: &str) -> String {
    let mut in_text = false;
    let mut escaped = false;
    let keep = |character: &char| {
        if in_text {
            in_text = escaped || *character != '"';
            escaped = !escaped && *character == '\\';
            return true;
        }
        in_text = *character == '"';
        !matches!(character, ' ' | '\t' | '\n' | '\r')
    };
    json.chars().filter(keep).collect()
}

impl InvalidPattern {
    fn here(reason: &'static str) -> Self {
        Self { path: String::new(), reason }
    }

    /// The same, seen from the object around it.
    fn under(self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("{name}{dot}{}", self.path), ..self }
    }

    /// The same, seen from the array around it.
    fn at(self, index: usize) -> Self {
        self.under(&format!("[{index}]"))
    }
}

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the pattern" } else { &self.path };
        write!(f, "{path} {}", self.reason)
    }
}

impl std::error::Error for InvalidPattern {}

impl TryFrom<&Value> for Pattern {
    type Error = InvalidPattern;

    /// Numbers have only the digits that the value kept.
    fn try_from(value: &Value) -> Result<Self, InvalidPattern> {
        Self::parse(value.to_string().as_bytes())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_json())
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.as_json())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Eq for Pattern {}

/// As the JSON that it is.
impl serde::Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.json.serialize(serializer)
    }
}

/// From JSON, with every digit of it. Formats other than JSON come through [`Value`].
impl<'de> serde::Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse(json.get().as_bytes()).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
#[cfg(test)]
#[path = "pattern_properties.rs"]
mod properties;

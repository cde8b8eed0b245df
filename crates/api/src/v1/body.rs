//! The body of a request to the full API: one JSON object. Members that a route does not know are ignored; one that it
//! knows may be there once.

mod missing;

use std::fmt;
use std::marker::PhantomData;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_path_to_error::{Path, Segment};

use self::missing::{Fault, Watched};
use super::error::{DECODE, Error, Problem};
use crate::{body, json};

/// A body that is a `T`.
pub(super) struct Json<T>(pub(super) T);

/// A body that is a `T`, or is not there, or is `null`.
pub(super) struct Optional<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        read(&body::read(request).await?).map(Self)
    }
}

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for Optional<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        let body: Bytes = body::read(request).await?;
        let is_there = ![b"".as_slice(), b"null"].contains(&body.trim_ascii());
        if is_there { read(&body).map(Self) } else { Ok(Self(T::default())) }
    }
}

/// Reads one object.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let text = json::text(body).map_err(|msg| undecoded(vec!["body".to_owned()], msg))?;
    let Object(value) = serde_json::from_str(text).map_err(|error| unread::<T>(text, &error))?;
    value.map_err(|name| Error::Invalid(vec![lacking(&["body"], name)]))
}

/// Why a text could not be read. To know where it is wrong it is read once more: keeping track of the place costs those
/// who send what is right a fifth of the reading.
fn unread<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Error {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let again: Result<Object<T>, _> = serde_path_to_error::deserialize(&mut deserializer);
    // An object that is right has something after it.
    let place = again.err().map_or_else(|| vec!["body".to_owned()], |wrong| loc("body", wrong.path()));
    undecoded(place, error.to_string())
}

/// That an object, which stands there, lacks a required member.
pub(super) fn lacking(place: &[&str], name: &str) -> Problem {
    let loc = place.iter().copied().chain([name]).map(str::to_owned).collect();
    Problem { loc, msg: "this field is required".to_owned(), kind: DECODE }
}

fn undecoded(loc: Vec<String>, msg: String) -> Error {
    Error::Invalid(vec![Problem { loc, msg, kind: DECODE }])
}

/// Where in a part of the request something is.
pub(super) fn loc(part: &str, path: &Path) -> Vec<String> {
    let segments = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(format!("[{index}]")),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    });
    std::iter::once(part.to_owned()).chain(segments).collect()
}

/// An object, or the name of a required member that it lacks. (A derived struct alone would take an array of its members
/// as well.)
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<T>(pub(super) Result<T, &'static str>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        match T::deserialize(MapAccessDeserializer::new(Watched(map))) {
            Ok(value) => Ok(Object(Ok(value))),
            Err(Fault::Missing(name)) => Ok(Object(Err(name))),
            Err(Fault::Other(error)) => Err(error),
        }
    }
}

/// For members that are objects: `#[serde(default, deserialize_with = "object")]`.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let found: Option<Object<T>> = Option::deserialize(deserializer)?;
    found.map(|Object(value)| value.map_err(de::Error::missing_field)).transpose()
}

//! The query of a request to the full API, as a struct of its parameters. Those that a route does not know are ignored;
//! one that it knows may be there once. A list of names is one parameter, separated by commas, or several, with or
//! without brackets.

use std::borrow::Cow;

use axum::extract::FromRequestParts;
use axum::extract::Query as Pairs;
use axum::http::request::Parts;
use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};

use super::body::loc;
use super::error::Error;

/// The parameters of a query.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Pairs(pairs) = pairs.map_err(|_| {
            Error::bad_request("generic_error", "The query is not a list of names and values.")
        })?;
        read(&joined(pairs)).map(Self)
    }
}

type FormError = serde::de::value::Error;

fn read<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, Error> {
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), Value(value)));
    serde_path_to_error::deserialize(MapDeserializer::<_, FormError>::new(pairs)).map_err(|error| {
        let place = loc("query", error.path()).join(".");
        Error::bad_request("generic_error", format!("{place}: {}", error.inner()))
    })
}

/// Makes one parameter of those with brackets: `x[]=a&x[1]=b` is `x=a,b`. Others stay as they are, so that one that is
/// there twice is noticed, unless it is a list.
fn joined(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut joined: Vec<(String, String)> = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        let list = list_name(&name);
        let earlier = list.and_then(|list| joined.iter_mut().find(|(name, _)| name == list));
        match (earlier, list) {
            (Some((_, values)), _) => {
                values.push(',');
                values.push_str(&value);
            }
            (None, Some(list)) => joined.push((list.to_owned(), value)),
            (None, None) => joined.push((name, value)),
        }
    }
    joined
}

/// The name of a list's parameter without its brackets; `None` for one that is no list.
fn list_name(name: &str) -> Option<&str> {
    const LISTS: [&str; 1] = ["event_types"];
    let without = match name.split_once('[') {
        Some((list, rest)) => rest
            .strip_suffix(']')
            .filter(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
            .map(|_| list)?,
        None => name,
    };
    LISTS.into_iter().find(|list| *list == without)
}

/// A value of the query, which becomes what is asked for.
#[derive(Clone, Copy)]
struct Value<'a>(&'a str);

impl<'de> IntoDeserializer<'de, FormError> for Value<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parsed {
    ($($method:ident => $visit:ident),* $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
            visitor.$visit(self.0.parse().map_err(|error| FormError::custom(format_args!("{error}: {:?}", self.shown())))?)
        })*
    };
}

impl<'a> Value<'a> {
    /// What is shown of it in errors.
    fn shown(self) -> Cow<'a, str> {
        const CHARS_MAX: usize = 64;
        match self.0.char_indices().nth(CHARS_MAX) {
            None => self.0.into(),
            Some((at, _)) => format!("{}…", &self.0[..at]).into(),
        }
    }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = FormError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, FormError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FormError> {
        StrDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
    }

    parsed! {
        deserialize_bool => visit_bool,
        deserialize_u8 => visit_u8,
        deserialize_u16 => visit_u16,
        deserialize_u32 => visit_u32,
        deserialize_u64 => visit_u64,
        deserialize_i64 => visit_i64,
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Parameters {
        event_types: Option<String>,
        flag: Option<bool>,
        count: Option<u16>,
    }

    fn check(pairs: &[(&str, &str)], expected: &Parameters) {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(read::<Parameters>(&joined(pairs)).unwrap(), *expected);
    }

    #[test]
    fn lists_come_in_all_the_ways_that_clients_write_them() {
        let expected = || Parameters { event_types: Some("a,b,c".to_owned()), ..Parameters::default() };
        check(&[("event_types", "a,b,c")], &expected());
        check(&[("event_types", "a"), ("event_types", "b,c")], &expected());
        check(
            &[("event_types[]", "a"), ("other", "x"), ("event_types[]", "b"), ("event_types[]", "c")],
            &expected(),
        );
        check(&[("event_types[0]", "a"), ("event_types[1]", "b"), ("event_types", "c")], &expected());
        check(
            &[("event_types", "")],
            &Parameters { event_types: Some(String::new()), ..Parameters::default() },
        );
    }

    #[test]
    fn values_become_what_is_asked_for() {
        let expected = Parameters { flag: Some(true), count: Some(7), ..Parameters::default() };
        check(&[("flag", "true"), ("count", "7"), ("flag[]", "x"), ("event_types[x]", "y")], &expected);
        for bad in [("flag", "1"), ("flag", ""), ("count", "65536"), ("count", "x")] {
            let pairs = [(bad.0.to_owned(), bad.1.to_owned())];
            assert!(read::<Parameters>(&pairs).is_err(), "{bad:?}");
        }
    }
}

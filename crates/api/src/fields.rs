//! Fields of requests: each is taken as whatever it is, then checked, so that one answer names all wrong ones.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use domain::name::AppUid;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::Refusal;

/// The value of a member that should be a text or a whole number.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Field<'a> {
    /// The member is not there.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number from 0 to 2⁶⁴ - 1.
    Number(u64),
    /// Anything else: an object, an array, a truth value, another number.
    Other,
}

impl<'a> Field<'a> {
    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Field::Text(text) = self { Some(text) } else { None }
    }

    /// The text as a name, if it is one.
    pub(crate) fn name<N: FromStr>(&self) -> Option<N> {
        self.text()?.parse().ok()
    }

    /// A company's or a record's own id: 42 and "42" are the same.
    pub(crate) fn id<N: FromStr>(&self) -> Option<N> {
        match self {
            Field::Number(number) => number.to_string().parse().ok(),
            _ => self.name(),
        }
    }

    /// The id of a company, which is the uid of an app.
    pub(crate) fn company(&self) -> Option<AppUid> {
        self.id()
    }

    /// Whether the client has said nothing.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Field::Absent | Field::Null)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<'de>, E> {
        Ok(Field::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Field<'de>, E> {
        Ok(Field::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Field<'de>, E> {
        Ok(Field::Number(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Field<'de>, E> {
        Ok(Field::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Field<'de>, E> {
        Ok(Field::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Field<'de>, E> {
        Ok(Field::Other)
    }

    fn visit_unit<E>(self) -> Result<Field<'de>, E> {
        Ok(Field::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Other)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

/// A value that should be an object. (A derived struct alone would take an array as well.)
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) Option<T>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(std::marker::PhantomData))
    }
}

struct ObjectVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|value| Object(Some(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Object<T>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Object(None))
    }

    fn visit_str<E>(self, _: &str) -> Result<Object<T>, E> {
        Ok(Object(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Object<T>, E> {
        Ok(Object(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Object<T>, E> {
        Ok(Object(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Object<T>, E> {
        Ok(Object(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Object<T>, E> {
        Ok(Object(None))
    }

    fn visit_unit<E>(self) -> Result<Object<T>, E> {
        Ok(Object(None))
    }
}

/// Collects what is wrong with a request.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<String>);

impl Errors {
    /// Passes a required field on, and notes when it is missing or wrong. The words are the article's.
    pub(crate) fn required<T>(&mut self, field: impl fmt::Display, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.note(format!("Required field {field} not found or invalid"));
        }
        value
    }

    /// Notes a sentence.
    pub(crate) fn note(&mut self, error: String) {
        self.0.push(error);
    }

    /// Whether nothing was wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The answer that names all of it.
    pub(crate) fn into_refusal(self) -> Refusal {
        Refusal::invalid(self.0)
    }
}

//! A record of the platform (a candidate, an order) with type and id, as it was put.

use std::fmt;

use bytes::Bytes;
use serde::de::{self, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::id::AppId;
use crate::name::{ResourceId, ResourceType};
use crate::time::Timestamp;

/// Which record: its type, and its id within the type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct ResourceKey {
    /// `candidate`.
    #[serde(rename = "resourceType")]
    pub kind: ResourceType,
    /// Unique within the type.
    #[serde(rename = "resourceId")]
    pub id: ResourceId,
}

/// A stored record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Which record.
    pub key: ResourceKey,
    /// Whose record.
    pub app: AppId,
    /// What the platform says of it.
    pub fields: Fields,
    /// When it was first put.
    pub created_at: Timestamp,
    /// When it was last put.
    pub updated_at: Timestamp,
}

impl Resource {
    /// The record as receivers get it: `type`, the fields as they were put, `createdAt`, `id`. The app's own
    /// id stays inside. A record that has a `createdAt` of its own keeps it.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = Object::default();
        json.member("type", &quoted(self.key.kind.as_str()));
        for (name, value) in self.fields.iter() {
            json.member(name, value.get());
        }
        if self.fields.field("createdAt").is_none() {
            json.member("createdAt", &quoted(&self.created_at.to_string()));
        }
        json.member("id", &quoted(self.key.id.as_str()));
        json.finish()
    }
}

/// The members of a JSON object in their order, each value as the very text that came in, so that no number
/// loses a digit. Names are unique.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, Box<RawValue>)>);

impl Fields {
    /// Reads a stored object.
    ///
    /// # Errors
    /// If `json` is not an object, or names a member twice.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }

    /// The members in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), &**value))
    }

    /// The value of a member.
    pub fn field(&self, name: &str) -> Option<&RawValue> {
        self.iter().find(|(member, _)| *member == name).map(|(_, value)| value)
    }

    /// Takes a member out.
    pub fn take(&mut self, name: &str) -> Option<Box<RawValue>> {
        let at = self.0.iter().position(|(member, _)| member == name)?;
        Some(self.0.remove(at).1)
    }

    /// Adds a member, or replaces its value.
    pub fn put(&mut self, name: &str, value: Box<RawValue>) {
        match self.0.iter_mut().find(|(member, _)| member == name) {
            Some(member) => member.1 = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// The object as JSON text.
    pub fn to_json(&self) -> Bytes {
        let mut json = Object::default();
        for (name, value) in self.iter() {
            json.member(name, value.get());
        }
        json.finish().into()
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        let texts = |fields: &Self| -> Vec<(String, String)> {
            fields.iter().map(|(name, value)| (name.to_owned(), value.get().to_owned())).collect()
        };
        texts(self) == texts(other)
    }
}

impl Eq for Fields {}

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut members: Vec<(String, Box<RawValue>)> = Vec::new();
                let mut names = std::collections::HashSet::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if !names.insert(name.clone()) {
                        return Err(de::Error::custom(format_args!("field {name:?} is there twice")));
                    }
                    members.push((name, value));
                }
                Ok(Fields(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// A JSON object under construction, from member texts that are JSON already.
#[derive(Default)]
pub(crate) struct Object(Vec<u8>);

impl Object {
    pub(crate) fn member(&mut self, name: &str, json: &str) {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        self.0.extend_from_slice(quoted(name).as_bytes());
        self.0.push(b':');
        self.0.extend_from_slice(json.as_bytes());
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.0.is_empty() {
            self.0.push(b'{');
        }
        self.0.push(b'}');
        self.0
    }
}

/// A JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(fields: &str) -> Resource {
        let key = ResourceKey { kind: "candidate".parse().unwrap(), id: "7".parse().unwrap() };
        let at = Timestamp::from_millis(1_769_862_896_789);
        let fields = Fields::parse(fields.as_bytes()).unwrap();
        Resource { key, app: AppId::from_number(1), fields, created_at: at, updated_at: at }
    }

    #[test]
    fn receivers_get_the_fields_as_they_were_put() {
        let json = resource(r#"{ "email": "a@b.c", "n" : 1.00000000000000000001 }"#).to_json();
        let expected = concat!(
            r#"{"type":"candidate","email":"a@b.c","n":1.00000000000000000001,"#,
            r#""createdAt":"2026-01-31T12:34:56.789Z","id":"7"}"#
        );
        assert_eq!(String::from_utf8(json).unwrap(), expected);
    }

    #[test]
    fn a_record_keeps_a_creation_time_of_its_own() {
        let json = resource(r#"{"createdAt":"yesterday"}"#).to_json();
        assert_eq!(json, br#"{"type":"candidate","createdAt":"yesterday","id":"7"}"#);
    }

    #[test]
    fn fields_are_an_object_without_doubles() {
        for bad in ["[]", "1", "", "{", r#"{"a":1,"a":2}"#, r#"{"a":1,"\u0061":2}"#, "{} {}"] {
            assert!(Fields::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(Fields::parse(b"{}").unwrap().to_json(), "{}");
    }
}

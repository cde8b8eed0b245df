//! A payload or an event, read once and matched against many patterns.

use serde_json::value::RawValue;

use super::read::{Member, Value, read};
use crate::limits::JSON_DEPTH_MAX;

/// JSON that was read, and borrows from its text.
#[derive(Debug)]
pub struct Document<'a>(Value<'a>);

impl<'a> Document<'a> {
    /// Reads a document; `None` if it is not JSON, nested deeper than [`JSON_DEPTH_MAX`], or has a name that is
    /// not Unicode. Of members with the same name the last one counts.
    pub fn parse(json: &'a [u8]) -> Option<Self> {
        let source: &RawValue = serde_json::from_slice(json).ok()?;
        let mut value = read(source, JSON_DEPTH_MAX).ok()?;
        sort(&mut value);
        Some(Self(value))
    }

    pub(super) fn value(&self) -> &Value<'a> {
        &self.0
    }
}

/// Puts the members of each object in the order of their names, each name once.
fn sort(value: &mut Value<'_>) {
    match value {
        Value::Object(members) => {
            members.iter_mut().for_each(|member| sort(&mut member.value));
            members.reverse();
            members.sort_by(|one, other| one.name.cmp(&other.name));
            members.dedup_by(|one, kept| one.name == kept.name);
        }
        Value::Array(elements) => elements.iter_mut().for_each(sort),
        _ => {}
    }
}

/// A member of an object that [`sort`] put in order.
pub(super) fn member<'v, 'a>(members: &'v [Member<'a>], name: &str) -> Option<&'v Value<'a>> {
    let at = members.binary_search_by(|member| (*member.name).cmp(name)).ok()?;
    Some(&members[at].value)
}

//! How much work a schema makes. References can make it double again and again: a few of them, each of which refers twice
//! to the next one, are more work than there is time. So a schema is walked once with everything in place that it refers
//! to, and may have a bounded number of parts then; and where it leads back to itself, it may do so by one way for each
//! part of a payload.

use serde_json::Value;

use crate::limits::SCHEMA_PARTS_MAX;

/// A step from a part of a payload into one of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step<'a> {
    /// To the member of this name.
    Member(&'a str),
    /// To any member.
    AnyMember,
    /// To any item.
    Item,
}

/// A part of the schema that is being walked, and the ways by which the walk came back to it.
struct Place<'a> {
    part: &'a Value,
    /// How many steps into a payload led here.
    depth: usize,
    ways: Vec<Vec<Step<'a>>>,
}

struct Walk<'a> {
    root: &'a Value,
    parts: usize,
    steps: Vec<Step<'a>>,
    places: Vec<Place<'a>>,
}

/// Checks that a schema makes no more work than there may be.
pub(super) fn check(schema: &Value) -> Result<(), String> {
    Walk { root: schema, parts: 0, steps: Vec::new(), places: Vec::new() }.enter(schema)
}

impl<'a> Walk<'a> {
    /// Walks through a schema that is referred to, or through the root.
    fn enter(&mut self, part: &'a Value) -> Result<(), String> {
        let depth = self.steps.len();
        if let Some(place) = self.places.iter_mut().find(|place| std::ptr::eq(place.part, part)) {
            place.ways.push(self.steps[place.depth..].to_vec());
            return Ok(());
        }
        self.places.push(Place { part, depth, ways: Vec::new() });
        self.walk(part)?;
        let Place { ways, .. } = self.places.pop().expect("it was pushed");
        for (at, way) in ways.iter().enumerate() {
            if ways[..at].iter().any(|other| meet(way, other)) {
                return Err("it leads back to itself by several ways for one part of a payload".to_owned());
            }
        }
        Ok(())
    }

    fn walk(&mut self, part: &'a Value) -> Result<(), String> {
        match part {
            Value::Object(members) => {
                self.count()?;
                // In draft 7, what stands beside a reference does not count.
                if let Some(Value::String(reference)) = members.get("$ref") {
                    return self.follow(reference);
                }
                if members.get("$id").is_some_and(Value::is_string) && !std::ptr::eq(part, self.root) {
                    return Err("only the whole schema may have an $id".to_owned());
                }
                members.iter().try_for_each(|(keyword, value)| self.keyword(keyword, value))
            }
            Value::Array(items) => {
                self.count()?;
                items.iter().try_for_each(|item| self.walk(item))
            }
            _ => Ok(()),
        }
    }

    fn keyword(&mut self, keyword: &str, value: &'a Value) -> Result<(), String> {
        match (keyword, value) {
            ("properties", Value::Object(members)) => {
                members.iter().try_for_each(|(name, schema)| self.step(Step::Member(name), schema))
            }
            ("patternProperties", Value::Object(members)) => {
                members.values().try_for_each(|schema| self.step(Step::AnyMember, schema))
            }
            // Those that count when they are referred to.
            ("definitions" | "$defs" | "default" | "examples" | "const" | "enum", _) => Ok(()),
            ("additionalProperties" | "propertyNames", _) => self.step(Step::AnyMember, value),
            ("items" | "additionalItems" | "contains", _) => self.step(Step::Item, value),
            _ => self.walk(value),
        }
    }

    fn step(&mut self, step: Step<'a>, schema: &'a Value) -> Result<(), String> {
        self.steps.push(step);
        self.walk(schema)?;
        self.steps.pop();
        Ok(())
    }

    fn follow(&mut self, reference: &str) -> Result<(), String> {
        let pointer = reference.strip_prefix('#').and_then(decoded);
        let Some(pointer) = pointer.filter(|pointer| pointer.is_empty() || pointer.starts_with('/')) else {
            return Err(format!("{reference:?} refers to something other than a place in the schema (#/…)"));
        };
        match self.root.pointer(&pointer) {
            Some(part) => self.enter(part),
            None => Err(format!("{reference:?} refers to nothing")),
        }
    }

    fn count(&mut self) -> Result<(), String> {
        self.parts += 1;
        if self.parts <= SCHEMA_PARTS_MAX {
            return Ok(());
        }
        Err(format!("with what it refers to in place, it has more than {SCHEMA_PARTS_MAX} objects and lists"))
    }
}

/// Whether both ways may be gone in the same payload.
fn meet(one: &[Step<'_>], other: &[Step<'_>]) -> bool {
    let may_be_one = |one: &Step<'_>, other: &Step<'_>| match (one, other) {
        (Step::AnyMember, Step::Member(_)) | (Step::Member(_), Step::AnyMember) => true,
        _ => one == other,
    };
    one.iter().zip(other).all(|(one, other)| may_be_one(one, other))
}

/// A fragment without percent encoding (RFC 3986, 2.1); `None` if it is not encoded so.
fn decoded(fragment: &str) -> Option<String> {
    let mut bytes = fragment.bytes();
    let mut found = Vec::with_capacity(fragment.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            found.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        found.push(digit()? * 16 + digit()?);
    }
    String::from_utf8(found).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Definitions, each of which refers twice to the next one, by `keyword`.
    fn doubling(keyword: &str, levels: usize) -> Value {
        let mut definitions = json!({});
        for level in 0..levels {
            let next = json!({ "$ref": format!("#/definitions/{}", level + 1) });
            definitions[level.to_string()] = json!({ keyword: [next, next] });
        }
        definitions[levels.to_string()] = json!({ "type": "object" });
        json!({ "$ref": "#/definitions/0", "definitions": definitions })
    }

    #[test]
    fn work_that_doubles_is_refused() {
        for keyword in ["allOf", "anyOf", "oneOf", "items"] {
            check(&doubling(keyword, 8)).unwrap();
            let why = check(&doubling(keyword, 40)).unwrap_err();
            assert!(why.contains("more than 10000"), "{why}");
        }
        let hidden = doubling("allOf", 40).to_string().replace("#/definitions/", "#/con%73t/");
        check(&serde_json::from_str(&hidden.replace("\"definitions\"", "\"const\"")).unwrap()).unwrap_err();
    }

    #[test]
    fn trees_may_lead_back_to_themselves() {
        let to = json!({ "$ref": "#" });
        for schema in [
            json!({ "properties": { "left": to, "right": to } }),
            json!({ "properties": { "children": { "items": to } } }),
            json!({ "anyOf": [{ "items": to }, { "additionalProperties": to }, { "type": ["string", "null"] }] }),
            json!({ "properties": { "a": { "$ref": "#/definitions/node%3CT%3E" } },
                    "definitions": { "node<T>": { "properties": { "next": { "$ref": "#/definitions/node<T>" } } } } }),
        ] {
            assert_eq!(check(&schema), Ok(()), "{schema}");
        }
    }

    #[test]
    fn several_ways_back_for_one_part_are_refused() {
        let to = json!({ "$ref": "#" });
        for schema in [
            json!({ "anyOf": [{ "properties": { "a": to }, "required": ["z"] }, { "properties": { "a": to } }] }),
            json!({ "properties": { "a": to }, "additionalProperties": to }),
            json!({ "properties": { "a": { "allOf": [to, { "properties": { "b": to } }] } } }),
            json!({ "items": to, "contains": to }),
            json!({ "allOf": [to, to] }),
        ] {
            check(&schema).unwrap_err();
        }
    }

    #[test]
    fn references_are_places_in_the_schema() {
        for reference in ["other", "#other", "https://schemas.example/a.json", "#/none", "#/%", "#/%zz"] {
            check(&json!({ "$ref": reference })).unwrap_err();
        }
        check(&json!({ "$id": "https://schemas.example/a.json" })).unwrap();
        check(&json!({ "properties": { "$id": { "type": "string" } } })).unwrap();
        check(&json!({ "not": { "$id": "b" } })).unwrap_err();
    }
}

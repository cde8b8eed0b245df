//! JSON Schema, draft 7: what the payloads of an event type must be like.
//!
//! A schema comes from a customer, so it may not harm: nothing is fetched, patterns are matched in linear time (those
//! that look around or back are refused), and a schema that leads back to itself without going deeper is refused.

use std::fmt;

mod cost;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use crate::limits::{SCHEMA_PATTERN_BYTES_MAX, VIOLATION_CHARS_MAX, VIOLATIONS_MAX};

/// A schema that payloads can be held against.
pub struct Schema(Validator);

/// Why a schema cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSchema(String);

/// Where a payload is not what its schema says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The way to it: names of members, and `[0]` for an item of a list.
    pub path: Vec<String>,
    /// What is wrong there.
    pub why: String,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// If it is none, or one that we do not follow.
    pub fn compile(schema: &Value) -> Result<Self, InvalidSchema> {
        cost::check(schema).map_err(InvalidSchema)?;
        let patterns = PatternOptions::regex()
            .size_limit(SCHEMA_PATTERN_BYTES_MAX)
            .dfa_size_limit(SCHEMA_PATTERN_BYTES_MAX);
        let options =
            jsonschema::options().with_draft(Draft::Draft7).with_pattern_options(patterns).offline();
        options.build(schema).map(Self).map_err(|error| InvalidSchema(shown(&error)))
    }

    /// What is wrong with a payload; empty if nothing is.
    pub fn violations(&self, payload: &Value) -> Vec<Violation> {
        let errors = self.0.iter_errors(payload).take(VIOLATIONS_MAX);
        errors
            .map(|error| Violation { path: path(error.instance_path().as_str()), why: shown(&error) })
            .collect()
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schema")
    }
}

/// Values in errors may be as long as the payload.
fn shown(error: &jsonschema::ValidationError<'_>) -> String {
    let text = error.to_string();
    match text.char_indices().nth(VIOLATION_CHARS_MAX) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// A JSON pointer (RFC 6901) as its parts.
fn path(pointer: &str) -> Vec<String> {
    let part = |part: &str| {
        let is_index = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_index { format!("[{part}]") } else { part.replace("~1", "/").replace("~0", "~") }
    };
    pointer.split('/').skip(1).map(part).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: &Value, payload: &Value, expected: &[(&[&str], &str)]) {
        let found = Schema::compile(schema).unwrap().violations(payload);
        let found: Vec<_> = found.iter().map(|it| (it.path.clone(), it.why.as_str())).collect();
        let expected: Vec<(Vec<String>, &str)> = expected
            .iter()
            .map(|(path, why)| (path.iter().map(|part| (*part).to_owned()).collect(), *why))
            .collect();
        assert_eq!(found, expected, "{schema} {payload}");
    }

    #[test]
    fn violations_say_where_they_are() {
        let schema = json!({
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": { "type": "integer" },
                "a/b~c": { "items": { "properties": { "mail": { "pattern": "^[^@]+@[^@]+$" } } } },
            },
        });
        check(&schema, &json!({ "id": 1, "a/b~c": [{ "mail": "a@b" }] }), &[]);
        check(&schema, &json!({}), &[(&[], "\"id\" is a required property")]);
        check(&schema, &json!({ "id": "1" }), &[(&["id"], "\"1\" is not of type \"integer\"")]);
        let why = "\"x\" does not match \"^[^@]+@[^@]+$\"";
        check(
            &schema,
            &json!({ "id": 1, "a/b~c": [{}, { "mail": "x" }] }),
            &[(&["a/b~c", "[1]", "mail"], why)],
        );
    }

    #[test]
    fn there_is_an_end_to_violations() {
        let schema = json!({ "items": { "type": "string" } });
        let many = Schema::compile(&schema).unwrap().violations(&json!(vec![1; 1000]));
        assert_eq!(many.len(), VIOLATIONS_MAX);
        let long =
            Schema::compile(&json!({ "type": "integer" })).unwrap().violations(&json!("x".repeat(10_000)));
        assert_eq!(long[0].why.chars().count(), VIOLATION_CHARS_MAX + 1);
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        let bad = [
            json!(7),
            json!({ "type": "thing" }),
            json!({ "minimum": "x" }),
            json!({ "$ref": "https://schemas.example/a.json" }),
            json!({ "$ref": "file:///etc/passwd" }),
            json!({ "$ref": "#/definitions/none" }),
            json!({ "pattern": "(" }),
            json!({ "pattern": "(?=x)y" }),
            json!({ "pattern": "(a)\\1" }),
            json!({ "pattern": "^(\\w{1,200}){1,200}$" }),
        ];
        for schema in bad {
            assert!(Schema::compile(&schema).is_err(), "{schema}");
        }
    }

    #[test]
    fn schemas_may_lead_back_to_themselves_where_the_payload_goes_deeper() {
        let tree = json!({ "properties": { "left": { "$ref": "#" }, "size": { "type": "integer" } } });
        check(&tree, &json!({ "left": { "left": { "size": 1 } } }), &[]);
        let why = "\"x\" is not of type \"integer\"";
        check(&tree, &json!({ "left": { "left": { "size": "x" } } }), &[(&["left", "left", "size"], why)]);
    }

    #[test]
    fn schemas_that_lead_back_to_themselves_do_no_harm() {
        for schema in [
            json!({ "$ref": "#" }),
            json!({ "allOf": [{ "$ref": "#" }] }),
            json!({ "anyOf": [{ "$ref": "#" }, { "type": "string" }] }),
            json!({ "not": { "$ref": "#" } }),
            json!({ "if": { "$ref": "#" }, "then": true }),
            json!({ "definitions": { "a": { "$ref": "#/definitions/b" }, "b": { "$ref": "#/definitions/a" } },
                    "$ref": "#/definitions/a" }),
        ] {
            if let Ok(schema) = Schema::compile(&schema) {
                schema.violations(&json!({ "a": 1 }));
            }
        }
    }
}

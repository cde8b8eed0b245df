//! Rules: which change becomes which event type. They match on exact values of fields, on an event pattern over the
//! whole record, or on both.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use serde::{Deserialize as _, Deserializer};
use serde_json::Value;

use crate::change::{Change, ChangeKind};
use crate::limits::{RULE_FIELDS_MAX, RULES_MAX};
use crate::name::{EventTypeName, ResourceType};
use crate::pattern::{Document, Pattern};
use crate::resource::Resource;

/// One rule. Everything that it names must agree with the change.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Rule {
    /// The kind of change.
    pub change: ChangeKind,
    /// The type of the resource.
    #[serde(rename = "type")]
    pub resource_type: ResourceType,
    /// Fields of the resource and the values they must have.
    #[serde(default)]
    pub fields: BTreeMap<String, Value>,
    /// What the record must be like, as receivers get it: an event pattern.
    #[serde(default, deserialize_with = "pattern")]
    pub pattern: Option<Pattern>,
    /// What the change is called on the bus.
    pub event_type: EventTypeName,
}

/// All rules of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules(Vec<Rule>);

/// Why rules are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRules {
    /// Too many rules.
    #[error("there may be at most 256 rules")]
    TooMany,
    /// Too many fields in one rule.
    #[error("a rule may compare at most 32 fields")]
    TooManyFields,
}

impl Rules {
    /// Takes rules as configured.
    ///
    /// # Errors
    /// If there are more than the limits allow.
    pub fn new(rules: Vec<Rule>) -> Result<Self, InvalidRules> {
        if rules.len() > RULES_MAX {
            return Err(InvalidRules::TooMany);
        }
        if rules.iter().any(|rule| rule.fields.len() > RULE_FIELDS_MAX) {
            return Err(InvalidRules::TooManyFields);
        }
        Ok(Self(rules))
    }

    /// How many messages one change can make at most.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The rules, in their order.
    pub fn as_slice(&self) -> &[Rule] {
        &self.0
    }

    /// Whether no change makes a message.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The event types that a change becomes: each once, in the order of the rules.
    pub fn event_types(&self, change: &Change) -> Vec<EventTypeName> {
        let mut event_types: Vec<EventTypeName> = Vec::new();
        // The record is written and read at most once, however many rules have a pattern.
        let json = LazyCell::new(|| change.resource.to_json());
        let document = LazyCell::new(|| Document::parse(&json));
        let looks_like =
            |pattern: &Pattern| document.as_ref().is_some_and(|document| pattern.matches(document));
        for rule in self.0.iter().filter(|rule| rule.matches(change, looks_like)) {
            if !event_types.contains(&rule.event_type) {
                event_types.push(rule.event_type.clone());
            }
        }
        event_types
    }
}

impl Default for Rules {
    /// The article's rule: the insert of a `candidate` is a `candidate.created`.
    fn default() -> Self {
        let name = "the names of the default rule are valid";
        Self(vec![Rule {
            change: ChangeKind::Insert,
            resource_type: "candidate".parse().expect(name),
            fields: BTreeMap::new(),
            pattern: None,
            event_type: "candidate.created".parse().expect(name),
        }])
    }
}

impl Rule {
    fn matches(&self, change: &Change, looks_like: impl Fn(&Pattern) -> bool) -> bool {
        self.change == change.kind
            && self.resource_type == change.resource.key.kind
            && self.fields.iter().all(|(name, value)| has(&change.resource, name, value))
            && self.pattern.as_ref().is_none_or(looks_like)
    }
}

/// By way of a value, because settings come from other formats than JSON.
fn pattern<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Pattern>, D::Error> {
    let value = Option::<Value>::deserialize(deserializer)?;
    value.map(|value| Pattern::try_from(&value).map_err(serde::de::Error::custom)).transpose()
}

fn has(resource: &Resource, name: &str, value: &Value) -> bool {
    let field = resource.fields.field(name);
    field.is_some_and(|field| serde_json::from_str::<Value>(field.get()).is_ok_and(|field| field == *value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AppId;
    use crate::resource::{Fields, ResourceKey};
    use crate::time::Timestamp;

    fn change(kind: ChangeKind, resource_type: &str, fields: &str) -> Change {
        let key = ResourceKey { kind: resource_type.parse().unwrap(), id: "1".parse().unwrap() };
        let fields = Fields::parse(fields.as_bytes()).unwrap();
        let (app, at) = (AppId::from_number(1), Timestamp::default());
        Change { kind, resource: Resource { key, app, fields, created_at: at, updated_at: at } }
    }

    fn rule(json: &str) -> Rule {
        serde_json::from_str(json).unwrap()
    }

    fn check(rules: &Rules, change: &Change, expected: &[&str]) {
        let names: Vec<_> = rules.event_types(change).iter().map(ToString::to_string).collect();
        assert_eq!(names, expected, "{change:?}");
    }

    #[test]
    fn the_default_rule_is_the_articles() {
        let rules = Rules::default();
        check(&rules, &change(ChangeKind::Insert, "candidate", "{}"), &["candidate.created"]);
        check(&rules, &change(ChangeKind::Update, "candidate", "{}"), &[]);
        check(&rules, &change(ChangeKind::Insert, "order", "{}"), &[]);
    }

    #[test]
    fn rules_compare_exact_values() {
        let json =
            r#"{"change":"update","type":"order","fields":{"state":"paid","n":1},"event_type":"order.paid"}"#;
        let rules = Rules::new(vec![rule(json), rule(json)]).unwrap();
        let check_fields = |fields: &str, expected: &[&str]| {
            check(&rules, &change(ChangeKind::Update, "order", fields), expected);
        };
        check_fields(r#"{"state":"paid","n":1,"other":true}"#, &["order.paid"]);
        check_fields(r#"{"state":"p\u0061id","n":1}"#, &["order.paid"]);
        check_fields(r#"{"state":"paid","n":"1"}"#, &[]);
        check_fields(r#"{"state":"paid"}"#, &[]);
        check_fields(r#"{"state":"Paid","n":1}"#, &[]);
    }

    #[test]
    fn rules_match_patterns_over_the_whole_record() {
        let json = r#"{"change":"update","type":"order","event_type":"order.large","fields":{"state":"paid"},
            "pattern":{"type":["order"],"amount":[{"numeric":[">",100]}],"id":[{"prefix":"1"}]}}"#;
        let rules = Rules::new(vec![rule(json)]).unwrap();
        let check_fields = |fields: &str, expected: &[&str]| {
            check(&rules, &change(ChangeKind::Update, "order", fields), expected);
        };
        check_fields(r#"{"state":"paid","amount":100.01}"#, &["order.large"]);
        check_fields(r#"{"state":"paid","amount":100}"#, &[]);
        check_fields(r#"{"state":"open","amount":200}"#, &[]);
        check_fields(r#"{"state":"paid"}"#, &[]);
        let wrong = json.replace("numeric", "numerical");
        let error = serde_json::from_str::<Rule>(&wrong).unwrap_err().to_string();
        assert!(error.contains("amount[0]"), "{error}");
    }

    #[test]
    fn rules_are_bounded_and_have_no_unknown_keys() {
        let json = r#"{"change":"delete","type":"order","event_type":"order.deleted"}"#;
        assert_eq!(Rules::new(vec![rule(json); 257]), Err(InvalidRules::TooMany));
        assert!(serde_json::from_str::<Rule>(&json.replace("event_type", "eventtype")).is_err());
        assert!(serde_json::from_str::<Rule>(&json.replace("delete", "drop")).is_err());
    }
}

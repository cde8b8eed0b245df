use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Document, Pattern};

fn matches(pattern: &Value, event: &Value) -> bool {
    let event = event.to_string();
    Pattern::try_from(pattern).unwrap().matches(&Document::parse(event.as_bytes()).unwrap())
}

fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[aAbB*.:/0-9]{0,3}".prop_map(Value::from),
    ]
}

/// JSON that is often a pattern, or nearly.
fn json() -> impl Strategy<Value = Value> {
    let name = "a|b|\\$or|prefix|suffix|numeric|exists|anything-but|equals-ignore-case|wildcard|cidr|.";
    scalars().prop_recursive(5, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4)
                .prop_map(|members| Value::from(Map::from_iter(members))),
        ]
    })
}

/// What may be compared with texts and numbers: the operator, and its negative if there is one.
fn opposites() -> impl Strategy<Value = (Value, Value)> {
    let text = || "[aAbB]{1,2}";
    prop_oneof![
        text().prop_map(|text| (json!(text), json!(text))),
        (-3_i64..3).prop_map(|number| (json!(number), json!(number))),
        text().prop_map(|text| (json!({"prefix": text}), json!({"prefix": [text]}))),
        text().prop_map(|text| (json!({"suffix": text}), json!({"suffix": text}))),
        text().prop_map(|text| (json!({"equals-ignore-case": text}), json!({"equals-ignore-case": text}))),
        "[aA]\\*[bB]?".prop_map(|text| (json!({"wildcard": text}), json!({"wildcard": text}))),
    ]
}

/// An event with objects in arrays, and no arrays of anything else.
fn nested_event(depth: u32) -> BoxedStrategy<Value> {
    let below = if depth == 0 {
        (0..2_i64).prop_map(Value::from).boxed()
    } else {
        let element = nested_event(depth - 1);
        prop::collection::vec(element, 1..3).prop_map(Value::from).boxed()
    };
    let members = prop::collection::btree_map("[abx]", (0..2_i64).prop_map(Value::from), 0..3);
    (members, prop::collection::btree_map("[ij]", below, 0..3))
        .prop_map(|(leaves, below)| {
            let leaves = leaves.into_iter().chain(below.into_iter().filter(|(_, value)| value.is_array()));
            Value::from(Map::from_iter(leaves))
        })
        .boxed()
}

/// A pattern for such events with as many `$or`s as there is room for, and nothing that asks for absence.
fn nested_pattern(depth: u32) -> BoxedStrategy<Value> {
    let leaf = ("[abx]", 0..2_i64).prop_map(|(name, number)| (name, json!([number])));
    if depth == 0 {
        return leaf.prop_map(|member| Value::from(Map::from_iter([member]))).boxed();
    }
    let below = ("[ij]", nested_pattern(depth - 1));
    let choice = prop::collection::vec(nested_pattern(depth - 1), 2..4)
        .prop_map(|branches| ("$or".to_owned(), Value::from(branches)));
    prop::collection::vec(prop_oneof![leaf, below, choice], 1..4)
        .prop_map(|members| Value::from(Map::from_iter(members)))
        .boxed()
}

/// The event with one element in place of each array, for every way to choose them.
fn resolutions(event: &Value) -> Vec<Value> {
    match event {
        Value::Array(elements) => elements.iter().flat_map(resolutions).collect(),
        Value::Object(members) => members.iter().fold(vec![json!({})], |events, (name, value)| {
            let values = resolutions(value);
            let with = |event: &Value, value: &Value| {
                let mut event = event.clone();
                event[name] = value.clone();
                event
            };
            events.iter().flat_map(|event| values.iter().map(|value| with(event, value))).collect()
        }),
        scalar => vec![scalar.clone()],
    }
}

/// The meaning of a pattern without operators for an event without arrays.
fn holds(pattern: &Value, event: &Value) -> bool {
    pattern.as_object().unwrap().iter().all(|(name, asked)| match asked {
        Value::Array(branches) if name == "$or" => branches.iter().any(|branch| holds(branch, event)),
        Value::Array(values) => values.contains(&event[name]),
        _ => holds(asked, &event[name]),
    })
}

proptest! {
    #[test]
    fn whatever_is_read_does_no_harm(pattern in json(), event in json(), text in ".{0,40}") {
        let (pattern, event) = (pattern.to_string(), event.to_string());
        let _ = (Pattern::parse(text.as_bytes()), Document::parse(text.as_bytes()));
        let document = Document::parse(event.as_bytes()).unwrap();
        if let Ok(pattern) = Pattern::parse(pattern.as_bytes()) {
            let again = Pattern::parse(pattern.as_json().as_bytes()).unwrap();
            prop_assert_eq!(&again, &pattern);
            prop_assert_eq!(again.matches(&document), pattern.matches(&document));
        }
    }

    #[test]
    fn a_value_is_a_thing_or_anything_but_that(value in scalars(), (one, but) in opposites()) {
        let (positive, negative) = (json!({"a": [one]}), json!({"a": [{"anything-but": but}]}));
        let (event, list) = (json!({"a": value}), json!({"a": [[value]]}));
        prop_assert_ne!(matches(&positive, &event), matches(&negative, &event));
        prop_assert_ne!(matches(&positive, &list), matches(&negative, &list));
        let nothing = json!({});
        prop_assert!(!matches(&positive, &nothing) && !matches(&negative, &nothing));
    }

    #[test]
    fn a_match_is_one_with_some_choice_of_elements(pattern in nested_pattern(3), event in nested_event(2)) {
        let expected = resolutions(&event).iter().any(|event| holds(&pattern, event));
        prop_assert_eq!(matches(&pattern, &event), expected);
    }
}

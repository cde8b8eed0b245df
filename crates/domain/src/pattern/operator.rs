//! From JSON to comparisons: the operators, each an object with one member.

use std::cmp::Ordering;

use super::InvalidPattern;
use super::leaf::{Bound, Folded, Range, Test, Tests};
use super::parse::Count;
use super::read::{Member, Value};
use super::wildcard::Wildcard;

/// Reads an operator; none is `{"exists": false}`.
pub(super) fn parse(members: &[Member<'_>], values: &mut Count) -> Result<Option<Test>, InvalidPattern> {
    let Member { name, value } = only(members)?;
    let test = match &**name {
        "exists" => match value {
            Value::Bool(true) => Ok(Test::Present),
            Value::Bool(false) => return Ok(None),
            _ => Err(InvalidPattern::here("must be true or false")),
        },
        "prefix" => affix(value, Test::Prefix, Test::FoldedPrefix),
        "suffix" => affix(value, Test::Suffix, Test::FoldedSuffix),
        "equals-ignore-case" => text(value).map(|text| Test::Folded(Folded::new(text))),
        "wildcard" => wildcard(value),
        "cidr" => cidr(value),
        "numeric" => numeric(value),
        "anything-but" => anything_but(value, values).map(Test::AnythingBut),
        _ => Err(InvalidPattern::here("is not an operator")),
    };
    test.map(Some).map_err(|invalid| invalid.under(name))
}

fn only<'v, 'a>(members: &'v [Member<'a>]) -> Result<&'v Member<'a>, InvalidPattern> {
    match members {
        [member] => Ok(member),
        _ => Err(InvalidPattern::here("must have exactly one operator")),
    }
}

fn text<'v>(value: &'v Value<'_>) -> Result<&'v str, InvalidPattern> {
    match value {
        Value::Text(text) => Ok(text),
        _ => Err(InvalidPattern::here("must be a text")),
    }
}

/// `"a"`, or `{"equals-ignore-case": "a"}`.
fn affix(
    value: &Value<'_>,
    exact: fn(Box<str>) -> Test,
    folded: fn(Folded) -> Test,
) -> Result<Test, InvalidPattern> {
    let Value::Object(members) = value else { return text(value).map(|text| exact(text.into())) };
    let Member { name, value } = only(members)?;
    let test = match &**name {
        "equals-ignore-case" => text(value).map(|text| folded(Folded::new(text))),
        _ => Err(InvalidPattern::here("must be equals-ignore-case here")),
    };
    test.map_err(|invalid| invalid.under(name))
}

fn wildcard(value: &Value<'_>) -> Result<Test, InvalidPattern> {
    Wildcard::parse(text(value)?).map(Test::Wildcard).map_err(InvalidPattern::here)
}

fn cidr(value: &Value<'_>) -> Result<Test, InvalidPattern> {
    let network = text(value)?.parse().map(Test::Network);
    network.map_err(|_| InvalidPattern::here("must be a range of addresses such as 10.0.0.0/8"))
}

/// `[">", 0, "<=", 5]`, or one half of it.
fn numeric(value: &Value<'_>) -> Result<Test, InvalidPattern> {
    let form = "must be an array of one or two operators, each with a number";
    let Value::Array(terms) = value else { return Err(InvalidPattern::here(form)) };
    let range = match terms.len() {
        2 => match comparison(terms, 0)? {
            (End::Both, bound) => return Ok(Test::Number(bound.number)),
            (End::Lower, bound) => Range { lower: Some(bound), upper: None },
            (End::Upper, bound) => Range { lower: None, upper: Some(bound) },
        },
        4 => match (comparison(terms, 0)?, comparison(terms, 2)?) {
            ((End::Lower, lower), (End::Upper, upper)) => between(lower, upper)?,
            _ => return Err(InvalidPattern::here("must have > or >= first and < or <= second")),
        },
        _ => return Err(InvalidPattern::here(form)),
    };
    Ok(Test::Range(range))
}

/// Which end of a range a comparison sets.
enum End {
    Lower,
    Upper,
    Both,
}

/// The operator at an index, and the number after it.
fn comparison(terms: &[Value<'_>], at: usize) -> Result<(End, Bound), InvalidPattern> {
    let (end, is_inside) = match &terms[at] {
        Value::Text(operator) if operator == "=" => (End::Both, true),
        Value::Text(operator) if operator == ">" => (End::Lower, false),
        Value::Text(operator) if operator == ">=" => (End::Lower, true),
        Value::Text(operator) if operator == "<" => (End::Upper, false),
        Value::Text(operator) if operator == "<=" => (End::Upper, true),
        _ => return Err(InvalidPattern::here("must be one of = < <= > >=").at(at)),
    };
    match &terms[at + 1] {
        Value::Number(number) => Ok((end, Bound { number: number.owned(), is_inside })),
        _ => Err(InvalidPattern::here("must be a number").at(at + 1)),
    }
}

fn between(lower: Bound, upper: Bound) -> Result<Range, InvalidPattern> {
    let has_numbers = match lower.number.compare(&upper.number) {
        Ordering::Less => true,
        Ordering::Equal => lower.is_inside && upper.is_inside,
        Ordering::Greater => false,
    };
    if !has_numbers {
        return Err(InvalidPattern::here("is a range without numbers"));
    }
    Ok(Range { lower: Some(lower), upper: Some(upper) })
}

/// What a value must not be: a text, a number, a list of either, or one of four operators with texts.
fn anything_but(value: &Value<'_>, values: &mut Count) -> Result<Tests, InvalidPattern> {
    match value {
        Value::Object(members) => {
            let Member { name, value } = only(members)?;
            anything_but_operator(name, value, values).map_err(|invalid| invalid.under(name))
        }
        Value::Text(_) | Value::Number(_) => list(value, values, exact),
        Value::Array(entries) => {
            let texts = entries.iter().filter(|entry| matches!(entry, Value::Text(_))).count();
            if texts != 0 && texts != entries.len() {
                return Err(InvalidPattern::here("must not mix texts with other values"));
            }
            list(value, values, exact)
        }
        _ => Err(InvalidPattern::here("must be a text, a number, an array of either, or an operator")),
    }
}

fn anything_but_operator(name: &str, value: &Value<'_>, values: &mut Count) -> Result<Tests, InvalidPattern> {
    match name {
        "prefix" => list(value, values, |value| Ok(Test::Prefix(some_text(value)?.into()))),
        "suffix" => list(value, values, |value| Ok(Test::Suffix(some_text(value)?.into()))),
        "equals-ignore-case" => list(value, values, |value| Ok(Test::Folded(Folded::new(text(value)?)))),
        "wildcard" => list(value, values, wildcard),
        _ => Err(InvalidPattern::here("is not an operator that anything-but takes")),
    }
}

/// One entry, or an array of entries.
fn list(
    value: &Value<'_>,
    values: &mut Count,
    read: fn(&Value<'_>) -> Result<Test, InvalidPattern>,
) -> Result<Tests, InvalidPattern> {
    let Value::Array(entries) = value else { return read(value).map(|test| Tests::from_iter([test])) };
    if entries.is_empty() {
        return Err(InvalidPattern::here("must not be empty"));
    }
    let mut entry = |(index, entry)| {
        let read = values.one_more().and_then(|()| read(entry));
        read.map_err(|invalid: InvalidPattern| invalid.at(index))
    };
    entries.iter().enumerate().map(&mut entry).collect()
}

fn exact(value: &Value<'_>) -> Result<Test, InvalidPattern> {
    match value {
        Value::Text(text) => Ok(Test::Text((**text).into())),
        Value::Number(number) => Ok(Test::Number(number.owned())),
        _ => Err(InvalidPattern::here("must be a text or a number")),
    }
}

/// A text that not every text begins and ends with: anything but those would be nothing.
fn some_text<'v>(value: &'v Value<'_>) -> Result<&'v str, InvalidPattern> {
    match text(value)? {
        "" => Err(InvalidPattern::here("must not be empty")),
        text => Ok(text),
    }
}

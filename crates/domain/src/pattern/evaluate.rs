//! Whether a pattern holds of a document.
//!
//! Each part of the pattern meets each value of the document at most once, so that the time is bounded by their
//! product; absence is looked for once more below each array. Recursion is bounded by the depth of both.

use std::sync::Arc;

use super::demand::{Demand, Demands, Field};
use super::document::{Document, member};
use super::leaf::Leaf;
use super::read::{Member, Value};

/// In which way demands hold. The difference matters in arrays: a value that was found ties its demands to one
/// element, while nothing but absence speaks of all elements.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    No,
    /// Nothing was found, and nothing was asked for.
    ByAbsence,
    /// At least one value was found that was asked for.
    ByValue,
}

/// What is below a member that is not there.
static NOTHING: Value<'static> = Value::Array(Vec::new());

pub(super) fn matches(demands: &Demands, document: &Document<'_>) -> bool {
    within(demands, document.value(), 0) != Held::No
}

/// Judges demands on objects; `value` is `depth` members below the top.
fn within(demands: &Demands, value: &Value<'_>, depth: usize) -> Held {
    match value {
        Value::Object(members) => of_object(demands, members, depth),
        _ if by_value(demands, value, depth) => Held::ByValue,
        _ if all_absent(demands, value, depth) => Held::ByAbsence,
        _ => Held::No,
    }
}

/// Whether one element, however deep in arrays, holds by what it has.
fn by_value(demands: &Demands, value: &Value<'_>, depth: usize) -> bool {
    match value {
        Value::Object(members) => of_object(demands, members, depth) == Held::ByValue,
        Value::Array(elements) => elements.iter().any(|element| by_value(demands, element, depth)),
        _ => false,
    }
}

fn of_object(demands: &Demands, members: &[Member<'_>], depth: usize) -> Held {
    let mut held = Held::ByAbsence;
    for field in &demands.fields {
        match of_member(field, members, depth) {
            Held::No => return Held::No,
            found => held = held.max(found),
        }
    }
    for choice in &demands.choices {
        match best(choice, members, depth) {
            Held::No => return Held::No,
            found => held = held.max(found),
        }
    }
    held
}

fn best(choice: &[Demands], members: &[Member<'_>], depth: usize) -> Held {
    let mut best = Held::No;
    for branch in choice {
        best = best.max(of_object(branch, members, depth));
        if best == Held::ByValue {
            break;
        }
    }
    best
}

fn of_member(field: &Field, members: &[Member<'_>], depth: usize) -> Held {
    let value = member(members, &field.name).unwrap_or(&NOTHING);
    match &field.demand {
        Demand::Compared(leaves) => compared(leaves, value),
        Demand::Within(demands) => within(demands, value, depth + 1),
    }
}

fn compared(leaves: &[Arc<Leaf>], value: &Value<'_>) -> Held {
    if leaves.iter().all(|leaf| any_scalar(value, &|scalar| leaf.tests.hold(scalar))) {
        return Held::ByValue;
    }
    let absent = leaves.iter().all(|leaf| leaf.accepts_absence) && !any_scalar(value, &|_| true);
    if absent { Held::ByAbsence } else { Held::No }
}

/// Whether the value, or one in its arrays, is neither object nor array and passes.
fn any_scalar(value: &Value<'_>, passes: &dyn Fn(&Value<'_>) -> bool) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| any_scalar(element, passes)),
        Value::Object(_) => false,
        scalar => passes(scalar),
    }
}

/// Whether demands hold by absence alone in all that is below `value`, with the same branches everywhere.
fn all_absent(demands: &Demands, value: &Value<'_>, depth: usize) -> bool {
    let absent = |field: &Field| match &field.demand {
        Demand::Within(demands) => all_absent(demands, value, depth),
        Demand::Compared(leaves) => {
            leaves.iter().all(|leaf| leaf.accepts_absence && !leads_to_scalar(value, &leaf.path[depth..]))
        }
    };
    demands.fields.iter().all(absent)
        && demands.choices.iter().all(|choice| choice.iter().any(|branch| all_absent(branch, value, depth)))
}

fn leads_to_scalar(value: &Value<'_>, path: &[Arc<str>]) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| leads_to_scalar(element, path)),
        Value::Object(members) => path.split_first().is_some_and(|(name, rest)| {
            member(members, name).is_some_and(|value| leads_to_scalar(value, rest))
        }),
        _ => path.is_empty(),
    }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;

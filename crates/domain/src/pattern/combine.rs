//! Puts what stands beside a `$or` into its branches where both name the same field: `a` with `$or` of `b` and
//! `c`, all within one array, is one element with `a` and `b`, or one with `a` and `c`. Everything else stays
//! as it is, so that a pattern grows only there, and only up to a limit.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::InvalidPattern;
use super::demand::{Demand, Demands, Field};
use crate::limits::PATTERN_FIELDS_MAX;

/// Makes the choices of each object share no name with each other, nor with its fields.
pub(super) fn combine(demands: Demands) -> Result<Demands, InvalidPattern> {
    let mut fields_left = PATTERN_FIELDS_MAX.saturating_sub(count(&demands));
    separate(demands, &mut fields_left)
}

fn separate(mut demands: Demands, fields_left: &mut usize) -> Result<Demands, InvalidPattern> {
    let mut choices = Vec::new();
    while let Some(choice) = demands.choices.pop() {
        let beside = take_sharing(&mut demands, &names(&choice));
        if beside.fields.is_empty() && beside.choices.is_empty() {
            choices.push(choice);
            continue;
        }
        let growth = count(&beside) * (choice.len() - 1);
        *fields_left = fields_left.checked_sub(growth).ok_or_else(|| too_many(&beside))?;
        let branches: Result<_, _> = choice.into_iter().map(|branch| both(branch, beside.clone())).collect();
        // It names more now, which may be named by those that were looked at before.
        demands.choices.append(&mut choices);
        demands.choices.push(branches?);
    }
    for choice in choices {
        let branches = choice.into_iter().map(|branch| separate(branch, fields_left));
        demands.choices.push(branches.collect::<Result<_, _>>()?);
    }
    for field in &mut demands.fields {
        if let Demand::Within(within) = &mut field.demand {
            *within = separate(std::mem::take(within), fields_left)?;
        }
    }
    Ok(demands)
}

/// Takes out the fields that have one of these names, and the choices that name one.
fn take_sharing(demands: &mut Demands, shared: &BTreeSet<Arc<str>>) -> Demands {
    Demands {
        fields: demands.fields.extract_if(.., |field| shared.contains(&field.name)).collect(),
        choices: demands.choices.extract_if(.., |choice| !names(choice).is_disjoint(shared)).collect(),
    }
}

/// The names of an object's members that a choice looks at.
fn names(choice: &[Demands]) -> BTreeSet<Arc<str>> {
    let of_branch = |branch: &Demands| {
        let mut all: BTreeSet<_> = branch.choices.iter().flat_map(|choice| names(choice)).collect();
        all.extend(branch.fields.iter().map(|field| Arc::clone(&field.name)));
        all
    };
    choice.iter().flat_map(of_branch).collect()
}

/// All that either asks.
fn both(mut one: Demands, other: Demands) -> Result<Demands, InvalidPattern> {
    one.choices.extend(other.choices);
    for field in other.fields {
        let Some(at) = one.fields.iter().position(|own| own.name == field.name) else {
            one.fields.push(field);
            continue;
        };
        let own = one.fields.swap_remove(at);
        let demand = match (own.demand, field.demand) {
            (Demand::Within(own), Demand::Within(other)) => Demand::Within(both(own, other)?),
            (Demand::Compared(mut own), Demand::Compared(other)) => {
                own.extend(other);
                Demand::Compared(own)
            }
            (Demand::Compared(leaves), Demand::Within(_)) | (Demand::Within(_), Demand::Compared(leaves)) => {
                let reason = "is compared, and taken for an object in or beside a `$or`";
                return Err(InvalidPattern { path: leaves[0].path.join("."), reason });
            }
        };
        one.fields.push(Field { name: own.name, demand });
    }
    Ok(one)
}

/// How many fields are compared.
fn count(demands: &Demands) -> usize {
    let fields = demands.fields.iter().map(|field| match &field.demand {
        Demand::Compared(leaves) => leaves.len(),
        Demand::Within(within) => count(within),
    });
    fields.sum::<usize>() + demands.choices.iter().flatten().map(count).sum::<usize>()
}

fn too_many(beside: &Demands) -> InvalidPattern {
    let field = beside.fields.first();
    let name = field.or_else(|| beside.choices[0][0].fields.first()).map_or("$or", |field| &*field.name);
    let reason = "is named in and beside a `$or` so often that more than 1024 fields are compared";
    InvalidPattern::here(reason).under(name)
}

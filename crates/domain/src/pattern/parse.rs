//! From JSON to what a pattern asks: objects, fields, `$or`, and the arrays with a field's values.

use std::collections::HashSet;
use std::sync::Arc;

use super::InvalidPattern;
use super::demand::{Demand, Demands, Field};
use super::leaf::{Leaf, Test};
use super::operator;
use super::read::{Member, Value};
use crate::limits::PATTERN_VALUES_MAX;

/// Names that a field within a `$or` may not have, or the `$or` would be read as a list of operators.
const OPERATORS: [&str; 8] =
    ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];

/// Reads a whole pattern.
pub(super) fn parse(pattern: &Value<'_>) -> Result<Demands, InvalidPattern> {
    Parser::default().demands(pattern)
}

#[derive(Default)]
struct Parser {
    path: Vec<Arc<str>>,
    choices_open: usize,
    values: Count,
}

/// The values and operators that were read so far.
#[derive(Default)]
pub(super) struct Count(usize);

impl Count {
    pub(super) fn one_more(&mut self) -> Result<(), InvalidPattern> {
        self.0 += 1;
        if self.0 > PATTERN_VALUES_MAX {
            return Err(InvalidPattern::here("is one value too many: a pattern has at most 512"));
        }
        Ok(())
    }
}

impl Parser {
    fn demands(&mut self, value: &Value<'_>) -> Result<Demands, InvalidPattern> {
        let Value::Object(members) = value else { return Err(InvalidPattern::here("must be an object")) };
        if members.is_empty() {
            return Err(InvalidPattern::here("must not be empty"));
        }
        let mut names = HashSet::new();
        let mut demands = Demands::default();
        for member in members {
            let name = &*member.name;
            let read = if !names.insert(name) {
                Err(InvalidPattern::here("is there twice"))
            } else if name == "$or" {
                self.choice(&member.value).map(|choice| demands.choices.push(choice))
            } else {
                self.field(member).map(|field| demands.fields.push(field))
            };
            read.map_err(|invalid| invalid.under(name))?;
        }
        Ok(demands)
    }

    fn choice(&mut self, value: &Value<'_>) -> Result<Vec<Demands>, InvalidPattern> {
        let Value::Array(branches) = value else { return Err(InvalidPattern::here("must be an array")) };
        if branches.len() < 2 {
            return Err(InvalidPattern::here("must have at least two objects"));
        }
        self.choices_open += 1;
        let branch = |(index, branch)| self.demands(branch).map_err(|invalid| invalid.at(index));
        let choice = branches.iter().enumerate().map(branch).collect();
        self.choices_open -= 1;
        choice
    }

    fn field(&mut self, member: &Member<'_>) -> Result<Field, InvalidPattern> {
        let name: Arc<str> = Arc::from(&*member.name);
        if self.choices_open > 0 && OPERATORS.contains(&&*name) {
            return Err(InvalidPattern::here("is an operator, which no field in a `$or` may be called"));
        }
        self.path.push(Arc::clone(&name));
        let demand = match &member.value {
            Value::Array(entries) => Demand::Compared(vec![Arc::new(self.leaf(entries)?)]),
            Value::Object(_) => Demand::Within(self.demands(&member.value)?),
            _ => return Err(InvalidPattern::here("must be an object or an array of values")),
        };
        self.path.pop();
        Ok(Field { name, demand })
    }

    fn leaf(&mut self, entries: &[Value<'_>]) -> Result<Leaf, InvalidPattern> {
        if entries.is_empty() {
            return Err(InvalidPattern::here("must not be empty"));
        }
        let entry = |(index, entry)| self.entry(entry).map_err(|invalid| invalid.at(index));
        let read = entries.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
        let accepts_absence = read.iter().any(Option::is_none);
        Ok(Leaf { path: self.path.clone(), tests: read.into_iter().flatten().collect(), accepts_absence })
    }

    /// Reads one entry; none is `{"exists": false}`.
    fn entry(&mut self, entry: &Value<'_>) -> Result<Option<Test>, InvalidPattern> {
        self.values.one_more()?;
        Ok(Some(match entry {
            Value::Object(members) => return operator::parse(members, &mut self.values),
            Value::Null => Test::Null,
            Value::Bool(expected) => Test::Bool(*expected),
            Value::Number(number) => Test::Number(number.owned()),
            Value::Text(text) => Test::Text((**text).into()),
            Value::Unreadable => return Err(InvalidPattern::here("cannot be compared")),
            Value::Array(_) => return Err(InvalidPattern::here("must not be an array")),
        }))
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;

//! What one field may be: compiled comparisons with a single value. None of them allocates.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::number::Decimal;
use super::read::Value;
use super::wildcard::Wildcard;

/// The array that a pattern has for a field: one of its entries must hold.
#[derive(Debug)]
pub(super) struct Leaf {
    /// The names from the top of the document to the field, its own last.
    pub(super) path: Vec<Arc<str>>,
    /// The entries that compare a value.
    pub(super) tests: Tests,
    /// Whether one of the entries is `{"exists": false}`.
    pub(super) accepts_absence: bool,
}

/// A comparison with a value that is neither object nor array.
#[derive(Debug)]
pub(super) enum Test {
    Null,
    Bool(bool),
    Number(Decimal<Box<str>>),
    Text(Box<str>),
    Prefix(Box<str>),
    Suffix(Box<str>),
    Folded(Folded),
    FoldedPrefix(Folded),
    FoldedSuffix(Folded),
    Wildcard(Wildcard),
    Range(Range),
    Network(IpNet),
    Present,
    AnythingBut(Tests),
}

/// Comparisons of which one must hold. Those there may be hundreds of are looked up.
#[derive(Debug, Default)]
pub(super) struct Tests {
    /// In order.
    texts: Vec<Box<str>>,
    /// In order.
    numbers: Vec<Decimal<Box<str>>>,
    networks: Vec<IpNet>,
    others: Vec<Test>,
}

impl FromIterator<Test> for Tests {
    fn from_iter<I: IntoIterator<Item = Test>>(tests: I) -> Self {
        let mut sorted = Self::default();
        for test in tests {
            match test {
                Test::Text(text) => sorted.texts.push(text),
                Test::Number(number) => sorted.numbers.push(number),
                Test::Network(network) => sorted.networks.push(network),
                other => sorted.others.push(other),
            }
        }
        sorted.texts.sort();
        sorted.numbers.sort_by(Decimal::compare);
        sorted
    }
}

impl Tests {
    /// Whether one of them holds of a value that is neither object nor array.
    pub(super) fn hold(&self, value: &Value<'_>) -> bool {
        let is_listed = match value {
            Value::Text(text) => self.list_text(text),
            Value::Number(found) => self.numbers.binary_search_by(|number| number.compare(found)).is_ok(),
            _ => false,
        };
        is_listed || self.others.iter().any(|test| test.holds(value))
    }

    fn list_text(&self, text: &str) -> bool {
        let is_inside = |address: IpAddr| self.networks.iter().any(|network| network.contains(&address));
        self.texts.binary_search_by(|listed| (**listed).cmp(text)).is_ok()
            || (!self.networks.is_empty() && text.parse().is_ok_and(is_inside))
    }
}

impl Test {
    fn holds(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Present, _) | (Self::Null, Value::Null) => true,
            (Self::AnythingBut(tests), _) => !tests.hold(value),
            (Self::Bool(expected), Value::Bool(found)) => expected == found,
            (Self::Range(range), Value::Number(found)) => range.contains(found),
            (_, Value::Text(text)) => self.holds_of_text(text),
            _ => false,
        }
    }

    fn holds_of_text(&self, text: &str) -> bool {
        match self {
            Self::Prefix(prefix) => text.starts_with(&**prefix),
            Self::Suffix(suffix) => text.ends_with(&**suffix),
            Self::Folded(folded) => folded.is(text),
            Self::FoldedPrefix(folded) => folded.begins(text),
            Self::FoldedSuffix(folded) => folded.ends(text),
            Self::Wildcard(wildcard) => wildcard.matches(text),
            _ => false,
        }
    }
}

/// A text without the case of its letters, for comparison character by character: `ß` is not `SS`.
#[derive(Debug)]
pub(super) struct Folded(Box<[char]>);

impl Folded {
    pub(super) fn new(text: &str) -> Self {
        Self(text.chars().map(fold).collect())
    }

    fn is(&self, text: &str) -> bool {
        text.chars().map(fold).eq(self.0.iter().copied())
    }

    fn begins(&self, text: &str) -> bool {
        let mut characters = text.chars().map(fold);
        self.0.iter().all(|expected| characters.next() == Some(*expected))
    }

    fn ends(&self, text: &str) -> bool {
        let mut characters = text.chars().rev().map(fold);
        self.0.iter().rev().all(|expected| characters.next() == Some(*expected))
    }
}

/// Upper case, then lower case, as far as each is one character: so all three sigmas are one.
fn fold(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    let upper = single(character.to_uppercase()).unwrap_or(character);
    single(upper.to_lowercase()).unwrap_or(upper)
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next();
    if characters.next().is_none() { first } else { None }
}

/// Numbers between two bounds.
#[derive(Debug, Default)]
pub(super) struct Range {
    pub(super) lower: Option<Bound>,
    pub(super) upper: Option<Bound>,
}

/// An end of a range.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) number: Decimal<Box<str>>,
    /// Whether the number itself belongs to the range.
    pub(super) is_inside: bool,
}

impl Bound {
    fn admits(&self, found: &Decimal<&str>, inward: Ordering) -> bool {
        let order = found.compare(&self.number);
        order == inward || (self.is_inside && order.is_eq())
    }
}

impl Range {
    fn contains(&self, found: &Decimal<&str>) -> bool {
        self.lower.as_ref().is_none_or(|bound| bound.admits(found, Ordering::Greater))
            && self.upper.as_ref().is_none_or(|bound| bound.admits(found, Ordering::Less))
    }
}

//! A member of a change: absent keeps what is there, `null` clears it, and a value replaces it.

use serde::{Deserialize, Deserializer};

/// What a member of a change asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Patch<T> {
    /// It is not there: what is there stays.
    #[default]
    Keep,
    /// `null`: what is there goes.
    Clear,
    /// A value: it is there from now on.
    Set(T),
}

impl<T> Patch<T> {
    /// What is there afterwards, if `old` was.
    pub(super) fn over(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Keep => old,
            Self::Clear => None,
            Self::Set(new) => Some(new),
        }
    }

    /// The same about something else, unless the first answer is that this is wrong.
    pub(super) fn and_then<U>(self, of: impl FnOnce(T) -> Option<U>) -> Patch<U> {
        match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => of(value).map_or(Patch::Keep, Patch::Set),
        }
    }

    /// This, unless it says nothing.
    #[must_use]
    pub(super) fn or(self, other: Self) -> Self {
        if matches!(self, Self::Keep) { other } else { self }
    }
}

/// With `#[serde(default)]` on the member, or its absence would be `null`.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: Option<u8>) {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Change {
            member: Patch<u8>,
        }
        let change: Change = serde_json::from_str(json).unwrap();
        assert_eq!(change.member.over(Some(1)), expected, "{json}");
    }

    #[test]
    fn a_member_keeps_clears_or_sets() {
        check("{}", Some(1));
        check(r#"{"member":null}"#, None);
        check(r#"{"member":2}"#, Some(2));
    }
}

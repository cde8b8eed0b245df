//! A retry schedule as people write it: the pauses before each retry, `1s,5m,2h`, or `none`.

use std::str::FromStr;

use domain::retry::{InvalidRetries, Retries};
use serde::{Deserialize, Deserializer};

use super::span::{InvalidSpan, Span};

/// The pauses of a schedule that an operator sets. They are kept exactly, without jitter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule(pub(crate) Retries);

/// Why a text is not a schedule.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum InvalidSchedule {
    /// One of its parts is not a duration.
    #[error(transparent)]
    Span(#[from] InvalidSpan),
    /// It is out of bounds.
    #[error(transparent)]
    Retries(#[from] InvalidRetries),
}

impl Schedule {
    fn parse<T: AsRef<str>>(pauses: impl IntoIterator<Item = T>) -> Result<Self, InvalidSchedule> {
        let pauses: Result<Vec<Span>, InvalidSpan> =
            pauses.into_iter().map(|pause| pause.as_ref().parse()).collect();
        let pauses = pauses?.into_iter().map(|pause| pause.0).collect();
        Ok(Self(Retries::new(pauses, 0.0)?))
    }
}

impl FromStr for Schedule {
    type Err = InvalidSchedule;

    fn from_str(text: &str) -> Result<Self, InvalidSchedule> {
        match text.trim() {
            "none" => Self::parse::<&str>([]),
            text => Self::parse(text.split(',')),
        }
    }
}

/// In the file it is an array of texts.
impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(Vec::<String>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn check(text: &str, expected: &[u64]) {
        let expected = expected.iter().copied().map(Duration::from_secs).collect();
        assert_eq!(text.parse(), Ok(Schedule(Retries::new(expected, 0.0).unwrap())), "{text}");
    }

    #[test]
    fn a_schedule_is_a_list_of_pauses() {
        check("1s,1s,1s", &[1, 1, 1]);
        check("1s, 5m", &[1, 300]);
        check("none", &[]);
    }

    #[test]
    fn other_texts_are_refused() {
        let too_many = vec!["1s"; 33].join(",");
        for text in ["", "1s,", "1s;2s", "soon", "25h", too_many.as_str()] {
            assert!(text.parse::<Schedule>().is_err(), "{text}");
        }
    }
}

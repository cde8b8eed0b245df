//! A length of time as people write it: `500ms`, `1s`, `5m`, `2h`.

use std::str::FromStr;
use std::time::Duration;

/// A length of time in a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

/// A text is not a length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a duration: write it like 500ms, 1s, 5m or 2h")]
pub(crate) struct InvalidSpan(String);

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        duration(text.trim()).map(Self).ok_or_else(|| InvalidSpan(text.to_owned()))
    }
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(milliseconds).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        for (text, expected) in
            [("500ms", 500), ("1s", 1000), (" 5m ", 300_000), ("2h", 7_200_000), ("0s", 0)]
        {
            assert_eq!(text.parse(), Ok(Span(Duration::from_millis(expected))), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_duration() {
        for text in
            ["", "1", "s", "1 s", "1S", "-1s", "+1s", "1.5s", "1d", "1s1s", "18446744073709551615h", "١s"]
        {
            assert_eq!(text.parse::<Span>(), Err(InvalidSpan(text.to_owned())), "{text}");
        }
    }
}

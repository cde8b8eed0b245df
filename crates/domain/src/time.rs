//! A moment in UTC at millisecond precision. It never reads the clock: see the engine's `Clock` port.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z. Displays as RFC 3339 with milliseconds, `2026-01-31T12:34:56.789Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The latest moment: a day before the end of the four-digit years, so that it can be shown in any zone.
    pub const MAX: Timestamp = Timestamp(253_402_207_200_000);

    /// From milliseconds since the epoch; clamped to 1970 and [`Timestamp::MAX`].
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, Self::MAX.0))
    }

    /// Milliseconds since the epoch.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, as the Standard Webhooks header `webhook-timestamp` wants them.
    pub fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// Whole hours since the epoch.
    pub fn hours(self) -> i64 {
        self.0 / 3_600_000
    }

    /// The time from `earlier` to `self`; zero if `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Timestamp;

    /// Saturates at [`Timestamp::MAX`].
    fn add(self, duration: Duration) -> Timestamp {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.0.saturating_add(millis))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Timestamp;

    /// Saturates at 1970.
    fn sub(self, duration: Duration) -> Timestamp {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.0.saturating_sub(millis))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{moment:.3}")
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The text names no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a time by RFC 3339, such as 2026-01-31T12:34:56.789Z")]
pub struct InvalidTime;

impl FromStr for Timestamp {
    type Err = InvalidTime;

    /// Reads RFC 3339, with any number of digits. Without an offset it is UTC, as some clients leave that out.
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let in_utc = || jiff::tz::Offset::UTC.to_timestamp(text.parse().ok()?).ok();
        let moment = text.parse::<jiff::Timestamp>().ok().or_else(in_utc);
        moment.map(|moment| Self::from_millis(moment.as_millisecond())).ok_or(InvalidTime)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_as_rfc_3339_with_milliseconds() {
        assert_eq!(Timestamp::from_millis(1_769_862_896_789).to_string(), "2026-01-31T12:34:56.789Z");
        assert_eq!(Timestamp::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T22:00:00.000Z");
    }

    #[test]
    fn times_are_read_with_and_without_an_offset() {
        let check = |text: &str, millis: Option<i64>| {
            assert_eq!(text.parse().ok(), millis.map(Timestamp::from_millis), "{text}");
        };
        for text in [
            "2026-01-31T12:34:56.789Z",
            "2026-01-31T12:34:56.789123456+00:00",
            "2026-01-31T14:34:56.789+02:00",
            "2026-01-31 12:34:56.789Z",
            "2026-01-31T12:34:56.789",
        ] {
            check(text, Some(1_769_862_896_789));
        }
        check("2026-01-31T12:34:56Z", Some(1_769_862_896_000));
        check("1969-01-01T00:00:00Z", Some(0));
        for text in ["", "yesterday", "1769862896789", "2026-02-31T12:34:56Z", "12:34:56Z"] {
            check(text, None);
        }
    }

    #[test]
    fn arithmetic_saturates() {
        let now = Timestamp::from_millis(5_000);
        assert_eq!(now + Duration::MAX, Timestamp::MAX);
        assert_eq!(now.since(now + Duration::from_secs(1)), Duration::ZERO);
        assert_eq!((now + Duration::from_secs(1)).since(now), Duration::from_secs(1));
    }
}

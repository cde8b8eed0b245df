//! When to try again: the schedule, its jitter, and what a receiver asks for with `Retry-After`.

use std::time::{Duration, SystemTime};

use crate::limits::{RETRIES_MAX, RETRY_DELAY_MAX};
use crate::time::Timestamp;

/// The delays between the attempts of one delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Retries {
    delays: Vec<Duration>,
    jitter: f64,
}

/// Why a schedule is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRetries {
    /// More delays than allowed.
    #[error("a schedule has at most 32 retries")]
    TooMany,
    /// A delay that is too long.
    #[error("a delay is at most 24 hours")]
    TooLong,
    /// A jitter that is no part of the delay.
    #[error("the jitter is a number from 0 to below 1")]
    Jitter,
}

impl Retries {
    /// `delays[0]` lies between the first attempt and the second, and so on; each is spread over
    /// `1 - jitter ..= 1 + jitter` of its length.
    pub fn new(delays: Vec<Duration>, jitter: f64) -> Result<Self, InvalidRetries> {
        if delays.len() > RETRIES_MAX {
            return Err(InvalidRetries::TooMany);
        }
        if delays.iter().any(|delay| *delay > RETRY_DELAY_MAX) {
            return Err(InvalidRetries::TooLong);
        }
        if !(0.0..1.0).contains(&jitter) {
            return Err(InvalidRetries::Jitter);
        }
        Ok(Self { delays, jitter })
    }

    /// The article's schedule: three retries, one minute apart, without jitter.
    pub fn article() -> Self {
        Self { delays: vec![Duration::from_secs(60); 3], jitter: 0.0 }
    }

    /// The schedule of other endpoints: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h, each ±20 %, which is the
    /// schedule that the Standard Webhooks specification recommends.
    pub fn standard() -> Self {
        let seconds = [5, 300, 1800, 7200, 18_000, 36_000, 36_000];
        Self { delays: seconds.map(Duration::from_secs).to_vec(), jitter: 0.2 }
    }

    /// The delay after the `tried`-th attempt (1 for the first) has failed; `None` when the schedule is used
    /// up. `chance` in `0.0..1.0` places it within the jitter.
    pub fn delay_after(&self, tried: u32, chance: f64) -> Option<Duration> {
        let delay = self.delays.get(usize::try_from(tried.max(1)).ok()? - 1)?;
        Some(delay.mul_f64(1.0 + self.jitter * (2.0 * chance.clamp(0.0, 1.0) - 1.0)))
    }
}

/// Reads a `Retry-After` header: seconds or an HTTP date (RFC 9110, 10.2.3), at most 24 hours from `now`.
/// What is neither is ignored.
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    let asked = match header.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) if is_digits(header) => RETRY_DELAY_MAX,
        Err(_) => date(header)?.since(now),
    };
    Some(asked.min(RETRY_DELAY_MAX))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn date(header: &str) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(header).ok()?;
    let since_epoch = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since_epoch.as_millis()).ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_article_retries_three_times_a_minute_apart() {
        let retries = Retries::article();
        for (tried, expected) in [(1, Some(60)), (2, Some(60)), (3, Some(60)), (4, None), (u32::MAX, None)] {
            assert_eq!(retries.delay_after(tried, 0.9), expected.map(Duration::from_secs), "{tried}");
        }
    }

    #[test]
    fn the_standard_schedule_has_eight_attempts_over_a_good_day() {
        let retries = Retries::standard();
        let total: Duration = (1..).map_while(|tried| retries.delay_after(tried, 0.5)).sum();
        assert_eq!(total, Duration::from_secs(5 + 300 + 1800 + 7200 + 18_000 + 72_000));
        assert_eq!(retries.delay_after(1, 0.0), Some(Duration::from_secs(4)));
        assert_eq!(retries.delay_after(1, 1.0), Some(Duration::from_secs(6)));
    }

    #[test]
    fn schedules_are_bounded() {
        let day = Duration::from_secs(24 * 3600);
        assert_eq!(Retries::new(vec![day; 33], 0.0), Err(InvalidRetries::TooMany));
        assert_eq!(Retries::new(vec![day * 2], 0.0), Err(InvalidRetries::TooLong));
        assert_eq!(Retries::new(vec![], 1.0), Err(InvalidRetries::Jitter));
        assert_eq!(Retries::new(vec![], f64::NAN), Err(InvalidRetries::Jitter));
    }

    #[test]
    fn retry_after_reads_seconds_and_dates_and_ignores_the_rest() {
        let now = Timestamp::from_millis(1_445_412_470_000);
        let junk = "x".repeat(4096);
        let cases = [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("1000000000000", Some(86_400)),
            ("99999999999999999999999999", Some(86_400)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(10)),
            ("Wed, 21 Oct 2015 07:27:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(86_400)),
            ("-1", None),
            ("nan", None),
            ("1e9", None),
            ("1.5", None),
            ("1, 2", None),
            ("", None),
            (junk.as_str(), None),
        ];
        for (header, expected) in cases {
            assert_eq!(retry_after(header, now), expected.map(Duration::from_secs), "{header:?}");
        }
    }

    proptest! {
        #[test]
        fn retry_after_never_panics_and_is_bounded(header in ".{0,64}", now in 0..i64::MAX) {
            let asked = retry_after(&header, Timestamp::from_millis(now));
            prop_assert!(asked.unwrap_or_default() <= RETRY_DELAY_MAX);
        }

        #[test]
        fn jitter_keeps_to_its_bounds(tried in 1_u32..8, chance in 0.0..1.0_f64) {
            let retries = Retries::standard();
            let exact = retries.delay_after(tried, 0.5).unwrap();
            let delay = retries.delay_after(tried, chance).unwrap();
            prop_assert!(delay >= exact.mul_f64(0.799) && delay <= exact.mul_f64(1.201));
        }
    }
}

//! How the sample receiver answers, by the path of the URL that was registered.

use std::fmt;
use std::time::Duration;

use axum::http::StatusCode;

/// Failures before `/flaky/N` works, and seconds that `/slow/N` takes; more is of no use to anyone.
const FLAKY_MAX: u32 = 100;
const SLOW_SECONDS_MAX: u32 = 600;

/// What the paths mean, for people.
pub(crate) const HELP: [(&str, &str); 6] = [
    ("/", "answers 200, as does any other path"),
    ("/fail/503", "answers this status, 200 to 599"),
    ("/flaky/3", "fails 3 times for each message, then answers 200"),
    ("/slow/10", "answers 200 after 10 seconds"),
    ("/hang", "never answers"),
    ("/gone", "answers 410, which disables the webhook"),
];

/// A way to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Always this status.
    Status(StatusCode),
    /// This often 503 for each message, then 200.
    Flaky(u32),
    /// 200 after this time.
    Slow(Duration),
    /// Never.
    Hang,
}

/// The answer to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// This status, at once.
    Status(StatusCode),
    /// 200 after this time.
    Late(Duration),
    /// None.
    Never,
}

impl Manner {
    /// What a path asks for. A number that is missing, or no number, is the one of [`HELP`].
    pub(crate) fn of(path: &str) -> Self {
        let mut parts = path.split('/').skip(1);
        let (word, number) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let or = |default: u32| number.parse().unwrap_or(default);
        match word {
            "fail" => Self::Status(status(or(503))),
            "flaky" => Self::Flaky(or(3).min(FLAKY_MAX)),
            "slow" => Self::Slow(Duration::from_secs(or(10).min(SLOW_SECONDS_MAX).into())),
            "hang" => Self::Hang,
            "gone" => Self::Status(StatusCode::GONE),
            _ => Self::Status(StatusCode::OK),
        }
    }

    /// The answer to a call. `count` tells how often this message was here before.
    pub(crate) fn reply(self, count: impl FnOnce() -> u32) -> Reply {
        match self {
            Self::Status(status) => Reply::Status(status),
            Self::Flaky(failures) if count() < failures => Reply::Status(StatusCode::SERVICE_UNAVAILABLE),
            Self::Flaky(_) => Reply::Status(StatusCode::OK),
            Self::Slow(time) => Reply::Late(time),
            Self::Hang => Reply::Never,
        }
    }
}

/// A status that ends an exchange: one below 200 would only announce another.
fn status(number: u32) -> StatusCode {
    u16::try_from(number.clamp(200, 599))
        .ok()
        .and_then(|number| StatusCode::from_u16(number).ok())
        .expect("200 to 599 are statuses")
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{}", status.as_u16()),
            Self::Late(time) => write!(f, "200 after {} s", time.as_secs()),
            Self::Never => f.write_str("no answer"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: &str) {
        assert_eq!(Manner::of(path).reply(|| 2).to_string(), expected, "{path}");
    }

    #[test]
    fn the_path_decides_the_answer() {
        for (path, expected) in [
            ("/", "200"),
            ("", "200"),
            ("/any/thing", "200"),
            ("/fail/503", "503"),
            ("/fail/404/x", "404"),
            ("/fail/99", "200"),
            ("/fail/70000", "599"),
            ("/fail/x", "503"),
            ("/fail", "503"),
            ("/flaky/3", "503"),
            ("/flaky/2", "200"),
            ("/flaky", "503"),
            ("/slow/10", "200 after 10 s"),
            ("/slow/4000000000", "200 after 600 s"),
            ("/hang", "no answer"),
            ("/gone", "410"),
        ] {
            check(path, expected);
        }
    }
}

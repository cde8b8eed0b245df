//! Which messages a list is about: by what they are, and by when they were accepted.

use domain::limits::LIST_TIME_MAX;
use domain::name::{Channel, EventTypeName, Tag};
use domain::time::Timestamp;
use engine::ports::history::{MessageFilter, Times};
use engine::ports::page::Start;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::v1::check::Checks;
use crate::v1::error::Error;

/// Which messages are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::v1) struct MessageQuery {
    /// Only messages in this channel.
    #[param(min_length = 1, max_length = 256, pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$")]
    channel: Option<String>,
    /// Only messages with this tag.
    #[param(min_length = 1, max_length = 256, pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$")]
    tag: Option<String>,
    /// Only messages of these types, separated by commas.
    #[param(example = "candidate.created,candidate.hired")]
    event_types: Option<String>,
}

impl MessageQuery {
    /// What is asked for, at any time.
    pub(in crate::v1) fn filter(&self) -> Result<MessageFilter, Error> {
        let mut checks = Checks::of(&["query"]);
        let names =
            self.event_types.as_deref().unwrap_or_default().split(',').filter(|name| !name.is_empty());
        let event_types: Vec<EventTypeName> =
            names.filter_map(|name| checks.parsed("event_types", Some(name))).collect();
        let channel: Option<Channel> = checks.parsed("channel", self.channel.as_deref());
        let tag: Option<Tag> = checks.parsed("tag", self.tag.as_deref());
        checks.done()?;
        Ok(MessageFilter { event_types, channel, tag, ..MessageFilter::default() })
    }
}

/// In which time. Without an offset, times are UTC.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::v1) struct TimeQuery {
    /// Only what came before this moment. Without `after`, a list goes back for 90 days.
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
    /// Only what came at or after this moment. Without `before`, a list goes on for 90 days.
    #[param(value_type = Option<String>, format = DateTime)]
    after: Option<Timestamp>,
}

impl TimeQuery {
    /// The time that a page of a list, the newest first, looks at: where only one side of it is given, or the row where
    /// the page begins, it has its limit on the other side.
    pub(in crate::v1) fn times<K>(
        self,
        now: Timestamp,
        start: &Start<K>,
        at: impl Fn(&K) -> Timestamp,
    ) -> Times {
        let Self { before, after } = self;
        let back = |newest: Timestamp| Some(newest - LIST_TIME_MAX);
        let (since, until) = match (start, before, after) {
            (_, Some(_), Some(_)) => (after, before),
            (Start::First, None, None) => (back(now), None),
            (Start::First, Some(before), None) => (back(before), Some(before)),
            (Start::First, None, Some(after)) => (Some(after), Some(after + LIST_TIME_MAX)),
            (Start::After(row), _, _) => {
                let newest = before.map_or(at(row), |before| before.min(at(row)));
                (after.or_else(|| back(newest)), before)
            }
            (Start::Before(row), _, _) => {
                let oldest = after.map_or(at(row), |after| after.max(at(row)));
                (after, before.or(Some(oldest + LIST_TIME_MAX)))
            }
        };
        Times { since, until }
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;

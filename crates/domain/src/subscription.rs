//! What an endpoint wants: by event type, by channel, by what is in the payload.

use crate::name::{Channel, EventTypeName};
use crate::pattern::{Document, Pattern};

/// What an endpoint wants. What is `None` lets everything pass; all that is set must agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// These event types.
    pub event_types: Option<Vec<EventTypeName>>,
    /// Messages in one of these channels; those without any do not match.
    pub channels: Option<Vec<Channel>>,
    /// Payloads that match this pattern.
    pub pattern: Option<Pattern>,
}

/// What of a message decides who wants it. The payload is read at most once, however many endpoints ask.
#[derive(Debug)]
pub struct Topic<'a> {
    /// The message's type.
    pub event_type: &'a EventTypeName,
    /// Its channels.
    pub channels: &'a [Channel],
    payload: &'a [u8],
    document: std::cell::OnceCell<Option<Document<'a>>>,
}

impl<'a> Topic<'a> {
    /// What a message is about.
    pub fn new(event_type: &'a EventTypeName, channels: &'a [Channel], payload: &'a [u8]) -> Self {
        Self { event_type, channels, payload, document: std::cell::OnceCell::new() }
    }

    /// Whether the payload matches; one that is no JSON matches nothing.
    fn matches(&self, pattern: &Pattern) -> bool {
        let document = self.document.get_or_init(|| Document::parse(self.payload));
        document.as_ref().is_some_and(|document| pattern.matches(document))
    }
}

impl Subscription {
    /// To one event type.
    pub fn to(event_type: EventTypeName) -> Self {
        Self { event_types: Some(vec![event_type]), ..Self::default() }
    }

    /// Whether a message is wanted.
    pub fn wants(&self, topic: &Topic<'_>) -> bool {
        let by_type = self.event_types.as_ref().is_none_or(|wanted| wanted.contains(topic.event_type));
        let in_channel = |wanted: &Vec<Channel>| wanted.iter().any(|wanted| topic.channels.contains(wanted));
        by_type
            && self.channels.as_ref().is_none_or(in_channel)
            && self.pattern.as_ref().is_none_or(|pattern| topic.matches(pattern))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<N: std::str::FromStr<Err: std::fmt::Debug>>(names: &[&str]) -> Vec<N> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn check(
        types: Option<&[&str]>,
        channels: Option<&[&str]>,
        of: &str,
        message_channels: &[&str],
        wanted: bool,
    ) {
        let subscription =
            Subscription { event_types: types.map(names), channels: channels.map(names), pattern: None };
        let (of, message_channels) = (of.parse().unwrap(), names(message_channels));
        let topic = Topic::new(&of, &message_channels, b"{}");
        assert_eq!(subscription.wants(&topic), wanted, "{subscription:?} {of}");
    }

    #[test]
    fn everything_that_is_set_must_agree() {
        check(None, None, "a", &[], true);
        check(Some(&["a", "b"]), None, "b", &["x"], true);
        check(Some(&["a"]), None, "b", &[], false);
        check(Some(&[]), None, "b", &[], false);
        check(None, Some(&["x", "y"]), "a", &["z", "y"], true);
        check(None, Some(&["x"]), "a", &["z"], false);
        check(None, Some(&["x"]), "a", &[], false);
        check(Some(&["a"]), Some(&["x"]), "a", &["x"], true);
        check(Some(&["b"]), Some(&["x"]), "a", &["x"], false);
    }
}

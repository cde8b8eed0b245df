//! Pages of lists: the part of an index that a page walks through, and in which direction. Never an offset, so that the
//! millionth page costs as much as the first one; and rows are read as the page asks for them, so that it costs no more
//! than what it looks at.

use domain::time::Timestamp;
use engine::ports::history::Times;
use engine::ports::page::Slice;

/// Both directions of a query: what it selects, up to a condition to which the bounds of its key are added, and that key.
/// In the query `?2` and `?3` are the bounds.
macro_rules! both_ways {
    ($($select:expr),+; $key:literal) => {
        [
            concat!($($select),+, " AND ", $key, " > ?2 AND ", $key, " < ?3 ORDER BY ", $key),
            concat!($($select),+, " AND ", $key, " > ?2 AND ", $key, " < ?3 ORDER BY ", $key, " DESC"),
        ]
    };
}
pub(super) use both_ways;

/// The part of a list that a page may walk through: what lies between two keys, without them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span<B> {
    /// Below the first one.
    pub(super) low: B,
    /// Above the last one.
    pub(super) high: B,
    /// Whether the page walks from the low end to the high one.
    pub(super) ascends: bool,
}

impl<B> Span<B> {
    /// All that a slice meets, where `all` has everything.
    fn met<K: Ord>(slice: &Slice<K>, all: (B, B), bound: impl FnOnce(&K) -> B) -> Self {
        let (low, high) = all;
        let ascends = slice.walks_up();
        match slice.from().map(bound) {
            None => Self { low, high, ascends },
            Some(from) if ascends => Self { low: from, high, ascends },
            Some(from) => Self { low, high: from, ascends },
        }
    }

    /// The query of the two that goes in this direction.
    pub(super) fn of(&self, [ascending, descending]: [&'static str; 2]) -> &'static str {
        if self.ascends { ascending } else { descending }
    }
}

impl<B: PartialOrd> Span<B> {
    /// Whether a key lies in it.
    pub(super) fn contains(&self, key: &B) -> bool {
        self.low < *key && *key < self.high
    }
}

impl Span<i64> {
    /// A whole list, from its low end.
    pub(super) fn all() -> Self {
        Self { low: -1, high: i64::MAX, ascends: true }
    }

    /// All that a slice meets of a list whose keys are numbers.
    pub(super) fn numbers<K: Ord + Copy>(slice: &Slice<K>, number: impl FnOnce(K) -> i64) -> Self {
        Self::met(slice, (-1, i64::MAX), |key| number(*key))
    }

    /// That of it which was made in a time. `first_at` is the lowest key of a moment.
    pub(super) fn within(self, times: Times, first_at: impl Fn(Timestamp) -> i64) -> Self {
        let low = times.since.map_or(self.low, |since| self.low.max(first_at(since) - 1));
        let high = times.until.map_or(self.high, |until| self.high.min(first_at(until)));
        Self { low, high, ..self }
    }
}

impl Span<(i64, i64)> {
    /// All that a slice meets of a list whose keys are pairs of numbers.
    pub(super) fn pairs<K: Ord + Copy>(slice: &Slice<K>, pair: impl FnOnce(K) -> (i64, i64)) -> Self {
        Self::met(slice, ((-1, i64::MAX), (i64::MAX, i64::MAX)), |key| pair(*key))
    }

    /// That of it which was made in a time, by the first number of each pair; as [`Span::within`].
    pub(super) fn firsts_within(self, times: Times, first_at: impl Fn(Timestamp) -> i64) -> Self {
        let low = times.since.map_or(self.low, |since| self.low.max((first_at(since) - 1, i64::MAX)));
        let high = times.until.map_or(self.high, |until| self.high.min((first_at(until), -1)));
        Self { low, high, ..self }
    }

    /// The first numbers of the pairs in it that have this second one.
    pub(super) fn firsts_of(self, second: i64) -> Span<i64> {
        let low = if second > self.low.1 { self.low.0 - 1 } else { self.low.0 };
        let high = if second < self.high.1 { self.high.0.saturating_add(1) } else { self.high.0 };
        Span { low, high, ascends: self.ascends }
    }
}

impl Span<String> {
    /// All that a slice meets of a list whose keys are texts of ASCII.
    pub(super) fn texts<K: Ord>(slice: &Slice<K>, text: impl FnOnce(&K) -> &str) -> Self {
        Self::met(slice, (String::new(), AFTER_ASCII.to_owned()), |key| text(key).to_owned())
    }
}

/// A text that follows every text of ASCII.
const AFTER_ASCII: &str = "\u{80}";

#[cfg(test)]
mod tests {
    use domain::id::MessageId;
    use engine::ports::page::{Order, Start};

    use super::*;

    fn check(order: Order, start: Start<MessageId>, since: Option<i64>, low: i64, high: i64, ascends: bool) {
        let slice = Slice { limit: 1, order, start };
        let times = Times { since: since.map(Timestamp::from_millis), until: None };
        let span = Span::numbers(&slice, MessageId::number);
        let span = span.within(times, |at| MessageId::first_at(at).number());
        assert_eq!(span, Span { low, high, ascends }, "{slice:?}");
    }

    #[test]
    fn a_span_is_what_the_slice_meets_in_the_time() {
        let (after, before) = (
            |key| Start::After(MessageId::from_number(key)),
            |key| Start::Before(MessageId::from_number(key)),
        );
        const LATER: i64 = 1_400_000_000_001;
        const FIRST: i64 = (1 << 22) - 1;
        check(Order::Ascending, Start::First, None, -1, i64::MAX, true);
        check(Order::Descending, Start::First, None, -1, i64::MAX, false);
        check(Order::Ascending, after(7), None, 7, i64::MAX, true);
        check(Order::Ascending, before(7), None, -1, 7, false);
        check(Order::Descending, after(7), None, -1, 7, false);
        check(Order::Descending, before(7), None, 7, i64::MAX, true);
        check(Order::Ascending, after(7), Some(LATER), FIRST, i64::MAX, true);
        check(Order::Ascending, after(1 << 40), Some(LATER), 1 << 40, i64::MAX, true);
        check(Order::Descending, Start::First, Some(0), -1, i64::MAX, false);
    }

    #[test]
    fn a_span_of_pairs_has_those_with_a_second_number() {
        let check = |from: (i64, i64), second: i64, low: i64, high: i64| {
            let slice = |order| Slice { limit: 1, order, start: Start::After(from) };
            let up = Span::pairs(&slice(Order::Ascending), |pair| pair).firsts_of(second);
            let down = Span::pairs(&slice(Order::Descending), |pair| pair).firsts_of(second);
            assert_eq!((up.low, down.high), (low, high), "{from:?} {second}");
        };
        check((5, 7), 6, 5, 6);
        check((5, 7), 7, 5, 5);
        check((5, 7), 8, 4, 5);
        check((5, 0), 8, 4, 5);
        check((5, i64::MAX), 8, 5, 6);
    }
}

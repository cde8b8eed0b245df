//! Counts how often each message was here, for `/flaky/N`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Messages that are counted at once; the oldest are forgotten.
const MESSAGES_MAX: usize = 10_000;

/// Calls per message and path.
#[derive(Default)]
pub(crate) struct Flaky(Mutex<BTreeMap<(String, String), u32>>);

impl Flaky {
    /// How often this message was here before, at this path.
    pub(crate) fn count(&self, id: &str, path: &str) -> u32 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((id.to_owned(), path.to_owned())).or_insert(0);
        let before = *count;
        *count = count.saturating_add(1);
        if counts.len() > MESSAGES_MAX {
            // Ids rise with time, so the first is the oldest.
            counts.pop_first();
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_is_counted_at_each_path() {
        let flaky = Flaky::default();
        let counts = ["a", "a", "b", "a"].map(|id| flaky.count(id, "/flaky/3"));
        assert_eq!(counts, [0, 1, 0, 2]);
        assert_eq!(flaky.count("a", "/flaky/4"), 0);
    }

    #[test]
    fn what_is_counted_is_bounded() {
        let flaky = Flaky::default();
        (0..2 * MESSAGES_MAX).for_each(|id| assert_eq!(flaky.count(&format!("{id:06}"), "/"), 0));
        assert_eq!(flaky.0.lock().unwrap().len(), MESSAGES_MAX);
    }
}

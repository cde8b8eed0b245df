//! Pages: which rows of a list are wanted, and what was found. Every store fills its pages here.

use domain::limits::{PAGE_PAYLOAD_BYTES_MAX, PAGE_ROWS_EXAMINED_MAX};

/// Which rows of a list are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice<K> {
    /// How many at most.
    pub limit: usize,
    /// In which order the list is.
    pub order: Order,
    /// Where the page begins.
    pub start: Start<K>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The oldest (or the first by name) first.
    Ascending,
    /// The newest first.
    Descending,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start<K> {
    /// At the beginning of the list.
    First,
    /// With the row that follows this one.
    After(K),
    /// So that it ends with the row before this one.
    Before(K),
}

impl<K: Ord> Slice<K> {
    /// Whether the rows are walked from the lowest key to the highest.
    pub fn walks_up(&self) -> bool {
        (self.order == Order::Ascending) != self.walks_backwards()
    }

    /// The row after which, in the direction of the walk, the page begins.
    pub fn from(&self) -> Option<&K> {
        match &self.start {
            Start::First => None,
            Start::After(key) | Start::Before(key) => Some(key),
        }
    }

    /// Whether the walk meets this row.
    pub fn meets(&self, key: &K) -> bool {
        self.from().is_none_or(|from| if self.walks_up() { key > from } else { key < from })
    }

    fn walks_backwards(&self) -> bool {
        matches!(self.start, Start::Before(_))
    }
}

/// Some of the rows that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// Whether others follow, in the direction in which the page was asked for: after it, or before it where it was
    /// asked for with [`Start::Before`].
    pub more: bool,
}

impl<T> Page<T> {
    /// A page without rows, and the last one.
    pub fn empty() -> Self {
        Self { rows: Vec::new(), more: false }
    }

    /// The first rows of a walk, which begins where the slice says and goes in its direction.
    ///
    /// # Errors
    /// Those of the rows.
    pub fn of_walk<K: Ord, E>(
        walk: impl IntoIterator<Item = Result<T, E>>,
        slice: &Slice<K>,
    ) -> Result<Self, E> {
        let mut page = Self::empty();
        for row in walk {
            let row = row?;
            if page.rows.len() >= slice.limit {
                page.more = true;
                break;
            }
            page.rows.push(row);
        }
        Ok(page.in_order(slice))
    }

    /// A page that was filled in the direction of the walk.
    fn in_order<K: Ord>(mut self, slice: &Slice<K>) -> Self {
        if slice.walks_backwards() {
            self.rows.reverse();
        }
        self
    }

    /// The same page of something else.
    pub fn map<U>(self, of: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(of).collect(), more: self.more }
    }
}

/// A page of a list with a filter. The rows of the list are looked at one after the other, and those that match are on the
/// page. It ends before the row that matches and does not fit, or at the end of the list, or when as many rows were
/// looked at as one page may ([`PAGE_ROWS_EXAMINED_MAX`]), however few of them match; then others may follow that match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filtered<T, K> {
    /// The rows that match.
    pub page: Page<T>,
    /// The last row that was looked at and passed, in the direction of the walk: the next page goes on from there. `None`
    /// where none was.
    pub seen: Option<K>,
}

impl<T, K: Ord> Filtered<T, K> {
    /// Nothing, at the end of the list.
    pub fn empty() -> Self {
        Self { page: Page::empty(), seen: None }
    }

    /// The first matches of a walk, which begins where the slice says and goes in its direction; each row with what it is
    /// on the page if it matches. The page ends before the match with which its payloads would have more than
    /// [`PAGE_PAYLOAD_BYTES_MAX`] bytes, but not before the first one.
    ///
    /// # Errors
    /// Those of the rows.
    pub fn of_walk<E>(
        walk: impl IntoIterator<Item = Result<(K, Option<T>), E>>,
        slice: &Slice<K>,
        payload_bytes: impl Fn(&T) -> usize,
    ) -> Result<Self, E> {
        let mut found = Self::empty();
        let mut bytes = 0;
        for (examined, row) in walk.into_iter().enumerate() {
            let (key, matched) = row?;
            if examined == PAGE_ROWS_EXAMINED_MAX {
                found.page.more = true;
                break;
            }
            if let Some(matched) = matched {
                bytes += payload_bytes(&matched);
                let too_large = bytes > PAGE_PAYLOAD_BYTES_MAX && !found.page.rows.is_empty();
                if found.page.rows.len() >= slice.limit || too_large {
                    found.page.more = true;
                    break;
                }
                found.page.rows.push(matched);
            }
            found.seen = Some(key);
        }
        found.page = found.page.in_order(slice);
        Ok(found)
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;

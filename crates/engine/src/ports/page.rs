//! Pages: which rows of a list are wanted, and what was found.

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

    /// The same page of something else.
    pub fn map<U>(self, of: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(of).collect(), more: self.more }
    }
}

/// A page of a list with a filter. Rows are looked at in the list's order, and those that match are on the page; it ends
/// when it is full, or when as many rows were looked at as one page may
/// ([`PAGE_ROWS_EXAMINED_MAX`](domain::limits::PAGE_ROWS_EXAMINED_MAX)), however few of them match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filtered<T, K> {
    /// The rows that match.
    pub page: Page<T>,
    /// The last row that was looked at, in the direction of the walk: the next page goes on from there. `None` where
    /// none was.
    pub seen: Option<K>,
}

impl<T, K> Filtered<T, K> {
    /// Nothing, at the end of the list.
    pub fn empty() -> Self {
        Self { page: Page::empty(), seen: None }
    }
}
